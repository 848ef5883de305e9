// How many replications are in flight and how many lag: as counted from the alarms.
import { describe, expect, it } from 'vitest';
import type { Tag } from '../../src/core/names.ts';
import { isLagging } from '../../src/usecases/alarm-plan.ts';
import { ALARM_SHARDS, Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  canadacentral,
  digestA,
  digestB,
  eastus,
  eventAt,
  fourRegions,
  HOUR_MS,
  MINUTE_MS,
  START,
  tagState,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';

const tagged = (tag: string) => ({ ...webTag, tag: tag as Tag });

function open(options = {}) {
  const outside = new Outside();
  const app = instance(outside, { isMeasured: true, ...options });
  const record = async (fact: ReturnType<typeof arrival>, tag = webTag) => {
    await (await app.recordArrival.record(tag, fact)).announced;
  };
  return { outside, app, record };
}

describe('a tag lags', () => {
  const said = { bornAt: eventAt(0), lagging: [eastus, westeurope] };
  const key = `${digestA}#1` as const;
  it.for([
    { name: 'not when nothing was said of it', facts: [arrival()], expected: false },
    { name: 'while no region of those announced arrived', facts: [arrival()], said: { [key]: said }, expected: true },
    {
      name: 'while one of those announced is missing',
      facts: [arrival(), arrival({ region: eastus, seconds: 1 })],
      said: { [key]: said },
      expected: true,
    },
    {
      name: 'not when they all arrived, even if another is missing',
      facts: [arrival(), arrival({ region: eastus, seconds: 1 }), arrival({ region: westeurope, seconds: 1 })],
      said: { [key]: said },
      expected: false,
    },
    {
      name: 'not when it was an older push that did',
      facts: [arrival(), arrival({ seconds: 60, digest: digestB })],
      said: { [key]: said },
      expected: false,
    },
  ])('$name', ({ facts, said = {}, expected }) => {
    expect(isLagging(tagState(facts, { said }))).toBe(expected);
  });
});

describe('replications in flight', () => {
  const told = ({ metrics }: ReturnType<typeof open>['app']) => {
    const inFlight = metrics.of('landfall.replications.in_flight').map(({ value }) => value);
    const lagging = metrics.of('landfall.replications.lagging').map(({ value }) => value);
    return inFlight.map((value, index) => [value, lagging[index]]);
  };
  const landedBut = (...missing: readonly string[]) => fourRegions.filter((region) => !missing.includes(region));

  it('are told of every registry, zero too', async () => {
    const { app } = open();
    await app.sweep.run();
    expect(app.metrics.of('landfall.replications.in_flight')).toEqual([{ registry: contoso, value: 0 }]);
    expect(app.metrics.of('landfall.replications.lagging')).toEqual([{ registry: contoso, value: 0 }]);
  });

  it('are counted until they are everywhere, and as lagging from when that is announced until it ends', async () => {
    const { outside, app, record } = open();
    for (const [tag, missing] of [
      ['1.1', []],
      ['1.2', [westeurope]],
      ['1.3', [westeurope, canadacentral]],
    ] as const) {
      for (const region of landedBut(...missing)) {
        await record(arrival({ region }), tagged(tag));
      }
    }
    const counted = async (minutes: number) => {
      outside.now = START + minutes * MINUTE_MS;
      await app.sweep.run();
      return told(app).at(-1);
    };
    expect(await counted(5)).toEqual([2, 0]);
    expect(await counted(10)).toEqual([2, 2]);
    await record(arrival({ region: westeurope, seconds: 700 }), tagged('1.2'));
    await record(arrival({ region: westeurope, seconds: 700 }), tagged('1.3'));
    expect(await counted(15)).toEqual([1, 1]);
    await record(arrival({ region: canadacentral, seconds: 1_000 }), tagged('1.3'));
    expect(await counted(20)).toEqual([0, 0]);
  });

  it('are not lagging once a newer push took the tag', async () => {
    const { outside, app, record } = open();
    await record(arrival({ region: westus }));
    outside.now = START + 10 * MINUTE_MS;
    await app.sweep.run();
    outside.now = START + 11 * MINUTE_MS;
    await app.sweep.run();
    expect(told(app)).toEqual([[1, 1]]);
    await record(arrival({ region: westus, seconds: 700, digest: digestB }));
    outside.now = START + 16 * MINUTE_MS;
    await app.sweep.run();
    expect(told(app).at(-1)).toEqual([1, 0]);
  });

  it('are not lagging because of a write that another instance forestalled', async () => {
    const { outside, app, record } = open();
    const other = instance(outside);
    await record(arrival({ region: westus }));
    outside.now = START + 10 * MINUTE_MS;
    const commit = outside.tags.commit.bind(outside.tags);
    outside.tags.commit = async (...args) => {
      outside.tags.commit = commit;
      const newer = arrival({ region: westus, seconds: 600, digest: digestB });
      await other.recordArrival.record(webTag, newer);
      return await commit(...args);
    };
    await app.sweep.run();
    expect(told(app)).toEqual([[1, 0]]);
  });

  it.for([
    { seconds: 269, expected: 1 },
    { seconds: 270, expected: 2 },
    { seconds: 300, expected: 2 },
  ])('are counted every fifth minute: $seconds s later, $expected times', async ({ seconds, expected }) => {
    const { outside, app } = open();
    await app.sweep.run();
    outside.now += seconds * 1000;
    await app.sweep.run();
    expect(told(app)).toHaveLength(expected);
  });

  it('count a tag once, even if it has another alarm that nobody names', async () => {
    const { outside, app, record } = open();
    await record(arrival({ region: westus }));
    const signal = new AbortController().signal;
    await outside.alarms.add({ id: 'spare', dueAt: START + HOUR_MS, tag: webTag }, signal);
    await app.sweep.run();
    expect(told(app)).toEqual([[1, 0]]);
  });

  it('of registries that are no longer watched count for none', async () => {
    const { outside, app } = open();
    const tag = { ...webTag, registry: 'fabrikam' as typeof contoso };
    await outside.alarms.add({ id: 'old', dueAt: START + HOUR_MS, tag }, new AbortController().signal);
    await app.sweep.run();
    expect(app.metrics.of('landfall.replications.in_flight')).toEqual([{ registry: contoso, value: 0 }]);
  });

  it('cost nothing when nobody wants to know', async () => {
    const reads = async (isMeasured: boolean) => {
      const { outside, app } = open({ isMeasured });
      await app.sweep.run();
      return outside.calls().filter((call) => call === 'alarms.due').length;
    };
    expect([await reads(false), await reads(true)]).toEqual([16, 32]);
  });

  it('are not told of in part, and counted at the next sweep', async () => {
    const { outside, app, record } = open();
    await record(arrival({ region: westus }));
    const list = outside.alarms.due.bind(outside.alarms);
    let isDown = true;
    outside.alarms.due = (shard, until, signal) => {
      if (isDown && until === undefined && shard === ALARM_SHARDS - 1) {
        throw new Unavailable('down');
      }
      return list(shard, until, signal);
    };
    expect(await app.sweep.run()).toMatchObject({ failed: 0, isComplete: true });
    expect(told(app)).toEqual([]);
    isDown = false;
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(told(app)).toEqual([[1, 0]]);
  });
});
