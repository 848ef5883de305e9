// Which regions a replication waits for.
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';

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

/** The opted-in regions that a repository's rule leaves over; no rule leaves all. */
export function narrowed(optedIn: OptedIn, regions: readonly Region[] | undefined): OptedIn {
  if (optedIn === 'unknown' || regions === undefined) {
    return optedIn;
  }
  return new Map([...optedIn].filter(([region]) => regions.includes(region)));
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
