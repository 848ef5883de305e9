import { expect, it } from 'vitest';
import { lazyCredential } from '../../src/adapters/credential.ts';

const token = { token: 'a token', expiresOnTimestamp: 0 };

it('loads the identity library with the first token, and once', async () => {
  let loads = 0;
  const credential = lazyCredential(async () => {
    loads += 1;
    return { getToken: async () => token };
  });
  expect(loads).toBe(0);
  expect(await Promise.all([credential.getToken('scope'), credential.getToken('scope')])).toEqual([token, token]);
  expect(loads).toBe(1);
});

it('does not let the time of one caller end a token request that others wait for', async () => {
  let seen: unknown;
  const credential = lazyCredential(async () => ({
    getToken: async (scopes, options) => {
      seen = { scopes, options };
      return token;
    },
  }));
  await credential.getToken('scope', { abortSignal: AbortSignal.abort(), enableCae: true });
  expect(seen).toEqual({ scopes: 'scope', options: { enableCae: true } });
});
