// Decides what becomes of a push: when which region has it, and what goes wrong with the webhooks. Pure: chance is an
// argument, so the same seed gives the same plan.
import type { Region } from '../../core/names.ts';
import { between, chance, pick, type Random } from './random.ts';

/** How often a push that the registry makes by itself meets an accident, each once in so many pushes. */
export const ACCIDENTS = { lost: 25, slow: 15, repeated: 8, heldBack: 8 } as const;

/** The region that was pushed to has the image as soon as the registry has checked it. */
export const ORIGIN_MS = { low: 200, high: 700 } as const;
/** The others get it by replication: short waits are frequent, long ones rare. */
export const REPLICA_MS = { low: 600, high: 15_000 } as const;
const HELD_BACK_MS = { low: 2_000, high: 5_000 } as const;
const REPEAT_MS = { low: 300, high: 4_000 } as const;

export interface PlanRequest {
  /** Where the image was pushed to; one of `regions`. */
  readonly origin: Region;
  readonly regions: readonly Region[];
  /** Regions whose webhook gets lost on its way, whatever chance says. */
  readonly lose?: ReadonlySet<Region>;
  /** When a region has the image, instead of what chance says; from 0 up. */
  readonly delaysMs?: ReadonlyMap<Region, number>;
  /** How often each region's webhook is delivered in all; from 1 up. */
  readonly deliveries?: number;
  /** Absent: nothing goes wrong but what is asked for. Else now and then; a slow region then takes this long. */
  readonly accidents?: { readonly slowMs: { readonly low: number; readonly high: number } };
}

export interface PlannedArrival {
  readonly region: Region;
  /** From the push until the region has the image, which is the time that its notification names. */
  readonly arrivesAfterMs: number;
  /** From then until the notification is delivered; long ones turn up out of order. */
  readonly heldBackMs: number;
  /** The webhook is on its way and never gets there; there is no retry. */
  readonly isLost: boolean;
  /** Further deliveries of the same notification, each this long after the first one. */
  readonly repeatsAfterMs: readonly number[];
}

/** @returns one plan per region, in the order of `regions` */
export function planArrivals(request: PlanRequest, random: Random): readonly PlannedArrival[] {
  const { origin, regions, lose, delaysMs, deliveries = 1 } = request;
  const accident = drawAccidents(request, random);
  return regions.map((region) => {
    const usualMs = region === origin ? between(random, ORIGIN_MS.low, ORIGIN_MS.high) : replicaMs(random);
    const slowMs = region === accident.slow?.region ? accident.slow.afterMs : undefined;
    const repeats = deliveries - 1 + (region === accident.repeated ? 1 : 0);
    return {
      region,
      arrivesAfterMs: delaysMs?.get(region) ?? slowMs ?? usualMs,
      heldBackMs: region === accident.heldBack ? between(random, HELD_BACK_MS.low, HELD_BACK_MS.high) : 0,
      isLost: lose?.has(region) === true || region === accident.lost,
      repeatsAfterMs: Array.from({ length: repeats }, () => between(random, REPEAT_MS.low, REPEAT_MS.high)),
    };
  });
}

interface Drawn {
  readonly lost?: Region;
  readonly slow?: { readonly region: Region; readonly afterMs: number };
  readonly repeated?: Region;
  readonly heldBack?: Region;
}

function drawAccidents({ origin, regions, accidents }: PlanRequest, random: Random): Drawn {
  if (accidents === undefined) {
    return {};
  }
  const { slowMs } = accidents;
  const others = regions.filter((region) => region !== origin);
  const anyOf = (candidates: readonly Region[]): Region =>
    pick(random, [candidates[0] ?? origin, ...candidates.slice(1)]);
  return {
    ...(chance(random, 1 / ACCIDENTS.lost) && { lost: anyOf(regions) }),
    ...(chance(random, 1 / ACCIDENTS.slow) && {
      slow: { region: anyOf(others), afterMs: between(random, slowMs.low, slowMs.high) },
    }),
    ...(chance(random, 1 / ACCIDENTS.repeated) && { repeated: anyOf(regions) }),
    ...(chance(random, 1 / ACCIDENTS.heldBack) && { heldBack: origin }),
  };
}

/** Evenly spread on a logarithmic scale: a median of 3 s. */
function replicaMs(random: Random): number {
  const { low, high } = REPLICA_MS;
  return Math.round(low * (high / low) ** random());
}
