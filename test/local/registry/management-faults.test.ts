// What the management API does for who may not ask it, and when it is out of order.
import { describe, expect, it } from 'vitest';
import type { Region } from '../../../src/core/names.ts';
import { AccessTokens } from '../../../src/local/registry/access-tokens.ts';
import type { ManagementFault } from '../../../src/local/registry/management-faults.ts';
import { RemainingRequests } from '../../../src/local/registry/remaining-requests.ts';
import { all, GROUP, REGISTRY, recorded, startManagement } from './management.ts';
import { shapeOf } from './shape.ts';

const NAME = 'landfallwestus';

describe('without a good token', () => {
  const tokens = new AccessTokens();
  const bearer = (audience: string, now = Date.now(), of = tokens) => `Bearer ${of.issue(audience, now).token}`;
  const azure = 'https://management.azure.com';
  const day = 86_400_000;
  it.for([
    { name: 'none is refused', authorization: '', status: 401 },
    { name: 'another scheme is refused', authorization: 'Basic dXNlcjpwYXNz', status: 401 },
    { name: 'something else is refused', authorization: 'Bearer token', status: 401 },
    { name: 'another issuer is refused', authorization: bearer(azure, Date.now(), new AccessTokens()), status: 401 },
    { name: 'another audience is refused', authorization: bearer('https://vault.azure.net'), status: 401 },
    { name: 'one that is over is refused', authorization: bearer(azure, Date.now() - day - 1_000), status: 401 },
    {
      name: 'one that is about to be over is taken',
      authorization: bearer(azure, Date.now() - day + 60_000),
      status: 200,
    },
    { name: 'one for Azure is taken', authorization: bearer(`${azure}/`), status: 200 },
  ])('$name', async ({ authorization, status }) => {
    const { ask } = await startManagement({ tokens });
    const answer = await ask('/replications', { authorization });
    expect(answer.status).toBe(status);
    if (status === 401) {
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(answer.body).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
    }
  });

  it('nothing is told of what there is', async () => {
    const { ask } = await startManagement();
    expect((await ask('/webhooks/nowhere', { authorization: '' })).status).toBe(401);
  });
});

describe('a request', () => {
  it.for([
    { name: 'without a version', query: '', code: 'MissingApiVersionParameter' },
    { name: 'with a version that is none', query: 'api-version=latest', code: 'InvalidApiVersionParameter' },
  ])('$name is refused', async ({ query, code }) => {
    const { ask } = await startManagement();
    expect(await ask('/replications', { query })).toMatchObject({ status: 400, body: { error: { code } } });
  });

  it.for([
    { name: 'another registry', group: GROUP, registry: 'fabrikam', code: 'ResourceNotFound' },
    { name: 'another resource group', group: 'others', registry: REGISTRY, code: 'ResourceGroupNotFound' },
  ])('for $name is not answered', async ({ group, registry, code }) => {
    const { client } = await startManagement();
    await expect(client.registries.get(group, registry)).rejects.toMatchObject({ statusCode: 404, code });
  });

  it.for(['/tasks', '/replications/westus/nothing', '/webhooks/landfallwestus/ping'])(
    'for %s is not known by GET',
    async (below) => {
      const { ask } = await startManagement();
      expect(await ask(below)).toMatchObject({ status: 404, body: { error: { code: 'InvalidResourceType' } } });
    },
  );

  it('whose path cannot be decoded is refused', async () => {
    const { ask } = await startManagement();
    expect(await ask('/replications/%')).toMatchObject({ status: 400, body: { error: { code: 'InvalidRequest' } } });
  });

  it('is answered with how many more there may be', async () => {
    const { ask } = await startManagement();
    const reads = 'x-ms-ratelimit-remaining-subscription-reads';
    expect((await ask('/webhooks')).headers[reads]).toBe('249');
    const posted = await ask(`/webhooks/${NAME}/listEvents`, { method: 'POST' });
    expect(posted.headers['x-ms-ratelimit-remaining-subscription-writes']).toBe('199');
  });
});

describe('the requests that are left', () => {
  it.for([
    { name: 'get fewer with each', asked: [0, 0, 0], expected: 247 },
    { name: 'come back with time, 25 a second', asked: [0, 0, 0, 80], expected: 248 },
    { name: 'are never more than at first', asked: [0, 3_600_000], expected: 249 },
    { name: 'are never none', asked: Array(300).fill(0), expected: 1 },
  ])('$name', ({ asked, expected }) => {
    const remaining = new RemainingRequests();
    expect(asked.map((now) => remaining.after('GET', now)).at(-1)).toBe(expected);
  });

  it('are counted apart for reading and writing', () => {
    const remaining = new RemainingRequests();
    remaining.after('GET', 0);
    expect(remaining.after('POST', 0)).toBe(199);
  });
});

describe('while it is off', () => {
  it('resets connections, and answers again when it is on', async () => {
    const { client, api } = await startManagement();
    await client.registries.get(GROUP, REGISTRY);
    api.faults.set({ mode: 'off' });
    await expect(client.registries.get(GROUP, REGISTRY)).rejects.toMatchObject({ code: 'ECONNRESET' });
    api.faults.set({});
    expect(await client.registries.get(GROUP, REGISTRY)).toMatchObject({ name: 'contoso' });
  });

  it('resets a request that waits for its answer', async () => {
    const arrived = Promise.withResolvers<void>();
    const { client, api } = await startManagement({ onRequest: () => arrived.resolve() });
    api.faults.set({ delayMs: 3_600_000 });
    const waiting = client.registries.get(GROUP, REGISTRY);
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ECONNRESET' });
    await arrived.promise;
    api.faults.set({ mode: 'off' });
    await refused;
  });
});

describe('while it is throttled', () => {
  it('says when to come again, in the shape that was recorded', async () => {
    const { ask, api } = await startManagement();
    api.faults.set({ mode: 'throttled' });
    const { status, headers, body } = recorded('error-throttled');
    const answer = await ask('/replications');
    expect(answer).toMatchObject({ status, headers, body });
  });

  it('says the time that was ordered', async () => {
    const { client, api } = await startManagement();
    api.faults.set({ mode: 'throttled', retryAfterSeconds: 3 });
    const asked = client.registries.get(GROUP, REGISTRY);
    await expect(asked).rejects.toMatchObject({ statusCode: 429, code: 'TooManyRequests' });
  });
});

describe('while it is forbidden', () => {
  it('names the permission, in the shape that was recorded', async () => {
    const { ask, api } = await startManagement();
    api.faults.set({ mode: 'forbidden' });
    const { status, body } = recorded('error-forbidden');
    const answer = await ask(`/webhooks/${NAME}/listEvents`, { method: 'POST' });
    expect(answer.status).toBe(status);
    expect(shapeOf(answer.body)).toEqual(shapeOf(body));
    expect(answer.body).toMatchObject({ error: { code: body.error.code } });
  });

  // https://learn.microsoft.com/azure/role-based-access-control/permissions/containers#microsoftcontainerregistry
  it.for([
    { method: 'GET', below: '', permission: 'registries/read' },
    { method: 'GET', below: '/listUsages', permission: 'registries/listUsages/read' },
    { method: 'GET', below: '/replications', permission: 'registries/replications/read' },
    { method: 'PUT', below: '/replications/westus', permission: 'registries/replications/write' },
    { method: 'DELETE', below: '/replications/westus', permission: 'registries/replications/delete' },
    { method: 'GET', below: '/webhooks', permission: 'registries/webhooks/read' },
    { method: 'PUT', below: `/webhooks/${NAME}`, permission: 'registries/webhooks/write' },
    { method: 'PATCH', below: `/webhooks/${NAME}`, permission: 'registries/webhooks/write' },
    { method: 'DELETE', below: `/webhooks/${NAME}`, permission: 'registries/webhooks/delete' },
    { method: 'POST', below: `/webhooks/${NAME}/ping`, permission: 'registries/webhooks/ping/action' },
    { method: 'POST', below: `/webhooks/${NAME}/listEvents`, permission: 'registries/webhooks/listEvents/action' },
    { method: 'GET', below: `/webhooks/${NAME}/listEvents`, permission: 'registries/webhooks/listEvents/action' },
    {
      method: 'POST',
      below: `/webhooks/${NAME}/getCallbackConfig`,
      permission: 'registries/webhooks/getCallbackConfig/action',
    },
  ])('needs $permission for $method $below', async ({ method, below, permission }) => {
    const { ask, api, model } = await startManagement();
    api.faults.set({ mode: 'forbidden', permission: `Microsoft.ContainerRegistry/${permission}` });
    const { status, body } = await ask(below, { method });
    const message = expect.stringContaining(`perform action 'Microsoft.ContainerRegistry/${permission}' over scope`);
    expect({ status, body }).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed', message } } });
    expect(model.webhooks).toHaveLength(4);
  });

  it('answers what the missing permission is not for', async () => {
    const { client, api } = await startManagement();
    const permission = 'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action';
    api.faults.set({ mode: 'forbidden', permission });
    expect(await all(client.webhooks.list(GROUP, REGISTRY))).toHaveLength(4);
    const asked = client.webhooks.getCallbackConfig(GROUP, REGISTRY, NAME);
    await expect(asked).rejects.toMatchObject({ statusCode: 403, code: 'AuthorizationFailed' });
  });
});

describe('a list that is wrong', () => {
  it('leaves out a replica that is there when it is asked for by its name', async () => {
    const { client, api } = await startManagement();
    api.faults.set({ unlisted: ['eastus' as Region] });
    const listed = await all(client.replications.list(GROUP, REGISTRY));
    expect(listed.map(({ location }) => location)).toEqual(['canadacentral', 'westeurope', 'westus']);
    const replication = await client.replications.get(GROUP, REGISTRY, 'replication001');
    expect(replication.location).toBe('eastus');
  });
});

describe('a fault', () => {
  it('is told when it is set, takes the place of the one before, and ends with {}', async () => {
    const told: ManagementFault[] = [];
    const { ask, api } = await startManagement({ onFault: (fault) => told.push(fault) });
    api.faults.set({ mode: 'throttled' });
    api.faults.set({ unlisted: ['eastus' as Region] });
    expect((await ask('')).status).toBe(200);
    api.faults.set({});
    expect(told).toEqual([{ mode: 'throttled' }, { unlisted: ['eastus'] }, {}]);
    expect(api.faults.current).toEqual({});
  });
});
