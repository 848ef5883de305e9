// How the identity's token becomes a refresh token, how long that is kept, and what is said when there is none.
import { afterEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../../src/core/names.ts';
import { Forbidden, Throttled, Unavailable } from '../../../src/usecases/ports.ts';
import { guarded as begin, type Guard, HOUR_S, jwt, START } from '../../registries/scripted-guard.ts';
import { inTime, type ScriptedReplica, web, westEurope } from '../../registries/scripted-replica.ts';

const api = { ...web, repository: 'public/products/api' as Repository };

const replicas: ScriptedReplica[] = [];
afterEach(async () => {
  for (const replica of replicas.splice(0)) {
    await replica.close();
  }
});
async function guarded(...options: Parameters<typeof begin>): Promise<Guard> {
  const guard = await begin(...options);
  replicas.push(guard.replica);
  return guard;
}

const failure = async (asked: Promise<unknown>): Promise<Error> =>
  await asked.then(
    (value) => new Error(`Expected a failure, got ${String(value)}`),
    (error: Error) => error,
  );

describe('a refresh token', () => {
  it.for([
    { name: 'is used until a minute before it is over', afterS: 2 * HOUR_S - 61, exchanges: 1 },
    { name: 'is replaced a minute before it is over', afterS: 2 * HOUR_S - 60, exchanges: 2 },
    { name: 'is replaced after that', afterS: 2 * HOUR_S, exchanges: 2 },
  ])('$name', async ({ afterS, exchanges }) => {
    const guard = await guarded();
    await guard.ask();
    guard.clock.now += afterS * 1000;
    await guard.ask();
    expect(guard.counts()).toEqual([exchanges, 2, 4]);
  });

  it.for([
    { name: 'below three hours', afterS: 3 * HOUR_S - 61, exchanges: 1 },
    { name: 'of three hours', afterS: 3 * HOUR_S - 60, exchanges: 2 },
  ])('that claims to be good for a year is used $name', async ({ afterS, exchanges }) => {
    const guard = await guarded({ exchange: { body: JSON.stringify({ refresh_token: jwt('r', 8760 * HOUR_S) }) } });
    await guard.ask();
    guard.clock.now += afterS * 1000;
    await guard.ask();
    expect(guard.counts()[0]).toBe(exchanges);
  });

  it.for([400, 401, 403])('that was good and is answered with %i is exchanged anew', async (status) => {
    const guard = await guarded();
    await guard.ask();
    guard.answers = { token: { status } };
    expect(await failure(guard.ask(api))).toBeInstanceOf(status === 400 ? Unavailable : Forbidden);
    expect(guard.counts()).toEqual([2, 3, 3]);
  });

  it('is fetched once for all who wait, and goes on when the first one gives up', async () => {
    const guard = await guarded();
    const manifests = guard.replica.manifests();
    const first = new AbortController();
    const script = guard.replica.script;
    guard.replica.script = (asked) => {
      if (asked.path === '/oauth2/exchange') {
        first.abort();
      }
      return script(asked);
    };
    const asked = [first.signal, inTime(), inTime()].map((signal) => manifests.digest(web, westEurope, signal));
    const ended = await Promise.allSettled(asked);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(guard.counts().slice(0, 2)).toEqual([1, 1]);
  });
});

describe('without a token', () => {
  it.for([
    { name: 'the exchange is refused', answers: { exchange: { status: 401 } }, fault: Forbidden, word: 'got 401' },
    {
      name: 'the exchange is denied by a rule',
      answers: { exchange: { status: 403, body: '{"errors":[{"code":"DENIED","message":"10.1.2.3"}]}' } },
      fault: Forbidden,
      word: 'got 403 DENIED; the identity lacks',
    },
    { name: 'the service is not there', answers: { exchange: { status: 404 } }, fault: Unavailable, word: 'got 404' },
    { name: 'the service is busy', answers: { token: { status: 429 } }, fault: Throttled, word: 'again in 60 s' },
    { name: 'the service is broken', answers: { token: { status: 500 } }, fault: Unavailable, word: 'got 500' },
    {
      name: 'the answer has another form',
      answers: { exchange: { body: '{"refresh_token":7}' } },
      fault: Unavailable,
      word: 'expected a text in "refresh_token"',
    },
    {
      name: 'the answer is no JSON',
      answers: { token: { body: 'secret' } },
      fault: Unavailable,
      word: '"access_token"',
    },
  ])('when $name, that is said', async ({ answers, fault, word }) => {
    const error = await failure((await guarded(answers)).ask());
    expect(error).toBeInstanceOf(fault);
    expect(error.message).toContain(word);
    expect(error.message).not.toMatch(/secret|identity-token|e30|10\.1/);
  });

  it.for([
    {
      name: 'the identity has none',
      getToken: async () => null,
      word: 'no token',
    },
    {
      name: 'the identity cannot be asked',
      getToken: async () => {
        throw new Error('the identity endpoint is off\nwith more');
      },
      word: 'no token: Error: the identity endpoint is off',
    },
    {
      name: 'the identity does not answer',
      getToken: () => new Promise<null>(() => undefined),
      word: 'no token in 10 s',
    },
  ])('when $name, that is said', async ({ getToken, word }) => {
    const timing = { now: () => START, timeout: () => AbortSignal.timeout(20) };
    const { ask, counts } = await guarded({}, undefined, { credential: { getToken }, timing });
    const error = await failure(ask());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toContain(`got ${word}`);
    expect(counts()).toEqual([0, 0, 1]);
  });
});
