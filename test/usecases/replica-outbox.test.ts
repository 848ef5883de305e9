import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../src/usecases/ports.ts';
import { eastus, HOUR_MS, START } from '../builders.ts';
import { contoso, instance } from './app.ts';
import { east, home, openManaged, stuck } from './replicas.ts';

/** East US has been stuck for the hour after which that is announced. */
async function withStuckReplica() {
  const opened = openManaged([home, stuck]);
  await opened.run();
  opened.outside.now += HOUR_MS;
  return opened;
}

describe('what is announced of replicas', () => {
  it('is sent in the same run, once', async () => {
    const { outside, run, known } = await withStuckReplica();
    expect(await run()).toEqual({ seen: 1, failed: 0, sent: 1 });
    expect(await run()).toEqual({ seen: 1, failed: 0, sent: 0 });
    const { idPrefix, outbox } = await known();
    expect(outbox).toEqual([]);
    expect(outside.bus.ofReplicas(contoso)).toEqual([
      {
        ...{ id: `${idPrefix}-1`, sequence: 1, type: 'replica.not-ready', region: eastus },
        ...{ condition: 'Failed, Failed: no permission', decidedAt: START + HOUR_MS, notReadySince: START },
      },
    ]);
  });

  it('waits for the threshold', async () => {
    const { outside, run } = await withStuckReplica();
    outside.now -= 1;
    await run();
    expect(outside.bus.ofReplicas(contoso)).toEqual([]);
  });

  it('is announced once by two instances that see it at the same time', async () => {
    const { outside, app, run } = await withStuckReplica();
    const other = instance(outside);
    await Promise.all([run(), other.refreshReplicas.run()]);
    await Promise.all([app.sweep.run(), other.sweep.run()]);
    expect(outside.bus.ofReplicas(contoso)).toHaveLength(1);
    outside.api.setReplicas(contoso, [home, east]);
    await Promise.all([run(), other.refreshReplicas.run()]);
    expect(outside.bus.ofReplicas(contoso).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['replica.not-ready', 1],
      ['replica.ready', 2],
    ]);
  });

  it.for([
    { name: 'nothing of it was sent', call: 'sender.sendOfReplicas', hasEffect: false },
    { name: 'it was sent and the answer was lost', call: 'sender.sendOfReplicas', hasEffect: true },
  ])('is left for the next run when $name', async ({ call, hasEffect }) => {
    const { outside, app, run } = await withStuckReplica();
    outside.faults.push({ call, error: new Unavailable('down'), hasEffect });
    expect(await run()).toEqual({ seen: 1, failed: 0, sent: 0 });
    expect(app.lines).toMatchObject([
      { message: 'announcements of replicas left for the next time', fields: { registry: contoso } },
    ]);
    expect(await run()).toEqual({ seen: 1, failed: 0, sent: 1 });
    expect(outside.bus.ofReplicas(contoso).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('is sent by the sweep of another instance, with the id that it was given', async () => {
    const { outside, run, known } = await withStuckReplica();
    outside.faults.push({ call: 'sender.sendOfReplicas', error: new Unavailable('down') });
    await run();
    const [{ id } = { id: '' }] = (await known()).outbox;
    await instance(outside).sweep.run();
    expect(outside.bus.ofReplicas(contoso)).toMatchObject([{ id, type: 'replica.not-ready' }]);
    expect((await known()).outbox).toEqual([]);
  });

  it('is sent again with the same id when nobody could note that it was sent', async () => {
    const { outside, app, run, known } = await withStuckReplica();
    outside.faults.push({ call: 'sender.sendOfReplicas', error: new Unavailable('down') });
    await run();
    outside.faults.push({ call: 'registries.commit', error: new Unavailable('down') });
    expect(await app.refreshReplicas.sendOutbox(contoso)).toBe(0);
    expect((await known()).outbox).toHaveLength(1);
    outside.calls();
    expect(await app.refreshReplicas.sendOutbox(contoso)).toBe(1);
    expect(outside.calls()).toContain('sender.sendOfReplicas');
    expect(outside.bus.ofReplicas(contoso).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('keeps no sweep from its end when the bus hangs', async () => {
    const { outside, app, run } = await withStuckReplica();
    outside.faults.push({ call: 'sender.sendOfReplicas', error: new Unavailable('down') });
    await run();
    outside.hanging.add('sender.sendOfReplicas');
    outside.expiring.add(10_000);
    outside.calls();
    await app.sweep.run();
    const calls = outside.calls();
    expect(calls.indexOf('sender.sendOfReplicas')).toBeGreaterThan(calls.lastIndexOf('alarms.due'));
    expect(calls.at(-1)).toBe('heartbeats.beatSweep');
  });

  it('is sent in order when more came meanwhile', async () => {
    const { outside, run } = await withStuckReplica();
    outside.faults.push({ call: 'sender.sendOfReplicas', error: new Unavailable('down') });
    await run();
    outside.api.setReplicas(contoso, [home]);
    expect(await run()).toMatchObject({ sent: 2 });
    expect(outside.bus.ofReplicas(contoso).map(({ type }) => type)).toEqual(['replica.not-ready', 'replica.removed']);
  });

  it('is decided though the API fails after that', async () => {
    const { outside, run } = await withStuckReplica();
    outside.faults.push({ call: 'sender.sendOfReplicas', error: new Unavailable('down') });
    await run();
    outside.api.setReplicas(contoso, new Unavailable('down'));
    expect(await run()).toEqual({ seen: 0, failed: 1, sent: 1 });
  });
});
