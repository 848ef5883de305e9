import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namingAnyOf, toDigestsColumn } from '../../../src/adapters/table/tag-digests.ts';
import type { Digest } from '../../../src/core/names.ts';
import { arrival, digestA, digestB, digestC, eastus, numberedDigest } from '../../builders.ts';
import { state } from './arbitrary.ts';

const mayName = (column: unknown, ...digests: readonly Digest[]) => namingAnyOf(new Set(digests))(column);

/** Each beginning with other digits. */
const facts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    digest: `sha256:${index.toString(16).padStart(12, '0')}${'0'.repeat(52)}` as Digest,
  }));

describe('the column of digests', () => {
  it('says the first twelve digits of each digest, once', () => {
    const given = [
      arrival(),
      arrival({ region: eastus }),
      arrival({ digest: digestB }),
      arrival({ digest: `sha512:${'c'.repeat(128)}` as Digest }),
    ];
    expect(toDigestsColumn(given)).toBe('aaaaaaaaaaaa bbbbbbbbbbbb cccccccccccc');
  });

  it('is empty where nothing is named, and names nothing then', () => {
    expect(toDigestsColumn([])).toBe('');
    expect(mayName('', digestA)).toBe(false);
  });

  it.for([
    { name: 'says them below the limit of a property', count: 2_306, length: 29_977 },
    { name: 'says them up to the limit of a property', count: 2_307, length: 29_990 },
    { name: 'says that it may be any above the limit of a property', count: 2_308, length: 1 },
  ])('$name', ({ count, length }) => {
    const column = toDigestsColumn(facts(count));
    expect(column).toHaveLength(length);
    expect(mayName(column, facts(count).at(-1)?.digest ?? digestA)).toBe(true);
    expect(mayName(column, digestA)).toBe(length === 1);
  });

  it('may name every digest of every state', () => {
    fc.assert(
      fc.property(state, (given) => {
        const column = toDigestsColumn(given.facts);
        expect(given.facts.filter(({ digest }) => !mayName(column, digest))).toEqual([]);
      }),
    );
  });
});

describe('a row', () => {
  it.for<{ name: string; column: unknown; digests: readonly Digest[]; expected: boolean }>([
    { name: 'names what it says', column: 'aaaaaaaaaaaa bbbbbbbbbbbb', digests: [digestB], expected: true },
    { name: 'names one of several', column: 'aaaaaaaaaaaa', digests: [digestC, digestA], expected: true },
    { name: 'does not name another', column: 'aaaaaaaaaaaa bbbbbbbbbbbb', digests: [digestC], expected: false },
    { name: 'does not name none', column: 'aaaaaaaaaaaa', digests: [], expected: false },
    { name: 'may name one that begins alike', column: '000000000000', digests: [numberedDigest(7)], expected: true },
    { name: 'of an older release may name any', column: undefined, digests: [digestA], expected: true },
    { name: 'whose column comes as null may name any', column: null, digests: [digestA], expected: true },
  ])('$name', ({ column, digests, expected }) => {
    expect(mayName(column, ...digests)).toBe(expected);
  });
});
