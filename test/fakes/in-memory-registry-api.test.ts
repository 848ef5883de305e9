// What the fake of a registry is relied upon for: that it says what was set, page by page, and by its gate.
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/names.ts';
import { Forbidden, type PastDelivery, Unavailable, type Webhook } from '../../src/usecases/ports.ts';
import { digestA, digestB, eastus, eventAt, webTag, westus } from '../builders.ts';
import { collect, expectToEndBySignal, patient } from '../contract/opened.ts';
import { replicaSightOf } from '../contract/sights.ts';
import { InMemoryRegistryApi } from './in-memory-registry-api.ts';

const { registry, repository } = webTag;
const { isReady: _, ...west } = replicaSightOf();
const east = { ...west, name: 'replica2', region: eastus };
const webhook: Webhook = { name: 'landfallwestus', region: westus, isEnabled: true, scope: '', actions: ['push'] };
const forbidden = new Forbidden('expected to be allowed', 'Microsoft.ContainerRegistry/registries/webhooks/read');

const delivery = (number: number): PastDelivery => ({
  id: `delivery-${number}`,
  notification: {
    type: 'push',
    push: { eventAt: eventAt(number), repository, tag: webTag.tag, digest: digestA },
  },
  eventAt: eventAt(number),
  requestUri: 'https://landfall.example/api/webhooks/contoso/westus',
  statusCode: 202,
});

describe('the registry in memory', () => {
  it('tells of nothing that was not set', async () => {
    const api = new InMemoryRegistryApi();
    expect(await api.replicas(registry, [], patient())).toEqual([]);
    expect(await api.webhooks(registry, patient())).toEqual([]);
    expect(await collect(api.history(registry, webhook.name, patient()))).toEqual([]);
    expect(await api.digest(webTag, westus, patient())).toBeUndefined();
    await expect(api.target(registry, webhook.name, patient())).rejects.toThrow(Unavailable);
  });

  it('tells of what was set last', async () => {
    const api = new InMemoryRegistryApi();
    api.setReplicas(registry, [west]);
    api.setReplicas(registry, [west, east]);
    api.setWebhooks(registry, [webhook]);
    api.setTarget(registry, webhook.name, 'https://landfall.example');
    api.setManifest(webTag, westus, digestA);
    api.setManifest(webTag, westus, digestB);
    api.setManifest(webTag, eastus, digestA);
    api.setManifest(webTag, eastus, undefined);
    expect(await api.replicas(registry, [], patient())).toEqual([west, east]);
    expect(await api.webhooks(registry, patient())).toEqual([webhook]);
    expect(await api.target(registry, webhook.name, patient())).toBe('https://landfall.example');
    expect(await api.digest(webTag, westus, patient())).toBe(digestB);
    expect(await api.digest(webTag, eastus, patient())).toBeUndefined();
  });

  it('tells of a replica that it does not list only when it is asked for it', async () => {
    const api = new InMemoryRegistryApi();
    api.setReplicas(registry, [west, east], [east.name]);
    expect(await api.replicas(registry, [], patient())).toEqual([west]);
    expect(await api.replicas(registry, ['westus', 'gone'], patient())).toEqual([west]);
    expect(await api.replicas(registry, [east.name], patient())).toEqual([west, east]);
  });

  it('gives a history page by page, without what is added meanwhile', async () => {
    const operations: string[] = [];
    const api = new InMemoryRegistryApi({
      pageSize: 2,
      gate: async (operation, effect) => {
        operations.push(operation);
        return effect();
      },
    });
    api.setHistory(registry, webhook.name, [delivery(3), delivery(2), delivery(1)]);
    api.addDelivery(registry, webhook.name, delivery(4));
    const ids: string[] = [];
    for await (const { id } of api.history(registry, webhook.name, patient())) {
      ids.push(id);
      if (ids.length === 1) {
        api.addDelivery(registry, webhook.name, delivery(5));
      }
    }
    expect(ids).toEqual(['delivery-4', 'delivery-3', 'delivery-2', 'delivery-1']);
    expect(operations).toEqual(['api.history', 'api.history']);
  });

  const calls: readonly {
    readonly name: string;
    readonly fail: (api: InMemoryRegistryApi) => void;
    readonly call: (api: InMemoryRegistryApi, signal: AbortSignal) => Promise<unknown>;
  }[] = [
    {
      name: 'replicas',
      fail: (api) => api.setReplicas(registry, forbidden),
      call: (api, signal) => api.replicas(registry, [], signal),
    },
    {
      name: 'webhooks',
      fail: (api) => api.setWebhooks(registry, forbidden),
      call: (api, signal) => api.webhooks(registry, signal),
    },
    {
      name: 'target',
      fail: (api) => api.setTarget(registry, webhook.name, forbidden),
      call: (api, signal) => api.target(registry, webhook.name, signal),
    },
    {
      name: 'history',
      fail: (api) => api.setHistory(registry, webhook.name, forbidden),
      call: (api, signal) => collect(api.history(registry, webhook.name, signal)),
    },
    {
      name: 'digest',
      fail: (api) => api.setManifest(webTag, westus, forbidden),
      call: (api, signal): Promise<Digest | undefined> => api.digest(webTag, westus, signal),
    },
  ];

  it.for(calls)('rejects $name with the error that was set, and ends it by its signal', async ({ fail, call }) => {
    let isStalled = false;
    const api = new InMemoryRegistryApi({
      gate: (_, effect) => (isStalled ? new Promise(() => {}) : Promise.resolve().then(effect)),
    });
    fail(api);
    await expect(call(api, patient())).rejects.toBe(forbidden);
    const stall = () => {
      isStalled = true;
      return () => {
        isStalled = false;
      };
    };
    await expectToEndBySignal({ port: api, elsewhere: api, stall }, call);
  });
});
