import { describe, expect, it } from 'vitest';
import { Forbidden, Throttled, Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  eastus,
  HOUR_MS,
  MINUTE_MS,
  optedIn,
  SECOND_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance } from './app.ts';
import { east, home, openManaged, replicaOf, stuck } from './replicas.ts';

const creating = replicaOf(eastus, { provisioningState: 'Creating', displayStatus: 'Syncing' });

describe('RefreshReplicas', () => {
  it('brings in the replicas, by their regions, and says so', async () => {
    const { outside, run, known } = openManaged();
    expect(await run()).toEqual({ seen: 1, failed: 0, sent: 0 });
    expect(await known()).toMatchObject({
      optedIn: optedIn(westus, eastus),
      replicas: [{ region: westus }, { region: eastus, name: 'eastusreplica' }],
      seenAt: outside.now,
    });
  });

  it('asks no registry without a resource id', async () => {
    const { outside } = openManaged();
    outside.isManaged = false;
    const app = instance(outside);
    expect(app.refreshReplicas.canAsk(contoso)).toBe(false);
    expect(await app.refreshReplicas.run()).toEqual({ seen: 0, failed: 0, sent: 0 });
    expect(outside.calls()).not.toContain('api.replicas');
  });

  it('asks for replicas that it has seen by their names, should the registry not list them', async () => {
    const { outside, run, known } = openManaged();
    await run();
    outside.api.setReplicas(contoso, [home, east], ['eastusreplica']);
    await run();
    expect((await known()).optedIn).toEqual(optedIn(westus, eastus));
  });

  it('completes what waited only for a replica that is removed, with the next sweep', async () => {
    const { outside, app, run } = openManaged();
    await run();
    await app.recordArrival.record(webTag, arrival());
    outside.now += MINUTE_MS;
    outside.api.setReplicas(contoso, [home]);
    await run();
    expect(outside.bus.messages(webTag)).toEqual([]);
    await app.sweep.run();
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
  });

  it.for([
    { name: 'failed', replica: stuck, expected: ['replication.completed'] },
    { name: 'is created anew', replica: creating, expected: ['replication.completed'] },
    { name: 'is deleted', replica: { ...east, provisioningState: 'Deleting' }, expected: ['replication.completed'] },
    { name: 'is being changed', replica: { ...east, provisioningState: 'Updating' }, expected: [] },
    { name: 'is taken out of the routing', replica: { ...east, isRouted: false }, expected: [] },
  ])('of a replica that $name, a push says: $expected', async ({ replica, expected }) => {
    const { outside, app, run } = openManaged();
    await run();
    await app.recordArrival.record(webTag, arrival());
    outside.now += MINUTE_MS;
    outside.api.setReplicas(contoso, [home, replica]);
    await run();
    await app.sweep.run();
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(expected);
  });

  it('holds no old push back for a replica that is added', async () => {
    const { outside, app, run } = openManaged([home, east]);
    await run();
    await app.recordArrival.record(webTag, arrival());
    outside.now += MINUTE_MS;
    outside.api.setReplicas(contoso, [home, east, replicaOf(westeurope)]);
    await run();
    await app.sweep.run();
    await (await app.recordArrival.record(webTag, arrival({ region: eastus, seconds: 90 }))).announced;
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
  });
});

describe('while the registry does not tell', () => {
  const permission = 'Microsoft.ContainerRegistry/registries/replications/read';
  const faults = [
    { name: 'it is down', error: new Unavailable('got 503') },
    { name: 'it is throttled', error: new Throttled('got 429', MINUTE_MS) },
    { name: 'it refuses', error: new Forbidden('got 403', permission) },
  ];

  it.for(faults)('what it told last stays in force when $name', async ({ error }) => {
    const { outside, app, run, known } = openManaged();
    await run();
    outside.api.setReplicas(contoso, error);
    outside.now += HOUR_MS;
    expect(await run()).toEqual({ seen: 0, failed: 1, sent: 0 });
    expect(await known()).toMatchObject({
      optedIn: optedIn(westus, eastus),
      replicas: [{ isReady: true }, { isReady: true }],
      seenAt: START,
      failure: { since: outside.now, reason: error.message },
    });
    await app.recordArrival.record(webTag, arrival({ receivedAt: outside.now }));
    await (await app.recordArrival.record(webTag, arrival({ region: eastus, seconds: 1 }))).announced;
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
  });

  it.for(faults)('says so in one line for each run when $name', async ({ error }) => {
    const { app, run } = openManaged(error);
    await run();
    expect(app.lines).toEqual([
      {
        message: 'replicas not read; what was known stays in force',
        fields: {
          registry: contoso,
          reason: error.message,
          ...(error instanceof Forbidden ? { missingPermission: permission } : {}),
        },
      },
    ]);
  });

  it('says since when, and no more as soon as it tells again', async () => {
    const { outside, run, known } = openManaged();
    await run();
    outside.api.setReplicas(contoso, new Unavailable('got 503'));
    await run();
    outside.now += 5 * MINUTE_MS;
    outside.api.setReplicas(contoso, new Unavailable('got 500'));
    await run();
    expect((await known()).failure).toEqual({ since: START, reason: 'got 500' });
    outside.api.setReplicas(contoso, [home, east]);
    await run();
    expect(await known()).not.toHaveProperty('failure');
  });

  it.for([
    { name: 'just before that is over', ms: 90 * SECOND_MS - 1, asked: false },
    { name: 'when that is over', ms: 90 * SECOND_MS, asked: true },
    { name: 'after that', ms: 90 * SECOND_MS + 1, asked: true },
  ])('it is asked again after the time that it named: $asked $name', async ({ ms, asked }) => {
    const { outside, run } = openManaged(new Throttled('got 429', 90 * SECOND_MS));
    await run();
    outside.api.setReplicas(contoso, [home, east]);
    outside.now += ms;
    outside.calls();
    expect(await run()).toEqual({ seen: asked ? 1 : 0, failed: 0, sent: 0 });
    expect(outside.calls().includes('api.replicas')).toBe(asked);
  });

  it('it is not asked by the sweep before that time either', async () => {
    const { outside, app, run } = openManaged(new Throttled('got 429', 90 * SECOND_MS));
    await run();
    outside.now += MINUTE_MS;
    outside.calls();
    await app.sweep.run();
    expect(outside.calls()).not.toContain('api.replicas');
  });

  it('it is given up after a while', async () => {
    const { outside, run, known } = openManaged();
    outside.hanging.add('api.replicas');
    outside.expiring.add(30_000);
    expect(await run()).toMatchObject({ failed: 1 });
    expect((await known()).failure?.reason).toMatch(/no answer/);
  });

  it('storage that fails is not held against the registry', async () => {
    const { outside, app, run } = openManaged();
    const down = { call: 'registries.load', error: new Unavailable('storage is down') };
    outside.faults.push(down, down);
    expect(await run()).toEqual({ seen: 0, failed: 1, sent: 0 });
    expect(app.lines.map(({ message }) => message)).toEqual([
      'replicas not stored',
      'announcements of replicas left for the next time',
    ]);
  });
});

describe('a failure that lasts', () => {
  it('is logged once, again when its reason changes, and its end', async () => {
    const { outside, app, run } = openManaged();
    const logged = () => app.lines.splice(0).map(({ message }) => message);
    const NOT_READ = 'replicas not read; what was known stays in force';
    outside.api.setReplicas(contoso, new Unavailable('down'));
    await run();
    await run();
    expect(logged()).toEqual([NOT_READ]);
    outside.api.setReplicas(contoso, new Unavailable('down in another way'));
    await run();
    expect(logged()).toEqual([NOT_READ]);
    outside.api.setReplicas(contoso, [home]);
    await run();
    await run();
    expect(logged()).toEqual(['replicas are read again']);
  });
});

describe('the first sight of a registry', () => {
  it('comes from the sweep at once, and completes what was pushed before', async () => {
    const { outside, app, known } = openManaged();
    await app.recordArrival.record(webTag, arrival());
    await (await app.recordArrival.record(webTag, arrival({ region: eastus, seconds: 1 }))).announced;
    expect(outside.bus.messages(webTag)).toEqual([]);
    expect(await app.sweep.run()).toMatchObject({ looked: 1, sent: 1, failed: 0 });
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
    expect(await known()).toMatchObject({ optedIn: optedIn(westus, eastus), revision: 2, sweptRevision: 2 });
  });

  it('completes nothing that is not everywhere', async () => {
    const { outside, app } = openManaged();
    await app.recordArrival.record(webTag, arrival());
    await app.sweep.run();
    expect(outside.bus.messages(webTag)).toEqual([]);
  });

  it('is not asked for again by later sweeps', async () => {
    const { outside, app } = openManaged();
    await app.sweep.run();
    expect(outside.calls()).toContain('api.replicas');
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(outside.calls()).not.toContain('api.replicas');
  });

  it('is not asked for when the regions are listed', async () => {
    const { outside, app } = openManaged();
    outside.listed = [westus];
    await app.sweep.run();
    expect(outside.calls()).not.toContain('api.replicas');
  });

  it('keeps no sweep from what is due when the registry does not tell', async () => {
    const { outside, app } = openManaged(new Unavailable('down'));
    await app.recordArrival.record(webTag, arrival());
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, failed: 0, isComplete: true });
    expect(outside.bus.messages(webTag)).toEqual([]);
  });

  it('keeps no sweep from what is due when the registry gives no answer at all', async () => {
    const { outside, app } = openManaged();
    outside.hanging.add('api.replicas');
    outside.expiring.add(10_000);
    await app.recordArrival.record(webTag, arrival());
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, failed: 0, isComplete: true });
  });
});
