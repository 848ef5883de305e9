import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Region } from '../../../src/core/names.ts';
import {
  ACCIDENTS,
  ORIGIN_MS,
  type PlannedArrival,
  type PlanRequest,
  planArrivals,
  REPLICA_MS,
} from '../../../src/local/registry/planner.ts';
import { seededRandom } from '../../../src/local/registry/random.ts';

const regions = ['westus', 'eastus', 'canadacentral', 'westeurope'] as Region[];
const slowMs = { low: 70_000, high: 100_000 };

const anyRequest = fc.record({
  origin: fc.constantFrom(...regions),
  regions: fc.constant(regions),
  lose: fc.subarray(regions).map((some) => new Set(some)),
  delaysMs: fc.dictionary(fc.constantFrom(...regions), fc.nat(60_000)).map((delays) => {
    return new Map(Object.entries(delays) as [Region, number][]);
  }),
  deliveries: fc.integer({ min: 1, max: 5 }),
});
const anySeed = fc.nat();

const withAccidents = (request: PlanRequest): PlanRequest => ({ ...request, accidents: { slowMs } });

/** How many of so many pushes have it. */
function count(pushes: number, has: (plan: readonly PlannedArrival[]) => boolean): number {
  const random = seededRandom(1);
  const request = { origin: regions[0] as Region, regions, accidents: { slowMs } };
  return Array.from({ length: pushes }, () => planArrivals(request, random)).filter(has).length;
}

describe('planArrivals', () => {
  it('plans every region once, in their order', () => {
    fc.assert(
      fc.property(anyRequest, anySeed, (request, seed) => {
        const plan = planArrivals(withAccidents(request), seededRandom(seed));
        expect(plan.map(({ region }) => region)).toEqual(regions);
      }),
    );
  });

  it('gives the same plan for the same seed', () => {
    fc.assert(
      fc.property(anyRequest, anySeed, (request, seed) => {
        const plan = () => planArrivals(withAccidents(request), seededRandom(seed));
        expect(plan()).toEqual(plan());
      }),
    );
  });

  it('does what was asked, whatever chance says', () => {
    fc.assert(
      fc.property(anyRequest, anySeed, (request, seed) => {
        for (const { region, ...planned } of planArrivals(withAccidents(request), seededRandom(seed))) {
          expect(planned.arrivesAfterMs).toBe(request.delaysMs.get(region) ?? planned.arrivesAfterMs);
          expect(planned.isLost || !request.lose.has(region)).toBe(true);
          expect(planned.repeatsAfterMs.length).toBeGreaterThanOrEqual(request.deliveries - 1);
        }
      }),
    );
  });

  it('keeps to what was asked where accidents are off', () => {
    fc.assert(
      fc.property(anyRequest, anySeed, (request, seed) => {
        for (const { region, ...planned } of planArrivals(request, seededRandom(seed))) {
          expect(planned.isLost).toBe(request.lose.has(region));
          expect(planned.repeatsAfterMs).toHaveLength(request.deliveries - 1);
          expect(planned.heldBackMs).toBe(0);
        }
      }),
    );
  });

  it('lets the image arrive within the usual times, the region that was pushed to first of all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...regions), anySeed, (origin, seed) => {
        for (const { region, arrivesAfterMs } of planArrivals({ origin, regions }, seededRandom(seed))) {
          const { low, high } = region === origin ? ORIGIN_MS : REPLICA_MS;
          expect(arrivesAfterMs).toBeGreaterThanOrEqual(low);
          expect(arrivesAfterMs).toBeLessThanOrEqual(high);
        }
      }),
    );
  });

  it('takes a slow region from those that were not pushed to, within the times for slow ones', () => {
    fc.assert(
      fc.property(fc.constantFrom(...regions), anySeed, (origin, seed) => {
        const plan = planArrivals({ origin, regions, accidents: { slowMs } }, seededRandom(seed));
        const slow = plan.filter(({ arrivesAfterMs }) => arrivesAfterMs > REPLICA_MS.high);
        expect(slow.length).toBeLessThanOrEqual(1);
        for (const { region, arrivesAfterMs } of slow) {
          expect(region).not.toBe(origin);
          expect(arrivesAfterMs).toBeGreaterThanOrEqual(slowMs.low);
          expect(arrivesAfterMs).toBeLessThanOrEqual(slowMs.high);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.for<{ name: string; once: number; has: (planned: PlannedArrival) => boolean }>([
    { name: 'loses a webhook', once: ACCIDENTS.lost, has: ({ isLost }) => isLost },
    { name: 'repeats one', once: ACCIDENTS.repeated, has: ({ repeatsAfterMs }) => repeatsAfterMs.length === 1 },
    { name: 'is slow', once: ACCIDENTS.slow, has: ({ arrivesAfterMs }) => arrivesAfterMs >= slowMs.low },
    { name: 'holds one back', once: ACCIDENTS.heldBack, has: ({ heldBackMs }) => heldBackMs > 0 },
  ])('$name about once in $once pushes', ({ once, has }) => {
    const pushes = 20_000;
    const found = count(pushes, (plan) => plan.some(has));
    expect(found).toBeGreaterThan((pushes / once) * 0.8);
    expect(found).toBeLessThan((pushes / once) * 1.2);
  });
});
