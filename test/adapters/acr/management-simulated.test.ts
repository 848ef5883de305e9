// The adapter and the simulated registry's management API, each the other's proof.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManagementApi } from '../../../src/adapters/acr/management.ts';
import type { Region } from '../../../src/core/names.ts';
import { registryId } from '../../../src/local/registry/arm.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { startManagementApi } from '../../../src/local/registry/management-api.ts';
import { type RegistryModel, recordDelivery } from '../../../src/local/registry/model.ts';
import { addReplica, removeReplica } from '../../../src/local/registry/replicas.ts';
import { Forbidden, Throttled, Unavailable } from '../../../src/usecases/ports.ts';
import { contoso, inTime } from './scripted-management.ts';

const model: RegistryModel = newContoso();
let simulated: Awaited<ReturnType<typeof startManagementApi>>;
let api: ManagementApi;

beforeAll(async () => {
  simulated = await startManagementApi({ model, onChange: () => {}, eventsPageSize: 2 });
  const { url: endpoint, ca, credential } = simulated;
  api = new ManagementApi({ registries: () => registryId(model), endpoint, credential, tlsOptions: { ca } });
});

beforeEach(() => simulated.faults.set({}));

afterAll(() => simulated.close());

const regions = async (known: readonly string[] = []) =>
  (await api.replicas(contoso, known, inTime())).map(({ region }) => region).sort();

describe('the simulated registry', () => {
  it('tells of its replicas, one that the list leaves out too, and of none that is gone', async () => {
    const all = ['canadacentral', 'eastus', 'westeurope', 'westus'];
    expect(await regions()).toEqual(all);
    simulated.faults.set({ unlisted: ['westeurope' as Region] });
    const { name = '' } = model.replicas.find(({ region }) => region === 'westeurope') ?? {};
    expect(await regions()).toEqual(['canadacentral', 'eastus', 'westus']);
    expect(await regions([name])).toEqual(all);
    removeReplica(model, 'westeurope' as Region);
    expect(await regions([name])).toEqual(['canadacentral', 'eastus', 'westus']);
  });

  it('tells of a replica that failed, and why', async () => {
    const region = 'brazilsouth' as Region;
    addReplica(model, { region, displayName: 'Brazil South', state: 'failed', hasWebhook: false }, Date.now());
    const replicas = await api.replicas(contoso, [], inTime());
    expect(replicas.find((replica) => replica.region === region)).toMatchObject({
      ...{ provisioningState: 'Failed', displayStatus: 'Failed', message: expect.stringContaining('private endpoint') },
    });
  });

  it('tells where its webhooks post to', async () => {
    const [webhook] = await api.webhooks(contoso, inTime());
    expect(webhook).toMatchObject({ name: 'landfallwestus', region: 'westus', isEnabled: true, scope: '' });
    const target = await api.target(contoso, 'landfallwestus', inTime());
    expect(target).toBe('http://127.0.0.1:7071/api/webhooks/contoso/westus');
  });

  it('remembers what they delivered, over several pages, to the nanosecond', async () => {
    const times = [1, 2, 3, 4, 5].map((second) => `2026-11-20T10:00:0${second}.123456789Z`);
    for (const timestamp of times) {
      const notification = { id: timestamp, timestamp, action: 'ping' } as const;
      const requestUri = 'http://127.0.0.1:7071/api/webhooks/contoso/westus';
      const told = { at: Date.now(), notification, requestUri, traceparent: '' };
      recordDelivery(model, 'landfallwestus', { ...told, statusCode: '504', reasonPhrase: 'Gateway Timeout' });
    }
    const seen: unknown[] = [];
    for await (const { eventAt, statusCode } of api.history(contoso, 'landfallwestus', inTime())) {
      seen.push([eventAt, statusCode]);
    }
    expect(seen).toEqual(times.toReversed().map((time) => [time, 504]));
  });

  it('refuses as Azure does', async () => {
    simulated.faults.set({ mode: 'throttled', retryAfterSeconds: 40 });
    const late = await regions().catch((error: unknown) => error);
    expect([late instanceof Throttled, (late as Throttled).retryAfterMs]).toEqual([true, 40_000]);
    simulated.faults.set({ mode: 'forbidden' });
    const denied = await regions().catch((error: unknown) => error);
    expect([denied instanceof Forbidden, (denied as Forbidden).permission]).toEqual([
      true,
      'Microsoft.ContainerRegistry/registries/read',
    ]);
    simulated.faults.set({ mode: 'off' });
    await expect(regions()).rejects.toBeInstanceOf(Unavailable);
    simulated.faults.set({});
    expect(await regions()).toContain('westus');
  });
});
