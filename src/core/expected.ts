// Which regions a replication waits for.
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';
import type { ReplicaSight } from './replicas.ts';

/** Opted-in regions, each with the moment since which it counts; `unknown` until the registry was read once. */
export type OptedIn = ReadonlyMap<Region, Instant> | 'unknown';

/**
 * Regions opted in when the replication was first heard of and still opted in now: one that goes away stops being
 * waited for, one that is added later does not hold old pushes back.
 * @returns undefined when nobody can say what to wait for: regions not known yet, or none
 */
export function expectedRegions(optedIn: OptedIn, firstHeardAt: Instant): readonly Region[] | undefined {
  if (optedIn === 'unknown') {
    return undefined;
  }
  const expected = [...optedIn].filter(([, since]) => since <= firstHeardAt).map(([region]) => region);
  return expected.length === 0 ? undefined : expected.sort();
}

/** Which of a registry's regions count: those that are listed, or every replica that is ready. */
export interface RegionRules {
  readonly regions: 'auto' | readonly Region[];
  readonly exclude: readonly Region[];
}

/**
 * @returns undefined while it depends on replicas of which none is ready: nothing is known of them yet, or they are all
 *   in trouble for a moment, and then those that counted last go on counting
 */
export function countingRegions(
  { regions, exclude }: RegionRules,
  replicas: readonly ReplicaSight[],
): readonly Region[] | undefined {
  if (regions === 'auto' && !replicas.some(({ isReady }) => isReady)) {
    return undefined;
  }
  const all = regions === 'auto' ? replicas.filter(({ isReady }) => isReady).map(({ region }) => region) : regions;
  return all.filter((region) => !exclude.includes(region));
}

/**
 * Replicas from which webhooks have to come: those that count, and those that will as soon as they are ready. Not one
 * that is excluded, or not listed.
 */
export function regionsToHear(optedIn: OptedIn, replicas: readonly ReplicaSight[]): readonly Region[] {
  const isToBeHeard = ({ region, isReady }: ReplicaSight) => optedIn === 'unknown' || optedIn.has(region) || !isReady;
  return replicas.filter(isToBeHeard).map(({ region }) => region);
}

/** Regions that count though the registry has no replica there, which only a list can bring about: nothing will arrive. */
export function regionsWithoutReplica(optedIn: OptedIn, replicas: readonly ReplicaSight[]): readonly Region[] {
  const regions = optedIn === 'unknown' || replicas.length === 0 ? [] : [...optedIn.keys()];
  return regions.filter((name) => !replicas.some(({ region }) => region === name));
}

/** The opted-in regions that a repository's rule leaves over; no rule leaves all, and so does `auto`. */
export function narrowed(optedIn: OptedIn, rules: RegionRules | undefined): OptedIn {
  if (optedIn === 'unknown' || rules === undefined) {
    return optedIn;
  }
  const { regions, exclude } = rules;
  const isLeft = (region: Region) => (regions === 'auto' || regions.includes(region)) && !exclude.includes(region);
  return new Map([...optedIn].filter(([region]) => isLeft(region)));
}

/**
 * The opted-in regions after the registry was seen with these ones. A region that is new counts only from `since`,
 * a moment so far ahead that by then every instance has read it: no instance may announce without it.
 * The first sight of a registry counts from ever: nothing was heard of before.
 * @returns the same map when nothing changes
 */
export function afterSight(optedIn: OptedIn, seen: readonly Region[], since: Instant): ReadonlyMap<Region, Instant> {
  if (optedIn === 'unknown') {
    return new Map(seen.map((region) => [region, 0]));
  }
  if (seen.length === optedIn.size && seen.every((region) => optedIn.has(region))) {
    return optedIn;
  }
  return new Map(seen.map((region) => [region, optedIn.get(region) ?? since]));
}
