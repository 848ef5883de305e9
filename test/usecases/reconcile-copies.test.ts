import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEventTime } from '../../src/core/instant.ts';
import type { Region } from '../../src/core/names.ts';
import {
  arrival,
  at,
  canadacentral,
  digestB,
  digestC,
  eastus,
  eventAt,
  fourRegions,
  numberedDigest,
  webTag,
  westus,
} from '../builders.ts';
import { instance, type Outside } from './app.ts';
import { hear, managedOutside, pushed, reconcile, setHistory, signal, storedTag } from './past-deliveries.ts';

const others = [westus, eastus, canadacentral];
const time = (text: string) => parseEventTime(text) ?? eventAt(0);
const MINUTES = 60;

describe('a reconciled copy of a known arrival changes nothing', () => {
  const nanoseconds = time('2026-08-21T12:00:00.123456789Z');

  /** Everything that a write or a message could change. */
  async function everything(outside: Outside) {
    const stored = await outside.tags.load(webTag, signal);
    return { stored, ids: outside.bus.ids(), dueAt: outside.alarms.nextDueAt(), pending: outside.deletions.pending() };
  }

  it.for([
    { name: 'as it was', copy: nanoseconds },
    { name: 'cut to ticks of 100 ns', copy: time('2026-08-21T12:00:00.1234567Z') },
    { name: 'cut to milliseconds', copy: time('2026-08-21T12:00:00.123Z') },
  ])('$name, repeated, and on another instance', async ({ copy }) => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others, { eventAt: nanoseconds });
    const before = await everything(outside);
    for (const region of others) {
      setHistory(outside, region, [pushed({ eventAt: copy, statusCode: 200 }), pushed({ eventAt: copy, id: 'again' })]);
    }
    outside.now = at(2 * MINUTES);
    for (const each of [app, instance(outside), app]) {
      outside.now += 1;
      expect((await reconcile(each)).arrivals).toBe(0);
      expect(await everything(outside)).toEqual(before);
    }
  });

  it('though it was forgotten since, as the tag is pushed faster than its document can hold', async () => {
    const regions = Array.from({ length: 30 }, (_, number) => `region${number}` as Region);
    const outside = managedOutside(regions);
    outside.listed = regions;
    const app = instance(outside);
    // Every 20 s, and the last region is two minutes behind the first.
    const arrivals = Array.from({ length: 45 * 30 }, (_, number) => {
      const [push, index] = [Math.floor(number / 30), number % 30];
      return { region: regions[index] as Region, digest: numberedDigest(push), seconds: push * 20 + index * 4 };
    }).sort((a, b) => a.seconds - b.seconds);
    const histories = new Map<Region, ReturnType<typeof pushed>[]>();
    for (const { region, digest, seconds } of arrivals) {
      outside.now = at(seconds);
      await hear(app, [region], { digest, seconds });
      const copy = pushed({ digest, seconds, id: digest, statusCode: 202 });
      histories.set(region, [copy, ...(histories.get(region) ?? [])]);
    }
    for (const [region, history] of histories) {
      setHistory(outside, region, history);
    }
    expect((await storedTag(outside))?.horizon).toBeDefined();
    const before = await everything(outside);
    for (const each of [app, instance(outside)]) {
      outside.now += 1;
      expect((await reconcile(each)).arrivals).toBe(0);
      expect(await everything(outside)).toEqual(before);
    }
  });

  it('in any history of pushes, whichever part of it was lost', async () => {
    const anyPush = fc.record({
      digest: fc.constantFrom(arrival().digest, digestB, digestC),
      region: fc.constantFrom(...fourRegions),
      /** Enough nanoseconds for times of one millisecond to be frequent. */
      fraction: fc.integer({ min: 0, max: 4_000_000 }),
      isLost: fc.boolean(),
      digits: fc.constantFrom(3, 7, 9),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyPush, { maxLength: 12 }), async (pushes) => {
        const outside = managedOutside();
        const app = instance(outside);
        const histories = new Map<Region, ReturnType<typeof pushed>[]>();
        for (const { digest, region, fraction, isLost, digits } of pushes) {
          const text = `2026-08-21T12:00:00.${String(fraction).padStart(9, '0')}`;
          if (!isLost) {
            await hear(app, [region], { digest, eventAt: time(`${text}Z`) });
          }
          const cut = time(`${text.slice(0, 20 + digits)}Z`);
          const copy = pushed({ digest, eventAt: cut, id: `${fraction}`, statusCode: isLost ? 503 : 202 });
          histories.set(region, [copy, ...(histories.get(region) ?? [])]);
        }
        for (const [region, history] of histories) {
          setHistory(outside, region, history);
        }
        outside.now = at(MINUTES);
        await reconcile(app);
        const after = await everything(outside);
        for (const each of [app, instance(outside)]) {
          outside.now += 1;
          expect((await reconcile(each)).arrivals).toBe(0);
          expect(await everything(outside)).toEqual(after);
        }
      }),
      { numRuns: 60 },
    );
  });
});
