import { describe, expect, it } from 'vitest';
import type { Registry, Tag } from '../../src/core/names.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  canadacentral,
  DAY_MS,
  digestA,
  digestB,
  eastus,
  eventAt,
  fourRegions,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';
import { hear, managedOutside } from './past-deliveries.ts';

const signal = new AbortController().signal;
const tagged = (tag: string) => ({ ...webTag, tag: tag as Tag });

async function withPushes(tags: readonly string[], regions = [westus, eastus, canadacentral], options = {}) {
  const outside = new Outside();
  const app = instance(outside, options);
  for (const tag of tags) {
    for (const region of regions) {
      await (await app.recordArrival.record(tagged(tag), arrival({ region }))).announced;
    }
  }
  outside.calls();
  return { outside, app };
}

describe('sweep', () => {
  it('flags a lagging region once, at its threshold', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.now = START + 10 * MINUTE_MS - 1;
    expect(await app.sweep.run()).toMatchObject({ due: 0, sent: 0 });
    outside.now = START + 10 * MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, sent: 1, isComplete: true });
    expect(outside.bus.messages(webTag).map(({ type, region }) => [type, region])).toEqual([
      ['replication.lagging', westeurope],
    ]);
    for (const minutes of [11, 12, 60]) {
      outside.now = START + minutes * MINUTE_MS;
      expect(await app.sweep.run()).toMatchObject({ sent: 0 });
    }
    expect(outside.alarms.nextDueAt()).toBe(START + DAY_MS);
  });

  it('says how long the oldest due alarm had been waiting', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.now = START + 13 * MINUTE_MS;
    expect((await app.sweep.run()).oldestDueAgeMs).toBe(3 * MINUTE_MS);
  });

  it('costs what is due, whatever else is in flight', async () => {
    const cost = async (othersInFlight: number) => {
      const { outside, app } = await withPushes(['due']);
      const receivedAt = outside.now + 5 * MINUTE_MS;
      for (let number = 0; number < othersInFlight; number += 1) {
        await app.recordArrival.record(tagged(`later-${number}`), arrival({ receivedAt }));
      }
      outside.now = START + 10 * MINUTE_MS;
      outside.calls();
      await app.sweep.run();
      return outside.calls().length;
    };
    expect(await cost(50)).toBe(await cost(0));
  });

  it('leaves what the budget does not reach to the next sweep', async () => {
    const { outside, app } = await withPushes(
      Array.from({ length: 40 }, (_, number) => `1.${number}`),
      [westus],
      { budgetMs: 4 },
    );
    outside.now = START + 10 * MINUTE_MS;
    const slowly = outside.timing.now;
    Object.assign(outside.timing, {
      now: () => {
        outside.now += 0.1;
        return Math.floor(slowly());
      },
    });
    const first = await app.sweep.run();
    expect(first.isComplete).toBe(false);
    expect(first.due).toBeLessThan(40);
    let left = 40 - first.due;
    for (let sweeps = 0; sweeps < 200 && left > 0; sweeps += 1) {
      left -= (await app.sweep.run()).due;
    }
    expect(left).toBe(0);
  });

  it('goes on past a tag that fails, and meets it again', async () => {
    const { outside, app } = await withPushes(['1.1', '1.2', '1.3']);
    outside.now = START + 10 * MINUTE_MS;
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ due: 3, failed: 1 });
    expect(await app.sweep.run()).toMatchObject({ due: 1, failed: 0 });
  });

  it('completes what waited only for a region that went, at the next sweep', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.listed = fourRegions.filter((region) => region !== westeurope);
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ looked: 1, due: 0, sent: 1 });
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ looked: 0 });
  });

  it('looks at what another instance has stored, not at what it knew itself', async () => {
    const { outside, app } = await withPushes(['1.2'], [...fourRegions]);
    const other = instance(outside);
    outside.now += MINUTE_MS;
    for (const region of [westus, eastus, canadacentral]) {
      await other.recordArrival.record(webTag, arrival({ region, digest: digestB, seconds: 60 }));
    }
    outside.listed = fourRegions.filter((region) => region !== westeurope);
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ looked: 1, sent: 1 });
  });

  it('looks again at all when a sweep for changed regions failed in the middle', async () => {
    const { outside, app } = await withPushes(['1.1', '1.2']);
    outside.listed = fourRegions.filter((region) => region !== westeurope);
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ looked: 2, failed: 1 });
    expect(await app.sweep.run()).toMatchObject({ looked: 1, failed: 0 });
    expect(await app.sweep.run()).toMatchObject({ looked: 0 });
  });

  it('leaves tags of a registry that is no longer configured as they are', async () => {
    const { outside, app } = await withPushes(['1.2']);
    const tag = { ...webTag, registry: 'fabrikam' as Registry };
    await outside.alarms.add({ id: 'foreign', dueAt: START, tag }, signal);
    outside.now = START + MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 0, unwatched: 1, failed: 0 });
    expect(outside.alarms.nextDueAt()).toBe(START);
  });

  it('leaves a sign of life', async () => {
    const { outside, app } = await withPushes([]);
    await app.sweep.run();
    expect(await outside.registries.lastSweep(signal)).toBe(outside.now);
  });

  it('goes on when the registry cannot be read', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.now = START + 10 * MINUTE_MS;
    const down = { call: 'registries.load', error: new Unavailable('down') };
    outside.faults.push(down);
    expect(await app.sweep.run()).toMatchObject({ due: 1, sent: 1, failed: 1 });
    expect(app.lines.map(({ message, fields }) => [message, fields['registry']])).toEqual([
      ['registry not read', contoso],
      ['announced', contoso],
    ]);
  });

  it('counts all that was sent, also what is sent at the same time', async () => {
    const { outside, app } = await withPushes(Array.from({ length: 20 }, (_, number) => `1.${number}`));
    outside.now = START + 10 * MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 20, sent: 20 });
  });

  it('flags all missing regions of a tag at once', async () => {
    const { outside, app } = await withPushes(['1.2'], [westus]);
    outside.now = START + 10 * MINUTE_MS;
    await app.sweep.run();
    expect(outside.bus.messages(webTag).map(({ region }) => region)).toEqual([canadacentral, eastus, westeurope]);
  });

  it('deals with deletions before it says that something lags', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.now = START + 10 * MINUTE_MS;
    const gone = { registry: contoso, repository: webTag.repository, digest: digestA, region: westus };
    await app.recordDeletion.record({ ...gone, eventAt: eventAt(60), receivedAt: outside.now });
    expect(await app.sweep.run()).toMatchObject({ deletions: 1, sent: 0, failed: 0 });
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.abandoned']);
  });

  it('goes on when deletions cannot be read', async () => {
    const { outside, app } = await withPushes(['1.2']);
    outside.now = START + 10 * MINUTE_MS;
    outside.faults.push({ call: 'deletions.due', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ due: 1, sent: 1, failed: 1, deletions: 0 });
  });

  it('asks for the replicas at once of a registry of which nothing is known', async () => {
    const outside = managedOutside();
    outside.listed = 'auto';
    const app = instance(outside);
    await hear(app, fourRegions);
    expect(outside.bus.messages(webTag)).toEqual([]);
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
  });

  it('goes on past a tag that cannot be examined, and meets it again', async () => {
    const { outside, app } = await withPushes(['1.1', '1.2']);
    outside.now = START + 10 * MINUTE_MS;
    const other = instance(outside);
    outside.faults.push({ call: 'tags.load', error: new Unavailable('down') });
    expect(await other.sweep.run()).toMatchObject({ due: 2, failed: 1, sent: 1 });
    expect(await app.sweep.run()).toMatchObject({ due: 1, failed: 0, sent: 1 });
  });
});
