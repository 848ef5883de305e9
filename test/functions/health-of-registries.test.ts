import { describe, expect, it } from 'vitest';
import { health } from '../../src/functions/health.ts';
import { Forbidden, Throttled, Unavailable } from '../../src/usecases/ports.ts';
import { eastus, HOUR_MS, MINUTE_MS, westus } from '../builders.ts';
import { webhookSightOf } from '../contract/sights.ts';
import { contoso } from '../usecases/app.ts';
import { east, home, openManaged, replicaOf, stuck } from '../usecases/replicas.ts';
import { call } from './call.ts';

const signal = new AbortController().signal;
const START_AT = '2026-08-21T12:00:00.000Z';

function open(...given: Parameters<typeof openManaged>) {
  const opened = openManaged(...given);
  const handler = health(opened.app.checkHealth, opened.app.repair);
  const get = async () => {
    const { status, jsonBody } = await call(handler, { method: 'GET' });
    return { status, overall: jsonBody.status, registry: jsonBody.registries[0] };
  };
  return { ...opened, get };
}

describe('GET /api/health of a registry', () => {
  it('knows nothing before the first sight, and that is no reason for a look', async () => {
    const { get, app } = open();
    expect(await get()).toMatchObject({ overall: 'healthy', registry: { optedInRegions: null, replicas: [] } });
    await app.registries.refresh(contoso, signal);
    expect(await get()).toEqual({
      status: 200,
      overall: 'healthy',
      registry: {
        ...{ registry: contoso, optedInRegions: null, lastWebhooks: {}, replicas: [], webhookProblems: [] },
        management: { replicasSeen: null, reconciled: null, failure: null },
      },
    });
  });

  it('lists regions and replicas as last seen, and how long ago that was', async () => {
    const { outside, run, get } = open([home, replicaOf(eastus, { isRouted: false })]);
    await run();
    outside.now += 90_000;
    const { overall, registry } = await get();
    expect(overall).toBe('healthy');
    expect(registry).toMatchObject({
      optedInRegions: [eastus, westus],
      management: { replicasSeen: { at: START_AT, ageSeconds: 90 }, failure: null },
    });
    const ready = { ready: true, condition: 'Succeeded, Ready' };
    expect(registry.replicas).toEqual([
      { region: westus, name: 'westusreplica', home: true, routed: true, ...ready },
      { region: eastus, name: 'eastusreplica', home: false, routed: false, ...ready },
    ]);
  });

  it('names no replica of a home region that is none', async () => {
    const { run, get } = open([{ region: westus, isHome: true, provisioningState: 'Succeeded', isRouted: true }]);
    await run();
    expect((await get()).registry.replicas).toMatchObject([{ region: westus, name: null, ready: true }]);
  });

  it('shows that a replica that is excluded does not count', async () => {
    const { outside, run, get } = open();
    outside.excluded = [eastus];
    await run();
    expect((await get()).registry).toMatchObject({
      optedInRegions: [westus],
      replicas: [{ region: westus }, { region: eastus, ready: true }],
    });
  });

  it('shows a replica that is added, and no longer one that is removed', async () => {
    const { outside, run, get } = open([home, east]);
    await run();
    outside.api.setReplicas(contoso, [home, replicaOf('uksouth')]);
    await run();
    expect((await get()).registry).toMatchObject({
      optedInRegions: ['uksouth', westus],
      replicas: [{ region: westus }, { region: 'uksouth' }],
    });
  });

  it.for([
    { name: 'just below the threshold', ms: HOUR_MS - 1, expected: 'healthy' },
    { name: 'at the threshold', ms: HOUR_MS, expected: 'degraded' },
    { name: 'above the threshold', ms: HOUR_MS + 1, expected: 'degraded' },
  ])('with a replica that is not ready is $expected $name', async ({ ms, expected }) => {
    const { outside, run, get } = open([home, stuck]);
    await run();
    outside.now += ms;
    await run();
    const { status, overall, registry } = await get();
    expect([status, overall]).toEqual([200, expected]);
    expect(registry.optedInRegions).toEqual([westus]);
    expect(registry.replicas[1]).toEqual({
      ...{ region: eastus, name: 'eastusreplica', home: false, ready: false, routed: true },
      condition: 'Failed, Failed: no permission',
      notReadySince: { at: START_AT, ageSeconds: Math.round(ms / 1000) },
    });
  });

  it('is well again when the replica is', async () => {
    const { outside, run, get } = open([home, stuck]);
    await run();
    outside.now += HOUR_MS;
    await run();
    outside.api.setReplicas(contoso, [home, east]);
    await run();
    expect((await get()).overall).toBe('healthy');
  });

  it.for([
    { name: 'is excluded', replicas: [home], excluded: [westus], regions: [] },
    { name: 'is not ready', replicas: [{ ...home, provisioningState: 'Creating' }], excluded: [], regions: null },
  ])(
    'is degraded when every replica $name: nothing would ever be announced',
    async ({ replicas, excluded, regions }) => {
      const { outside, run, get } = open(replicas);
      outside.excluded = excluded;
      await run();
      expect(await get()).toMatchObject({ status: 200, overall: 'degraded', registry: { optedInRegions: regions } });
    },
  );

  it.for([
    { name: 'down', error: new Unavailable('got 503') },
    { name: 'throttled', error: new Throttled('got 429', MINUTE_MS) },
    { name: 'forbidden', error: new Forbidden('got 403; the identity lacks x/read', 'x/read') },
  ])('says since when the management API is $name and why, and goes by what it told last', async ({ error }) => {
    const { outside, run, get } = open();
    await run();
    outside.now += 5 * MINUTE_MS;
    outside.api.setReplicas(contoso, error);
    await run();
    outside.now += MINUTE_MS;
    const { status, overall, registry } = await get();
    expect([status, overall]).toEqual([200, 'degraded']);
    expect(registry.management).toEqual({
      replicasSeen: { at: START_AT, ageSeconds: 360 },
      reconciled: null,
      failure: { since: { at: '2026-08-21T12:05:00.000Z', ageSeconds: 60 }, reason: error.message },
    });
    expect(registry.optedInRegions).toEqual([eastus, westus]);
    outside.now += MINUTE_MS;
    outside.api.setReplicas(contoso, [home, east]);
    await run();
    expect(await get()).toMatchObject({ overall: 'healthy', registry: { management: { failure: null } } });
  });
});

describe('GET /api/health of webhooks', () => {
  const ours = [webhookSightOf(), webhookSightOf({ name: 'landfalleastus', region: eastus })];

  async function withWebhooks(webhooks: typeof ours, options: { excluded?: (typeof westus)[] } = {}) {
    const opened = open();
    opened.outside.excluded = options.excluded ?? [];
    await opened.run();
    const sight = { webhooks, reconciledAt: opened.outside.now };
    await opened.outside.webhooks.commit(contoso, sight, undefined, signal);
    return opened;
  }

  it('finds nothing wrong when each region has one that is all right', async () => {
    const { get } = await withWebhooks(ours);
    const { overall, registry } = await get();
    expect([overall, registry.webhookProblems, registry.repair]).toEqual(['healthy', [], undefined]);
    expect(registry.management.reconciled).toEqual({ at: START_AT, ageSeconds: 0 });
  });

  it('says what is wrong, and the command that repairs it', async () => {
    const { get } = await withWebhooks([webhookSightOf({ scope: 'web:*' })]);
    const { status, overall, registry } = await get();
    expect([status, overall, registry.repair]).toEqual([200, 'degraded', 'the repair command']);
    expect(registry.webhookProblems).toEqual([
      { region: eastus, webhook: null, problem: 'no webhook' },
      { region: westus, webhook: 'landfallwestus', problem: 'scope hides repositories', detail: 'web:*' },
    ]);
  });

  it('misses none of a region that is excluded', async () => {
    const { get } = await withWebhooks([webhookSightOf()], { excluded: [eastus] });
    expect(await get()).toMatchObject({ overall: 'healthy', registry: { webhookProblems: [] } });
  });

  it('misses none before they were read for the first time', async () => {
    const { outside, run, get } = open();
    await run();
    await outside.webhooks.commit(contoso, { webhooks: [] }, undefined, signal);
    expect(await get()).toMatchObject({ overall: 'healthy', registry: { webhookProblems: [] } });
  });

  it('is degraded while they cannot be read', async () => {
    const { outside, run, get } = open();
    await run();
    const failure = { since: outside.now, reason: 'got 403' };
    await outside.webhooks.commit(contoso, { webhooks: ours, failure }, undefined, signal);
    outside.now += MINUTE_MS;
    expect(await get()).toMatchObject({
      overall: 'degraded',
      registry: { management: { failure: { since: { at: START_AT, ageSeconds: 60 }, reason: 'got 403' } } },
    });
  });
});
