// How an access token is had, kept and given up; nothing that proves who asks goes where it should not.
import { afterEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../../src/core/names.ts';
import { Forbidden, Unavailable } from '../../../src/usecases/ports.ts';
import { guarded as begin, type Guard, HOUR_S, jwt } from '../../registries/scripted-guard.ts';
import { type Answer, DIGEST, HELD, ScriptedReplica, web } from '../../registries/scripted-replica.ts';

const api = { ...web, repository: 'public/products/api' as Repository };

const replicas: ScriptedReplica[] = [];
afterEach(async () => {
  for (const replica of replicas.splice(0)) {
    await replica.close();
  }
});
async function start(script = () => HELD): Promise<ScriptedReplica> {
  const replica = await ScriptedReplica.start(script);
  replicas.push(replica);
  return replica;
}
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

describe('a challenge', () => {
  it('is met by an exchange at the replica and a token from its realm', async () => {
    const { replica, ask } = await guarded({}, (host) => {
      const scope = 'repository:public/products/web:pull,metadata_read';
      return `Bearer realm="https://${host}/oauth2/token?a=b",service="contoso.azurecr.io",scope="${scope}"`;
    });
    expect(await ask()).toBe(DIGEST);
    expect(replica.tokensAskedFor).toEqual(['https://containerregistry.azure.net/.default']);
    expect(
      replica.asked.map(({ method, path, form, authorization }) => ({ method, path, form, authorization })),
    ).toEqual([
      { method: 'HEAD', path: '/v2/public/products/web/manifests/1.2', form: {}, authorization: undefined },
      {
        ...{ method: 'POST', path: '/oauth2/exchange', authorization: undefined },
        form: { grant_type: 'access_token', service: 'contoso.azurecr.io', access_token: 'identity-token' },
      },
      {
        ...{ method: 'POST', path: '/oauth2/token?a=b', authorization: undefined },
        form: {
          ...{ grant_type: 'refresh_token', service: 'contoso.azurecr.io', refresh_token: jwt('refresh', 2 * HOUR_S) },
          scope: 'repository:public/products/web:pull,metadata_read',
        },
      },
      {
        ...{ method: 'HEAD', path: '/v2/public/products/web/manifests/1.2', form: {} },
        authorization: `Bearer ${jwt('access', HOUR_S)}`,
      },
    ]);
  });

  it('without a scope is met by a token to pull', async () => {
    const { replica, ask } = await guarded();
    await ask();
    expect(replica.asked[2]?.form).toMatchObject({ scope: 'repository:public/products/web:pull' });
  });

  it('may send for tokens to the login server; the identity is proved to the replica alone', async () => {
    const loginServer = await start(() => ({ body: JSON.stringify({ access_token: jwt('access', HOUR_S) }) }));
    const realm = `Bearer realm="https://${loginServer.host}/oauth2/token",service="contoso.azurecr.io"`;
    const { replica, ask } = await guarded({}, () => realm, { loginServer: () => loginServer.host });
    expect(await ask()).toBe(DIGEST);
    expect(loginServer.questions).toEqual(['POST /oauth2/token']);
    expect(loginServer.asked[0]?.form).not.toHaveProperty('access_token');
    expect(replica.questions).toContain('POST /oauth2/exchange');
  });

  it.for([
    { name: 'another host', realm: (_: string, other: string) => `https://${other}/oauth2/token` },
    { name: 'another registry', realm: () => 'https://fabrikam.azurecr.io/oauth2/token' },
    { name: 'another port', realm: () => 'https://127.0.0.1:1/oauth2/token' },
    { name: 'a host that begins alike', realm: () => 'https://contoso.azurecr.io.example.com/oauth2/token' },
    { name: 'a host behind a user name', realm: (host: string, other: string) => `https://${host}@${other}/` },
    { name: 'no TLS', realm: (host: string) => `http://${host}/oauth2/token` },
    { name: 'no URL', realm: () => '/oauth2/token' },
  ])('that sends for tokens to $name is not followed', async ({ realm }) => {
    const other = await start();
    const challengeOf = (host: string) => `Bearer realm="${realm(host, other.host)}",service="contoso.azurecr.io"`;
    const { replica, ask } = await guarded({}, challengeOf);
    const error = await failure(ask());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toContain('expected tokens to be had at https://');
    expect([replica.tokensAskedFor.length, replica.asked.length, other.asked.length]).toEqual([0, 1, 0]);
  });
});

describe('an access token', () => {
  it.for([
    { name: 'is used until a minute before it is over', afterS: HOUR_S - 61, expected: [1, 1, 3] },
    { name: 'is replaced a minute before it is over', afterS: HOUR_S - 60, expected: [1, 2, 4] },
    { name: 'is replaced after that', afterS: HOUR_S - 59, expected: [1, 2, 4] },
  ])('$name', async ({ afterS, expected }) => {
    const guard = await guarded();
    await guard.ask();
    guard.clock.now += afterS * 1000;
    expect(await guard.ask()).toBe(DIGEST);
    expect(guard.counts()).toEqual(expected);
  });

  it.for([
    {
      name: 'without claims is good for as long as the answer says',
      more: { expires_in: 600 },
      afterS: 539,
      tokens: 1,
    },
    { name: 'without claims is over when the answer says', more: { expires_in: 600 }, afterS: 540, tokens: 2 },
    { name: 'of which nothing is said is used once', more: {}, afterS: 0, tokens: 2 },
  ])('$name', async ({ more, afterS, tokens }) => {
    const guard = await guarded({ token: { body: JSON.stringify({ access_token: 'opaque', ...more }) } });
    await guard.ask();
    guard.clock.now += afterS * 1000;
    await guard.ask();
    expect(guard.counts()[1]).toBe(tokens);
  });

  it('opens one repository', async () => {
    const guard = await guarded();
    await guard.ask();
    await guard.ask(api);
    await guard.ask();
    expect(guard.counts()).toEqual([1, 2, 5]);
    expect(guard.replica.asked.at(-2)?.path).toContain('api');
  });

  it('that is refused is fetched anew, once', async () => {
    const guard = await guarded();
    await guard.ask();
    guard.answers = {
      token: { body: JSON.stringify({ access_token: 'a-new-one' }) },
      manifest: ({ authorization }) => (authorization === 'Bearer a-new-one' ? HELD : challengeAgain(guard, '')),
    };
    expect(await guard.ask()).toBe(DIGEST);
    expect(guard.counts()).toEqual([1, 2, 4]);
  });

  const challengeAgain = ({ replica }: Guard, error: string): Answer => ({
    status: 401,
    headers: {
      'www-authenticate': `Bearer realm="https://${replica.host}/oauth2/token",service="contoso.azurecr.io"${error}`,
    },
  });

  it.for([
    { name: 'as too small', error: ',error="insufficient_scope"', fault: Forbidden, word: 'insufficient_scope' },
    { name: 'without a reason', error: '', fault: Forbidden, word: 'for a new token' },
    { name: 'as none', error: ',error="invalid_token"', fault: Unavailable, word: 'invalid_token' },
  ])('that is new and refused $name is not fetched again', async ({ error, fault, word }) => {
    const guard = await guarded({ manifest: () => challengeAgain(guard, error) });
    const refused = await failure(guard.ask());
    expect(refused).toBeInstanceOf(fault);
    expect(refused.message).toContain(`got 401 ${word}`);
    expect(guard.counts()).toEqual([1, 1, 2]);
    guard.answers = {};
    expect(await guard.ask()).toBe(DIGEST);
    expect(guard.counts()).toEqual([2, 2, 4]);
  });
});
