// The registry and its replicas over the management API, asked by the SDK that the app uses.
import { describe, expect, it } from 'vitest';
import type { Region } from '../../../src/core/names.ts';
import { newContoso, replicaName } from '../../../src/local/registry/contoso.ts';
import { addReplica, type ReplicaState } from '../../../src/local/registry/replicas.ts';
import { all, GROUP, REGISTRY, recorded, startManagement } from './management.ts';
import { shapeOf } from './shape.ts';

const japan = 'japaneast' as Region;

describe('the registry', () => {
  it('is told with its home region, its login server and its own name', async () => {
    const { client } = await startManagement();
    expect(await client.registries.get(GROUP, REGISTRY)).toMatchObject({
      ...{ name: 'contoso', location: 'westus', loginServer: 'contoso.azurecr.io', provisioningState: 'Succeeded' },
      id: '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/registries/providers/Microsoft.ContainerRegistry/registries/contoso',
    });
  });

  it('has the shape that was recorded', async () => {
    const { ask } = await startManagement();
    expect(shapeOf((await ask('')).body)).toEqual(shapeOf(recorded('registry')));
  });

  it('tells how many webhooks and replicas there are, and may be', async () => {
    const { client, ask } = await startManagement();
    const usages = (await client.registries.listUsages(GROUP, REGISTRY)).value;
    expect(usages?.map(({ name, limit, currentValue }) => [name, limit, currentValue])).toEqual([
      ['Size', 536_870_912_000, 0],
      ['Webhooks', 500, 4],
      ['Geo-replications', -1, 4],
    ]);
    expect(shapeOf((await ask('/listUsages')).body)).toEqual(shapeOf(recorded('usages')));
  });

  it('is known without regard to case', async () => {
    const { client } = await startManagement();
    expect(await client.replications.get('REGISTRIES', 'Contoso', 'Replication001')).toMatchObject({
      name: 'replication001',
    });
  });
});

describe('replications', () => {
  it('are listed by name, the home region among them', async () => {
    const { client } = await startManagement();
    const replications = await all(client.replications.list(GROUP, REGISTRY));
    expect(replications.map(({ name, location }) => [name, location])).toEqual([
      ['replication001', 'eastus'],
      ['replication002', 'canadacentral'],
      ['replication003', 'westeurope'],
      ['westus', 'westus'],
    ]);
    for (const { provisioningState, status } of replications) {
      expect(provisioningState).toBe('Succeeded');
      expect(status).toMatchObject({ displayStatus: 'Ready', timestamp: expect.any(Date) });
    }
  });

  it('of the home region were made by the service, others by a person', async () => {
    const { client } = await startManagement();
    const madeBy = async (name: string) =>
      (await client.replications.get(GROUP, REGISTRY, name)).systemData?.createdByType;
    expect(await madeBy('westus')).toBe('Application');
    expect(await madeBy('replication001')).toBe('User');
  });

  it.for<{ state: ReplicaState; file: string }>([
    { state: 'creating', file: 'replication-creating' },
    { state: 'stuck', file: 'replication-creating' },
    { state: 'failed', file: 'replication-failed' },
  ])('have the shape that was recorded when $state', async ({ state, file }) => {
    const { ask, model } = await startManagement();
    addReplica(model, { region: japan, displayName: 'Japan East', state, hasWebhook: false }, Date.now());
    const { body } = await ask(`/replications/${replicaName(4)}`);
    const expected = recorded(file);
    expect(shapeOf(body)).toEqual(shapeOf(expected));
    expect(body['properties']).toMatchObject({
      provisioningState: expected.properties.provisioningState,
      status: { displayStatus: expected.properties.status.displayStatus },
    });
  });

  it('have the shape that was recorded when ready', async () => {
    const { ask } = await startManagement();
    const { body } = await ask('/replications');
    const [first] = body['value'] as object[];
    expect(shapeOf(first)).toEqual(shapeOf(recorded('replications').value[0]));
  });

  it('are created, and then ready, as the SDK waits for it; no webhook comes with them', async () => {
    const { client, model } = await startManagement({ readyAfterMs: 20 });
    const waited = client.replications.create(
      ...([GROUP, REGISTRY, 'tokyo'] as const),
      { location: 'japaneast', regionEndpointEnabled: false },
      { updateIntervalInMs: 5 },
    );
    expect(await waited).toMatchObject({
      ...{ name: 'tokyo', location: 'japaneast', provisioningState: 'Succeeded', regionEndpointEnabled: false },
      status: { displayStatus: 'Ready' },
    });
    expect(model.replicas.at(-1)).toMatchObject({ region: japan, name: 'tokyo' });
    expect(model.webhooks.map(({ region }) => region)).not.toContain(japan);
  });

  it('are being created until then', async () => {
    const { ask } = await startManagement({ readyAfterMs: 3_600_000 });
    const put = { method: 'PUT', body: { location: 'Japan East', properties: {} } };
    const created = await ask('/replications/tokyo', put);
    expect(created).toMatchObject({ status: 201, body: { location: 'japaneast' } });
    expect(created.body['properties']).toMatchObject({ provisioningState: 'Creating' });
    const operation = new URL(created.headers['azure-asyncoperation'] ?? '');
    const { body } = await ask(operation.pathname.split('/contoso')[1] ?? '');
    expect(body).toMatchObject({ status: 'Creating' });
  });

  it('that are there already are answered with as they are', async () => {
    const { ask } = await startManagement();
    const again = { method: 'PUT', body: { location: 'eastus' } };
    expect(await ask('/replications/replication001', again)).toMatchObject({
      ...{ status: 200, body: { properties: { provisioningState: 'Succeeded' } } },
    });
  });

  it.for([
    { name: 'a second one in a region', resource: 'tokyo', location: 'eastus', status: 409, code: 'Conflict' },
    {
      name: 'one under a name that is taken',
      resource: 'replication001',
      location: 'japaneast',
      status: 409,
      code: 'Conflict',
    },
    { name: 'one without a real region', resource: 'tokyo', location: '§', status: 400, code: 'InvalidRequest' },
    {
      name: 'one with a name of other characters',
      resource: 'to-kyo',
      location: 'japaneast',
      status: 400,
      code: 'InvalidRequest',
    },
  ])('are refused: $name', async ({ resource, location, status, code }) => {
    const { ask, model } = await startManagement();
    const answer = await ask(`/replications/${resource}`, { method: 'PUT', body: { location } });
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(model.replicas).toHaveLength(4);
  });

  it('can be taken out of routing, and stay ready', async () => {
    const { client } = await startManagement();
    const update = client.replications.update(GROUP, REGISTRY, 'replication001', { regionEndpointEnabled: false });
    expect(await update).toMatchObject({ regionEndpointEnabled: false, status: { displayStatus: 'Ready' } });
    const replication = await client.replications.get(GROUP, REGISTRY, 'replication001');
    expect(replication.regionEndpointEnabled).toBe(false);
  });

  it('are deleted with the webhooks of their region, and deleting one again changes nothing', async () => {
    const { client, model } = await startManagement();
    await client.replications.delete(GROUP, REGISTRY, 'replication001');
    await client.replications.delete(GROUP, REGISTRY, 'replication001');
    expect(model.replicas.map(({ region }) => region)).toEqual(['westus', 'canadacentral', 'westeurope']);
    expect(model.webhooks.map(({ region }) => region)).toEqual(['westus', 'canadacentral', 'westeurope']);
  });

  it('of the home region are not deleted', async () => {
    const { ask, model } = await startManagement();
    expect(await ask('/replications/westus', { method: 'DELETE' })).toMatchObject({ status: 409 });
    expect(model.replicas).toHaveLength(4);
  });

  it('that there are not are not found', async () => {
    const { client } = await startManagement();
    for (const call of [
      () => client.replications.get(GROUP, REGISTRY, 'tokyo'),
      () => client.replications.update(GROUP, REGISTRY, 'tokyo', { regionEndpointEnabled: false }),
    ]) {
      await expect(call()).rejects.toMatchObject({
        ...{ statusCode: 404, code: 'ResourceNotFound' },
        message: expect.stringContaining('registries/contoso/replications/tokyo'),
      });
    }
  });
});

describe('a change', () => {
  it('is told, and a question is not', async () => {
    let changes = 0;
    const { client } = await startManagement({
      onChange: () => {
        changes += 1;
      },
    });
    await all(client.replications.list(GROUP, REGISTRY));
    expect(changes).toBe(0);
    await client.replications.delete(GROUP, REGISTRY, 'replication001');
    expect(changes).toBe(1);
  });

  it('of a replica by its time shows at the next question', async () => {
    const model = newContoso();
    const { client } = await startManagement({ model });
    const added = { region: japan, displayName: 'Japan East', state: 'creating', hasWebhook: false } as const;
    addReplica(model, { ...added, readyAfterMs: 1 }, 0);
    const { provisioningState } = await client.replications.get(GROUP, REGISTRY, 'replication004');
    expect(provisioningState).toBe('Succeeded');
  });
});
