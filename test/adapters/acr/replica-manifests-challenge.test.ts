// What a 401 asks for, however it is written.
import { describe, expect, it } from 'vitest';
import { parseBearerChallenge, parseChallenges } from '../../../src/adapters/acr/replica-manifests-challenge.ts';

const realm = 'https://contoso.azurecr.io/oauth2/token';
const service = 'contoso.azurecr.io';
const plain = { realm, service, scope: undefined, error: undefined };

describe('a bearer challenge', () => {
  it.for([
    {
      name: 'says realm, service and scope',
      header: `Bearer realm="${realm}",service="${service}",scope="repository:public/products/web:pull"`,
      expected: { ...plain, scope: 'repository:public/products/web:pull' },
    },
    {
      name: 'says what was wrong with a token',
      header: `Bearer realm="${realm}",service="${service}",error="insufficient_scope"`,
      expected: { ...plain, error: 'insufficient_scope' },
    },
    {
      name: 'may have commas in quotes',
      header: `Bearer realm="${realm}",service="${service}",scope="repository:web:pull,push"`,
      expected: { ...plain, scope: 'repository:web:pull,push' },
    },
    {
      name: 'may have escaped quotes',
      header: `Bearer realm="${realm}",service="${service}",scope="a \\"b\\" \\\\ c, realm=d"`,
      expected: { ...plain, scope: 'a "b" \\ c, realm=d' },
    },
    {
      name: 'may be written in any case',
      header: `bEARER REALM="${realm}",Service="${service}"`,
      expected: plain,
    },
    {
      name: 'may have gaps around commas and equals signs',
      header: `Bearer  realm = "${realm}" ,\t service= "${service}"`,
      expected: plain,
    },
    { name: 'may go without quotes', header: `Bearer realm=${realm}, service=${service}`, expected: plain },
    {
      name: 'may have an empty scope',
      header: `Bearer realm="${realm}",service="${service}",scope=""`,
      expected: { ...plain, scope: '' },
    },
    {
      name: 'counts what is said first',
      header: `Bearer realm="${realm}",service="${service}",realm="https://elsewhere.example"`,
      expected: plain,
    },
    {
      name: 'may come after another one',
      header: `Basic realm="web", Bearer realm="${realm}",service="${service}"`,
      expected: plain,
    },
    {
      name: 'may come before another one',
      header: `Bearer realm="${realm}",service="${service}", Basic realm="web"`,
      expected: plain,
    },
    {
      name: 'may come after one with a bare token',
      header: `Negotiate abc==, Bearer realm="${realm}",service="${service}"`,
      expected: plain,
    },
    {
      name: 'may come after one without anything',
      header: `Negotiate, Bearer realm="${realm}",service="${service}"`,
      expected: plain,
    },
    {
      name: 'is taken from the one that has all',
      header: `Bearer error="x", Bearer realm="${realm}",service="${service}"`,
      expected: plain,
    },
  ])('$name', ({ header, expected }) => {
    expect(parseBearerChallenge(header)).toEqual(expected);
  });

  it.for([
    { name: 'no header', header: undefined },
    { name: 'an empty header', header: '' },
    { name: 'another scheme', header: `Basic realm="${realm}",service="${service}"` },
    { name: 'no realm', header: `Bearer service="${service}"` },
    { name: 'no service', header: `Bearer realm="${realm}"` },
    { name: 'a scheme only in quotes', header: `Basic realm="x, Bearer realm=${realm}, service=${service}"` },
    { name: 'quotes that do not end', header: `Bearer realm="${realm}` },
    { name: 'parameters of nobody', header: `realm="${realm}",service="${service}"` },
    { name: 'control characters', header: '\u0000\u0001' },
  ])('is not found in $name', ({ header }) => {
    expect(parseBearerChallenge(header)).toBe(undefined);
  });
});

it('several challenges keep their own parameters', () => {
  const parsed = parseChallenges('Basic realm="a", charset=UTF-8, Negotiate, Bearer realm="b",service="c"');
  expect(parsed.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual([
    ['basic', { realm: 'a', charset: 'UTF-8' }],
    ['negotiate', {}],
    ['bearer', { realm: 'b', service: 'c' }],
  ]);
});

it.for(['"', '\\', ',', '=', ' ', 'a ', 'a='])('a long row of %j is read without a hang', (text) => {
  expect(parseBearerChallenge(`Bearer realm="${text.repeat(16_000)}`)).toBe(undefined);
});
