import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  imageName,
  type Parsed,
  parseDigest,
  parseImage,
  parseRegion,
  parseRegistry,
  parseRepository,
  parseTag,
  type Registry,
  type Repository,
  shown,
  type Tag,
  tagKey,
} from '../../src/core/names.ts';
import { digestA, webTag } from '../builders.ts';

const hex = (digits: number) => 'a1'.repeat(digits / 2);

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: string;
}

/** Each parser gives the one normal form, or says what it expected and what came. */
function describeParser(
  parse: (text: string) => Parsed<string>,
  { wanted, valid, invalid }: { wanted: string; valid: readonly Case[]; invalid: readonly Omit<Case, 'expected'>[] },
): void {
  describe(parse.name, () => {
    it.for(valid)('takes $name', ({ text, expected }) => {
      expect(parse(text)).toEqual({ type: 'valid', value: expected });
    });

    it.for(invalid)('refuses $name', ({ text }) => {
      expect(parse(text)).toEqual({ type: 'invalid', message: `expected ${wanted}, got ${shown(text)}` });
    });
  });
}

describeParser(parseRegistry, {
  wanted: 'a registry name of 5 to 50 letters and digits',
  valid: [
    { name: 'letters', text: 'contoso', expected: 'contoso' },
    { name: 'any case, as lower case', text: 'ContosoPROD', expected: 'contosoprod' },
    { name: 'digits alone', text: '12345', expected: '12345' },
    { name: '5 characters', text: 'a'.repeat(5), expected: 'a'.repeat(5) },
    { name: '50 characters', text: 'a'.repeat(50), expected: 'a'.repeat(50) },
  ],
  invalid: [
    { name: 'nothing', text: '' },
    { name: '4 characters', text: 'a'.repeat(4) },
    { name: '51 characters', text: 'a'.repeat(51) },
    { name: 'a hyphen', text: 'contoso-prod' },
    { name: 'a login server', text: 'contoso.azurecr.io' },
    { name: 'a blank', text: 'contoso ' },
    { name: 'a line end', text: 'contoso\n' },
    { name: 'letters that are not ASCII', text: 'contosö' },
    { name: 'a letter that only becomes ASCII in lower case', text: 'contoso\u212a' },
  ],
});

describeParser(parseRegion, {
  wanted: 'a region like "eastus" or "East US"',
  valid: [
    { name: 'a name', text: 'eastus', expected: 'eastus' },
    { name: 'a display name as the same region', text: 'East US', expected: 'eastus' },
    { name: 'a display name with a digit', text: 'West US 3', expected: 'westus3' },
    { name: 'any case', text: 'WestEurope', expected: 'westeurope' },
    { name: '2 characters', text: 'ab', expected: 'ab' },
    { name: '40 characters', text: 'a'.repeat(40), expected: 'a'.repeat(40) },
    { name: '60 characters with blanks', text: `a${' '.repeat(58)}b`, expected: 'ab' },
  ],
  invalid: [
    { name: 'nothing', text: '' },
    { name: 'blanks alone', text: '   ' },
    { name: '1 character', text: 'a' },
    { name: '41 characters', text: 'a'.repeat(41) },
    { name: '61 characters with blanks', text: `a${' '.repeat(59)}b` },
    { name: 'a digit in front', text: '3westus' },
    { name: 'a hyphen', text: 'east-us' },
    { name: 'a slash', text: 'east/us' },
    { name: 'a tabulator', text: 'east\tus' },
  ],
});

describeParser(parseRepository, {
  wanted: 'a repository like "public/products/web" of at most 256 characters',
  valid: [
    { name: 'one component', text: 'web', expected: 'web' },
    { name: 'several components', text: 'public/products/web', expected: 'public/products/web' },
    { name: 'one character', text: 'a', expected: 'a' },
    { name: 'digits', text: '0/1', expected: '0/1' },
    { name: 'a point inside a component', text: 'a.b', expected: 'a.b' },
    { name: 'one underscore', text: 'a_b', expected: 'a_b' },
    { name: 'two underscores', text: 'a__b', expected: 'a__b' },
    { name: 'any number of hyphens', text: 'a---b', expected: 'a---b' },
    { name: 'separators in turn', text: 'a.b_c__d-e/f.g', expected: 'a.b_c__d-e/f.g' },
    { name: '256 characters', text: 'a'.repeat(256), expected: 'a'.repeat(256) },
  ],
  invalid: [
    { name: 'nothing', text: '' },
    { name: '257 characters', text: 'a'.repeat(257) },
    { name: 'upper case', text: 'public/Web' },
    { name: 'a slash in front', text: '/web' },
    { name: 'a slash behind', text: 'web/' },
    { name: 'two slashes', text: 'public//web' },
    { name: 'two points', text: 'a..b' },
    { name: 'three underscores', text: 'a___b' },
    { name: 'mixed separators', text: 'a.-b' },
    { name: 'a separator in front', text: '-web' },
    { name: 'a separator behind', text: 'web-' },
    { name: 'a separator at the end of a component', text: 'public-/web' },
    { name: 'a separator at the start of a component', text: 'public/.web' },
    { name: 'the sign that stands for a slash in keys', text: 'public|web' },
    { name: 'a colon', text: 'web:1' },
    { name: 'a blank', text: 'web app' },
    { name: 'a line end', text: 'web\n' },
    { name: 'a quotation mark', text: 'we"b' },
  ],
});

describeParser(parseTag, {
  wanted: 'a tag of at most 128 letters, digits, "_", "." and "-"',
  valid: [
    { name: 'a version', text: '1.2', expected: '1.2' },
    { name: 'one character', text: 'a', expected: 'a' },
    { name: 'upper case as it is', text: 'RC1', expected: 'RC1' },
    { name: 'an underscore in front', text: '_dev', expected: '_dev' },
    { name: 'points and hyphens inside and behind', text: 'v1..2--rc.-', expected: 'v1..2--rc.-' },
    { name: '128 characters', text: 'a'.repeat(128), expected: 'a'.repeat(128) },
  ],
  invalid: [
    { name: 'nothing', text: '' },
    { name: '129 characters', text: 'a'.repeat(129) },
    { name: 'a point in front', text: '.dev' },
    { name: 'a hyphen in front', text: '-dev' },
    { name: 'a plus', text: '1.2+build' },
    { name: 'a slash', text: 'a/b' },
    { name: 'a colon', text: 'a:b' },
    { name: 'a line end', text: '1.2\n' },
    { name: 'letters that are not ASCII', text: 'größe' },
  ],
});

describeParser(parseDigest, {
  wanted: 'a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>"',
  valid: [
    { name: 'sha256', text: `sha256:${hex(64)}`, expected: `sha256:${hex(64)}` },
    { name: 'sha512', text: `sha512:${hex(128)}`, expected: `sha512:${hex(128)}` },
  ],
  invalid: [
    { name: 'nothing', text: '' },
    { name: 'sha256 with 63 digits', text: `sha256:${hex(64).slice(1)}` },
    { name: 'sha256 with 65 digits', text: `sha256:${hex(64)}0` },
    { name: 'sha256 with as many digits as sha512', text: `sha256:${hex(128)}` },
    { name: 'sha512 with 127 digits', text: `sha512:${hex(128).slice(1)}` },
    { name: 'sha512 with 129 digits', text: `sha512:${hex(128)}0` },
    { name: 'sha512 with as many digits as sha256', text: `sha512:${hex(64)}` },
    { name: 'upper case', text: `sha256:${hex(64).toUpperCase()}` },
    { name: 'an upper-case algorithm', text: `SHA256:${hex(64)}` },
    { name: 'another algorithm', text: `md5:${hex(32)}` },
    { name: 'no algorithm', text: hex(64) },
    { name: 'what is not hexadecimal', text: `sha256:${'g'.repeat(64)}` },
    { name: 'something in front', text: `@sha256:${hex(64)}` },
    { name: 'a line end', text: `sha256:${hex(64)}\n` },
  ],
});

describe('parseImage', () => {
  it.for([
    {
      name: 'a repository and a tag',
      text: 'public/products/web:1.2',
      expected: { repository: 'public/products/web', tag: '1.2' },
    },
    {
      name: 'no tag as latest',
      text: 'public/products/web',
      expected: { repository: 'public/products/web', tag: 'latest' },
    },
    {
      name: 'a tag and a digest',
      text: `web:1.2@${digestA}`,
      expected: { repository: 'web', tag: '1.2', digest: digestA },
    },
    {
      name: 'a digest without a tag as latest',
      text: `web@${digestA}`,
      expected: { repository: 'web', tag: 'latest', digest: digestA },
    },
    {
      name: 'a sha512 digest',
      text: `web:1@sha512:${hex(128)}`,
      expected: { repository: 'web', tag: '1', digest: `sha512:${hex(128)}` },
    },
  ])('takes $name', ({ text, expected }) => {
    expect(parseImage(text)).toEqual({ type: 'valid', value: expected });
  });

  it.for([
    {
      name: 'nothing',
      text: '',
      expected: 'expected a repository like "public/products/web" of at most 256 characters, got ""',
    },
    {
      name: 'a tag alone',
      text: ':1.2',
      expected: 'expected a repository like "public/products/web" of at most 256 characters, got ""',
    },
    {
      name: 'a bad repository',
      text: 'Web:1.2',
      expected: 'expected a repository like "public/products/web" of at most 256 characters, got "Web"',
    },
    {
      name: 'an empty tag',
      text: 'web:',
      expected: 'expected a tag of at most 128 letters, digits, "_", "." and "-", got ""',
    },
    {
      name: 'two tags',
      text: 'web:1:2',
      expected: 'expected a tag of at most 128 letters, digits, "_", "." and "-", got "1:2"',
    },
    {
      name: 'a registry with a port',
      text: 'localhost:5000/web:1',
      expected: 'expected a tag of at most 128 letters, digits, "_", "." and "-", got "5000/web:1"',
    },
    {
      name: 'an empty digest',
      text: 'web:1@',
      expected: 'expected a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>", got ""',
    },
    {
      name: 'a digest cut short',
      text: 'web@sha256:12',
      expected: 'expected a digest like "sha256:<64 hex digits>" or "sha512:<128 hex digits>", got "sha256:12"',
    },
  ])('refuses $name and says which part', ({ text, expected }) => {
    expect(parseImage(text)).toEqual({ type: 'invalid', message: expected });
  });

  it('reads what imageName writes', () => {
    const component = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, { maxLength: 12 });
    const repositories = fc
      .array(component, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/') as Repository);
    const tags = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/).map((text) => text as Tag);
    fc.assert(
      fc.property(repositories, tags, (repository, tag) => {
        expect(parseImage(imageName({ repository, tag }))).toEqual({ type: 'valid', value: { repository, tag } });
      }),
    );
  });
});

describe('shown', () => {
  it.for([
    { name: 'shows 80 characters whole', text: 'a'.repeat(80), expected: JSON.stringify('a'.repeat(80)) },
    { name: 'cuts 81 characters', text: 'a'.repeat(81), expected: JSON.stringify(`${'a'.repeat(77)}...`) },
    { name: 'escapes what could break a log line', text: 'a\n"b', expected: '"a\\n\\"b"' },
  ])('$name', ({ text, expected }) => {
    expect(shown(text)).toBe(expected);
  });
});

describe('tagKey', () => {
  it('names registry, repository and tag', () => {
    expect(tagKey(webTag)).toBe('contoso:public/products/web:1.2');
  });

  it.for([
    { name: 'registry', other: { ...webTag, registry: 'fabrikam' as Registry } },
    { name: 'repository', other: { ...webTag, repository: 'web' as Repository } },
    { name: 'tag', other: { ...webTag, tag: '1.3' as Tag } },
  ])('differs with the $name', ({ other }) => {
    expect(tagKey(other)).not.toBe(tagKey(webTag));
  });
});
