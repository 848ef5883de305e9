// What is measured, and what it costs.
import { describe, expect, it } from 'vitest';
import type { Tag } from '../../src/core/names.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  at,
  digestA,
  digestB,
  eastus,
  fourRegions,
  HOUR_MS,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';
import { home, openManaged, stuck } from './replicas.ts';

const LAG = 'landfall.arrival.lag';
const tagged = (tag: string) => ({ ...webTag, tag: tag as Tag });

function open(options = {}) {
  const outside = new Outside();
  const app = instance(outside, { isMeasured: true, ...options });
  const record = async (fact: ReturnType<typeof arrival>, tag = webTag) => {
    await (await app.recordArrival.record(tag, fact)).announced;
  };
  return { outside, app, record };
}

describe('the lag of an arrival', () => {
  it('counts from the first region of its replication, in seconds', async () => {
    const { app, record } = open();
    await record(arrival({ region: westus, seconds: 0 }));
    await record(arrival({ region: eastus, seconds: 7.5 }));
    await record(arrival({ region: westus, seconds: 60, digest: digestB }));
    await record(arrival({ region: eastus, seconds: 61, digest: digestB }));
    await record(arrival({ region: westeurope, seconds: 700, digest: digestA, receivedAt: at(700) }));
    expect(app.metrics.of(LAG)).toEqual([
      { registry: contoso, region: westus, value: 0 },
      { registry: contoso, region: eastus, value: 7.5 },
      { registry: contoso, region: westus, value: 0 },
      { registry: contoso, region: eastus, value: 1 },
      { registry: contoso, region: westeurope, value: 700 },
    ]);
  });

  it('counts on our clock, whatever the registry says', async () => {
    const { app, record } = open();
    await record(arrival({ region: westus, seconds: 0, receivedAt: at(10) }));
    await record(arrival({ region: eastus, seconds: 1, receivedAt: at(40) }));
    expect(app.metrics.of(LAG).map(({ value }) => value)).toEqual([0, 30]);
  });

  it.for([
    { name: 'a repeated delivery', fact: arrival({ region: eastus, seconds: 7, receivedAt: at(300) }) },
    { name: 'another event of a region that has it', fact: arrival({ region: eastus, seconds: 300 }) },
  ])('is not measured for $name', async ({ fact }) => {
    const { app, record } = open();
    await record(arrival({ region: westus }));
    await record(arrival({ region: eastus, seconds: 7 }));
    await record(fact);
    expect(app.metrics.of(LAG).map(({ value }) => value)).toEqual([0, 7]);
  });

  it('is not looked for when nobody wants to know', async () => {
    const { app, record } = open({ isMeasured: false });
    await record(arrival());
    expect(app.metrics.of(LAG)).toEqual([]);
  });
});

describe('an arrival that no notification told of', () => {
  it.for([
    { source: 'announced', expected: [] },
    { source: 'reconciled', expected: ['arrival recorded'] },
    { source: 'verified', expected: ['arrival recorded'] },
  ] as const)('is logged: $source', async ({ source, expected }) => {
    const { app, record } = open();
    await record(arrival({ region: westus }));
    await record(arrival({ region: eastus, seconds: 1, source }));
    await record(arrival({ region: eastus, seconds: 1, source }));
    expect(app.lines.map(({ message }) => message)).toEqual(expected);
    expect(app.lines.every(({ fields }) => fields['region'] === eastus && fields['source'] === source)).toBe(true);
  });
});

describe('an announcement', () => {
  const counted = ({ metrics }: ReturnType<typeof open>['app']) => metrics.of('landfall.announcements');
  const completed = { type: 'replication.completed', registry: contoso, value: 1 };

  it('is counted and logged when it is sent', async () => {
    const { app, record } = open();
    for (const region of fourRegions) {
      expect(counted(app)).toEqual([]);
      await record(arrival({ region }));
    }
    expect(counted(app)).toEqual([completed]);
    expect(app.lines).toEqual([
      {
        message: 'announced',
        fields: expect.objectContaining({ ...webTag, type: 'replication.completed', digest: digestA, sequence: 1 }),
      },
    ]);
  });

  it('is not counted while it cannot be sent', async () => {
    const { outside, app, record } = open();
    outside.faults.push({ call: 'sender.send', error: new Unavailable('down') });
    for (const region of fourRegions) {
      await record(arrival({ region }));
    }
    expect(counted(app)).toEqual([]);
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(counted(app)).toEqual([completed]);
  });

  it('of a replica is counted and logged as well', async () => {
    const { outside, app, run } = openManaged([home, stuck]);
    await run();
    outside.now += HOUR_MS;
    await run();
    await run();
    const announced = { type: 'replica.not-ready', registry: contoso };
    expect(app.metrics.of('landfall.announcements')).toEqual([{ ...announced, value: 1 }]);
    expect(app.lines).toMatchObject([{ message: 'announced', fields: { ...announced, region: eastus, sequence: 1 } }]);
  });
});

describe('the age of the oldest due alarm', () => {
  it.for([
    { name: 'is zero when none is due', minutes: 9, expected: 0 },
    { name: 'is zero for one that is due now', minutes: 10, expected: 0 },
    { name: 'counts from when the oldest was due', minutes: 13, expected: 180 },
  ])('$name', async ({ minutes, expected }) => {
    const { outside, app, record } = open();
    await record(arrival({ region: westus }));
    outside.now += MINUTE_MS;
    await record(arrival({ region: westus, seconds: 60 }), tagged('1.3'));
    outside.now = START + minutes * MINUTE_MS;
    await app.sweep.run();
    expect(app.metrics.of('landfall.sweep.oldest_due_age')).toEqual([{ value: expected }]);
  });
});
