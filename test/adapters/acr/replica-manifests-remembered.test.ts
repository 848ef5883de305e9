// How many tokens are kept, and whose.
import { expect, it } from 'vitest';
import { RememberedTokens } from '../../../src/adapters/acr/replica-manifests-remembered.ts';

const HOUR_MS = 3_600_000;

it.for([
  { name: 'a thousand are kept', others: 999, expected: 'first' },
  { name: 'of a thousand and one, the one fetched longest ago is not', others: 1000, expected: undefined },
])('$name', async ({ others, expected }) => {
  const tokens = new RememberedTokens(() => 0);
  const fetch = async (key: string) => await tokens.fetch(key, async () => ({ token: key, goodUntil: HOUR_MS }));
  await fetch('first');
  for (let other = 0; other < others; other++) {
    await fetch(`${other}`);
  }
  expect([tokens.known('first'), tokens.known('998')]).toEqual([expected, '998']);
});

it('one that was fetched anew is the youngest', async () => {
  const tokens = new RememberedTokens(() => 0);
  const fetch = async (key: string) => await tokens.fetch(key, async () => ({ token: key, goodUntil: HOUR_MS }));
  for (const key of ['first', ...Array.from({ length: 999 }, (_, index) => `${index}`), 'first', 'last']) {
    await fetch(key);
  }
  expect([tokens.known('first'), tokens.known('0'), tokens.known('1')]).toEqual(['first', undefined, '1']);
});

it('a failure is told to all who wait, and tried again by the next', async () => {
  const tokens = new RememberedTokens(() => 0);
  const fail = async () => {
    throw new Error('busy');
  };
  const asked = [tokens.fetch('key', fail), tokens.fetch('key', fail)];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await tokens.fetch('key', async () => ({ token: 'new', goodUntil: HOUR_MS }))).toBe('new');
});
