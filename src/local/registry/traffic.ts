// What the registry pushes by itself: versions that go up, and `latest`, which is moved and sometimes overwritten before
// it is everywhere. Pure.
import type { Digest, Region, Repository, Tag } from '../../core/names.ts';
import { between, chance, hex, pick, type Random } from './random.ts';

interface Product {
  readonly repository: Repository;
  /** Its versions are this and a build number. */
  readonly series: string;
}

const product = (repository: string, series: string): Product => ({ repository: repository as Repository, series });
const WEB = product('public/products/web', '1.4');
const API = product('public/products/api', '2.0');
const BATCH = product('internal/batch', '7');
/** As often as they are listed. */
const PRODUCTS: readonly [Product, ...Product[]] = [WEB, WEB, WEB, WEB, WEB, API, API, API, BATCH, BATCH];

const PAUSE_MS = { low: 3_000, high: 7_000 } as const;
/** Soon enough that the overwritten image is still on its way to some regions. */
const OVERWRITE_MS = { low: 1_500, high: 3_000 } as const;

export interface TrafficPush {
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly region: Region;
  /** From the first push of the burst. */
  readonly afterMs: number;
}

/** Pushes that belong together, and how long to wait after them. */
export interface Burst {
  readonly pushes: readonly [TrafficPush, ...TrafficPush[]];
  readonly pauseMs: number;
}

/**
 * @param regions the home region first: most pushes go there
 * @param buildOf the number of the newest build of a repository, 0 if there is none
 */
export function nextBurst(
  random: Random,
  regions: readonly [Region, ...Region[]],
  buildOf: (repository: Repository) => number,
): Burst {
  const { repository, series } = pick(random, PRODUCTS);
  const region = chance(random, 0.7) ? regions[0] : pick(random, regions);
  const version = `${series}.${buildOf(repository) + 1}` as Tag;
  const push = (tag: string, digest: Digest, afterMs: number): TrafficPush => ({
    ...{ repository, tag: tag as Tag, digest, region, afterMs },
  });
  const digest = newDigest(random);
  const pauseMs = between(random, PAUSE_MS.low, PAUSE_MS.high);
  const kind = random();
  if (kind < 0.06) {
    const overwriteMs = between(random, OVERWRITE_MS.low, OVERWRITE_MS.high);
    return { pushes: [push('latest', newDigest(random), 0), push('latest', digest, overwriteMs)], pauseMs };
  }
  if (kind < 0.14) {
    return { pushes: [push(version, digest, 0), push('latest', digest, 400)], pauseMs };
  }
  return { pushes: [push(version, digest, 0)], pauseMs };
}

/** The build number of a version that `nextBurst` made; 0 for any other tag. */
export function buildNumber(tag: Tag): number {
  return Number(/^\d+(?:\.\d+)?\.(\d+)$/.exec(tag)?.[1] ?? 0);
}

export function newDigest(random: Random): Digest {
  return `sha256:${hex(random, 64)}` as Digest;
}
