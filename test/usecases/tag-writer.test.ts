import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  canadacentral,
  eastus,
  MINUTE_MS,
  numberedDigest,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';

const signal = new AbortController().signal;

/** An instance that has read the registry's regions, as one is after its first webhook. */
async function warm(outside = new Outside()) {
  const app = instance(outside);
  await app.registries.optedIn(contoso, signal);
  outside.calls();
  const record = async (overrides: Parameters<typeof arrival>[0]) => {
    const { outcome, announced } = await app.recordArrival.record(webTag, arrival(overrides));
    await announced;
    return { outcome, calls: outside.calls() };
  };
  return { outside, app, record };
}

async function rowsOf(outside: Outside, shard: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of outside.alarms.due(shard, undefined, signal)) {
    ids.push(id);
  }
  return ids;
}

describe('storage operations of a warm instance', () => {
  it('the first arrival: the alarm, then the document', async () => {
    const { record } = await warm();
    expect((await record({ region: westus })).calls).toEqual(['alarms.add', 'tags.commit']);
  });

  it('an arrival in the middle: the document alone', async () => {
    const { record } = await warm();
    await record({ region: westus });
    expect((await record({ region: eastus, seconds: 1 })).calls).toEqual(['tags.commit']);
  });

  it('a repeat: none', async () => {
    const { record } = await warm();
    await record({ region: westus });
    expect(await record({ region: westus })).toEqual({ outcome: 'duplicate', calls: [] });
  });

  it('the completing arrival: commit, send, journal, take out of the outbox, remove the alarm', async () => {
    const { record, outside } = await warm();
    for (const region of [westus, eastus, canadacentral]) {
      await record({ region });
    }
    const { calls } = await record({ region: westeurope });
    expect(calls).toEqual(['tags.commit', 'sender.send', 'journal.append', 'tags.commit', 'alarms.remove']);
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('arrivals that meet on one instance go into one write', async () => {
    const { app, outside } = await warm();
    const [first, ...others] = [westus, eastus, canadacentral].map((region) =>
      app.recordArrival.record(webTag, arrival({ region })),
    );
    await first;
    await Promise.all(others);
    expect(outside.calls()).toEqual(['alarms.add', 'tags.commit', 'tags.commit']);
  });
});

describe('two instances', () => {
  it('a wrong guess that the tag is new costs a conflict, and nothing else goes wrong', async () => {
    const { outside, record } = await warm();
    const other = await warm(outside);
    await record({ region: westus });
    expect((await other.record({ region: eastus, seconds: 1 })).outcome).toBe('recorded');
    const stored = await outside.tags.load(webTag, signal);
    expect(stored?.value.facts.map(({ region }) => region)).toEqual([westus, eastus]);
    const rows = await Promise.all(Array.from({ length: 16 }, (_, shard) => rowsOf(outside, shard)));
    expect(rows.flat()).toEqual([stored?.value.alarm?.id]);
  });

  it('decide once when each has half of the regions', async () => {
    const outside = new Outside();
    const [one, two] = [await warm(outside), await warm(outside)];
    await Promise.all([
      one.record({ region: westus }),
      two.record({ region: eastus }),
      one.record({ region: canadacentral }),
      two.record({ region: westeurope }),
    ]);
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('after a tag turned out to be stored, the next unknown one is read first', async () => {
    const { outside, record } = await warm();
    const other = await warm(outside);
    await record({ region: westus });
    await other.record({ region: eastus });
    outside.calls();
    await other.app.recordArrival.record({ ...webTag, tag: 'other' as typeof webTag.tag }, arrival());
    expect(outside.calls()[0]).toBe('tags.load');
  });
});

describe('faults', () => {
  it('nothing is acknowledged when the write fails, and a retry finds its way', async () => {
    const { outside, record } = await warm();
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    await expect(record({ region: westus })).rejects.toThrow(Unavailable);
    expect((await record({ region: westus })).outcome).toBe('recorded');
  });

  it('a write whose answer was lost is found by the retry: no second effect', async () => {
    const { outside, record } = await warm();
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('answer lost'), hasEffect: true });
    await expect(record({ region: westus })).rejects.toThrow(Unavailable);
    await record({ region: westus });
    expect((await outside.tags.load(webTag, signal))?.value.facts).toHaveLength(1);
  });

  it('without its alarm no state is written', async () => {
    const { outside, record } = await warm();
    outside.faults.push({ call: 'alarms.add', error: new Unavailable('down') });
    await expect(record({ region: westus })).rejects.toThrow(Unavailable);
    expect(await outside.tags.load(webTag, signal)).toBeUndefined();
  });

  it('an alarm that cannot be removed does not spoil the commit: the sweep removes it when it is due', async () => {
    const { outside, record, app } = await warm();
    for (const region of [westus, eastus, canadacentral]) {
      await record({ region });
    }
    outside.faults.push({ call: 'alarms.remove', error: new Unavailable('down') });
    expect((await record({ region: westeurope })).outcome).toBe('recorded');
    expect(outside.alarms.nextDueAt()).toBe(START + 10 * MINUTE_MS);
    outside.now = START + 10 * MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, orphans: 1, sent: 0 });
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('while the regions cannot be read, the arrival is stored and nothing is announced', async () => {
    const outside = new Outside();
    outside.listed = [westus];
    const app = instance(outside);
    outside.faults.push({ call: 'registries.load', error: new Unavailable('down') });
    await app.recordArrival.record(webTag, arrival({ region: westus }));
    expect(outside.bus.messages(webTag)).toEqual([]);
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, sent: 1 });
    expect(outside.bus.messages(webTag).map(({ type }) => type)).toEqual(['replication.completed']);
  });

  it('reading the regions may hang without costing the push', async () => {
    const { outside, app } = await warm();
    outside.now += MINUTE_MS;
    outside.hanging.add('registries.load');
    outside.expiring.add(1_000);
    expect((await app.recordArrival.record(webTag, arrival())).outcome).toBe('recorded');
  });

  it('an outbox that another instance has sent meanwhile is not sent again for a repeated delivery', async () => {
    const { outside, record } = await warm();
    const other = instance(outside);
    for (const region of [westus, eastus, canadacentral]) {
      await record({ region });
    }
    outside.faults.push({ call: 'sender.send', error: new Unavailable('bus down') });
    await record({ region: westeurope });
    outside.now = START + MINUTE_MS;
    await other.sweep.run();
    outside.calls();
    expect(await record({ region: westeurope })).toEqual({
      outcome: 'duplicate',
      calls: ['registries.load', 'tags.load'],
    });
  });

  it('arrivals that come while the bus hangs wait for one more sending, not for one each', async () => {
    const outside = new Outside();
    outside.listed = [westus];
    const { app } = await warm(outside);
    outside.hanging.add('sender.send');
    for (let seconds = 0; seconds < 5; seconds += 1) {
      await app.recordArrival.record(webTag, arrival({ digest: numberedDigest(seconds), seconds }));
    }
    expect(app.outbox.send(webTag)).toBe(app.outbox.send(webTag));
  });

  it('an announcement goes out though the journal cannot be written, once', async () => {
    const { outside, record } = await warm();
    outside.faults.push({ call: 'journal.append', error: new Unavailable('down') });
    for (const region of [westus, eastus, canadacentral, westeurope]) {
      await record({ region });
    }
    expect(outside.bus.messages(webTag)).toHaveLength(1);
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('when the bus is down the alarm is moved near, and the sweep sends with the same id', async () => {
    const { outside, record, app } = await warm();
    for (const region of [westus, eastus, canadacentral]) {
      await record({ region });
    }
    outside.faults.push({ call: 'sender.send', error: new Unavailable('bus down') });
    await record({ region: westeurope });
    expect(outside.alarms.nextDueAt()).toBe(START + MINUTE_MS);
    const waiting = (await outside.tags.load(webTag, signal))?.value.outbox.map(({ id }) => id);
    outside.now = START + MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ due: 1, sent: 1, failed: 0 });
    expect(outside.bus.messages(webTag).map(({ id }) => id)).toEqual(waiting);
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });
});
