import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ManagementApi } from '../../../src/adapters/acr/management.ts';
import { permissionIn, toRetryAfterMs } from '../../../src/adapters/acr/management-errors.ts';
import { Forbidden, Throttled, Unavailable } from '../../../src/usecases/ports.ts';
import { type Answer, armFixture, contoso, inTime, type Script, ScriptedManagement } from './scripted-management.ts';

const opened: ScriptedManagement[] = [];
const open = async (answers: Script) => {
  const management = await ScriptedManagement.start(answers);
  opened.push(management);
  return management;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((management) => management.close()));
});

type Call = (api: ManagementApi, signal: AbortSignal) => Promise<unknown>;

const calls: { name: string; call: Call; permission: string }[] = [
  { name: 'replicas', call: (api, signal) => api.replicas(contoso, [], signal), permission: 'registries/read' },
  { name: 'webhooks', call: (api, signal) => api.webhooks(contoso, signal), permission: 'registries/webhooks/read' },
  {
    name: 'target',
    call: (api, signal) => api.target(contoso, 'landfallwestus', signal),
    permission: 'registries/webhooks/getCallbackConfig/action',
  },
  {
    name: 'history',
    call: (api, signal) => api.history(contoso, 'landfallwestus', signal).next(),
    permission: 'registries/webhooks/listEvents/action',
  },
];

/** What each call rejects with. */
async function fault(answer: Answer | 'no answer', call: Call): Promise<unknown> {
  const management = await open(() => answer);
  return await call(management.api(), inTime()).catch((error: unknown) => error);
}

const throttled = armFixture<Answer>('error-throttled');
const forbidden = armFixture<Answer>('error-forbidden');

describe('a management API that does not say', () => {
  it.for(calls)('is throttling: $name', async ({ call }) => {
    const management = await open(() => throttled);
    const error = await call(management.api(), inTime()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Throttled);
    expect((error as Throttled).retryAfterMs).toBe(17_000);
    expect((error as Throttled).message).toMatch(/Expected registry contoso to .*429 TooManyRequests.* in 17 s/);
    // It is not asked again before that.
    expect(management.asked).toHaveLength(1);
  });

  it.for(calls)('forbids, and names the permission: $name', async ({ call, permission }) => {
    const named = await fault(forbidden, call);
    expect(named).toBeInstanceOf(Forbidden);
    expect((named as Forbidden).permission).toBe('Microsoft.ContainerRegistry/registries/webhooks/listEvents/action');
    const unnamed = await fault({ status: 403, body: '<html>no</html>' }, call);
    expect(unnamed).toBeInstanceOf(Forbidden);
    expect((unnamed as Forbidden).permission).toBe(`Microsoft.ContainerRegistry/${permission}`);
    expect((unnamed as Forbidden).message).toContain(`lacks Microsoft.ContainerRegistry/${permission}`);
  });

  it('forbids the replicas of a registry that may be read', async () => {
    const management = await open(({ path }) => (path === '' ? { body: armFixture('registry') } : { status: 403 }));
    await expect(management.api().replicas(contoso, [], inTime())).rejects.toMatchObject({
      permission: 'Microsoft.ContainerRegistry/registries/replications/read',
    });
  });

  it.for<{ name: string; answer: Answer; expected: string }>([
    {
      name: 'takes no token',
      answer: { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
      expected: 'got 401',
    },
    {
      name: 'does not know the registry',
      answer: { status: 404, body: { error: { code: 'ResourceNotFound', message: 'secret' } } },
      expected: 'got 404 ResourceNotFound',
    },
    { name: 'has failed', answer: { status: 500, body: 'secret' }, expected: 'got 500' },
    {
      name: 'is overloaded',
      answer: { status: 503, headers: { 'retry-after': '1' }, body: { error: { code: 'ServerBusy' } } },
      expected: 'got 503 ServerBusy',
    },
    { name: 'talks of something else', answer: { body: '<html>secret</html>' }, expected: 'cannot be read' },
    { name: 'says nothing', answer: { body: '' }, expected: 'cannot be read' },
  ])('$name: unavailable, asked once', async ({ answer, expected }) => {
    for (const { call } of calls) {
      const management = await open(() => answer);
      const error: unknown = await call(management.api(), inTime()).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Unavailable);
      expect((error as Error).message).toContain(expected);
      expect((error as Error).message).not.toContain('secret');
      expect(management.asked).toHaveLength(1);
    }
  });

  it.for(calls)('hangs until the signal ends it: $name', async ({ call }) => {
    const management = await open(() => 'no answer');
    const control = new AbortController();
    const asking = call(management.api(), control.signal);
    await management.hanging;
    control.abort();
    await expect(asking).rejects.toBeInstanceOf(Unavailable);
    await expect(asking).rejects.toThrow('no answer in time');
    // The request itself has ended too.
    await management.cutOff;
  });

  it.for(calls)('is not asked when the time is over already: $name', async ({ call }) => {
    const management = await open(() => ({}));
    await expect(call(management.api(), AbortSignal.abort())).rejects.toBeInstanceOf(Unavailable);
    expect(management.asked).toHaveLength(0);
  });

  it.for(calls)('cannot be reached: $name', async ({ call }) => {
    const management = await open(() => ({}));
    const api = management.api();
    await management.close();
    const asking = call(api, inTime());
    await expect(asking).rejects.toBeInstanceOf(Unavailable);
    await expect(asking).rejects.toThrow('ECONNREFUSED');
    opened.length = 0;
  });

  it.for([
    { name: 'is asked again when a connection that was kept has gone', resets: 1, expected: 'answered' },
    { name: 'is asked again only once', resets: 2, expected: 'Unavailable' },
  ])('$name', async ({ resets, expected }) => {
    let left = resets;
    const management = await open(() => {
      left -= 1;
      return left >= 0 ? 'reset' : { body: { value: [] } };
    });
    const asking = management.api().webhooks(contoso, inTime());
    expect(
      await asking.then(
        () => 'answered',
        (error: Error) => error.name,
      ),
    ).toBe(expected);
  });

  it('shows no token, however its faults are written', async () => {
    const management = await open(() => 'reset');
    const error: unknown = await management
      .api()
      .webhooks(contoso, inTime())
      .catch((reason) => reason);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('test-token');
  });

  it('is not trusted with a certificate that nobody vouches for', async () => {
    const management = await open(() => ({ body: armFixture('webhooks') }));
    const { endpoint, credential } = management.endpoint;
    const api = new ManagementApi({ registries: () => RESOURCE, endpoint, credential });
    await expect(api.webhooks(contoso, inTime())).rejects.toThrow(/certificate/);
    expect(management.asked).toHaveLength(0);
  });
});

const RESOURCE = '/subscriptions/1/resourceGroups/web/providers/Microsoft.ContainerRegistry/registries/contoso';

describe('asking the management API', () => {
  it("takes a token of the endpoint's own scope, once", async () => {
    const management = await open(() => ({ body: { value: [] } }));
    const api = new ManagementApi({
      ...management.endpoint,
      endpoint: `${management.url}/`,
      registries: () => RESOURCE,
    });
    await api.webhooks(contoso, inTime());
    await api.webhooks(contoso, inTime());
    expect(management.tokensAskedFor.flat()).toEqual([`${management.url}/.default`]);
    expect(management.asked[0]?.authorization).toBe('Bearer test-token');
  });

  it.for([
    { name: 'fails', getToken: () => Promise.reject(new Error('signed out\n  at somewhere')), expected: 'signed out' },
    { name: 'gives none', getToken: () => Promise.resolve(null), expected: 'no token' },
  ])('is unavailable without a token: the identity $name', async ({ getToken, expected }) => {
    const management = await open(() => ({ body: { value: [] } }));
    const api = new ManagementApi({ ...management.endpoint, credential: { getToken }, registries: () => RESOURCE });
    const asking = api.webhooks(contoso, inTime());
    await expect(asking).rejects.toBeInstanceOf(Unavailable);
    await expect(asking).rejects.toThrow(expected);
    await expect(asking).rejects.not.toThrow('somewhere');
  });

  it('ends by its signal when a token never comes', async () => {
    const management = await open(() => ({ body: { value: [] } }));
    const control = new AbortController();
    const getToken = () => {
      control.abort();
      return new Promise<never>(() => {});
    };
    const api = new ManagementApi({ ...management.endpoint, credential: { getToken }, registries: () => RESOURCE });
    await expect(api.webhooks(contoso, control.signal)).rejects.toBeInstanceOf(Unavailable);
  });

  it.for([
    { name: 'no resource id is known', resourceId: undefined, expected: 'Expected a resource id for registry contoso' },
    { name: 'what is known is none', resourceId: 'contoso', expected: 'expected a resource id like' },
  ])('is unavailable for a registry of which $name', async ({ resourceId, expected }) => {
    const management = await open(() => ({}));
    const api = new ManagementApi({ ...management.endpoint, registries: () => resourceId });
    for (const { call } of calls) {
      const asking = call(api, inTime());
      await expect(asking).rejects.toBeInstanceOf(Unavailable);
      await expect(asking).rejects.toThrow(expected);
    }
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');

  it.for([
    { name: 'seconds', header: '17', expected: 17_000 },
    { name: 'no wait', header: '0', expected: 0 },
    { name: 'a date ahead', header: 'Fri, 20 Nov 2026 10:00:30 GMT', expected: 30_000 },
    { name: 'a date that has passed', header: 'Fri, 20 Nov 2026 09:00:00 GMT', expected: 0 },
    { name: 'nothing', header: undefined, expected: 60_000 },
    { name: 'words', header: 'soon', expected: 60_000 },
    { name: 'just less than an hour', header: '3599', expected: 3_599_000 },
    { name: 'an hour', header: '3600', expected: 3_600_000 },
    { name: 'more than an hour: an hour', header: '3601', expected: 3_600_000 },
  ])('is $name', ({ header, expected }) => {
    expect(toRetryAfterMs(header, now)).toBe(expected);
  });
});

describe('the missing permission', () => {
  it.for([
    {
      name: 'is found in what Azure says',
      message:
        "The client 'x' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '/subscriptions/1'",
      expected: 'Microsoft.ContainerRegistry/registries/read',
    },
    { name: 'is not made up', message: 'Forbidden', expected: undefined },
    { name: 'is no text of any kind', message: "action '<script>'", expected: undefined },
  ])('$name', ({ message, expected }) => {
    expect(permissionIn(message)).toBe(expected);
  });
});
