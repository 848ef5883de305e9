// What happens in a world, as data: what reaches which region and when, which notifications of it get through, and which
// replicas there are. Made by chance, or written down by a test.
import { type EventTime, toEventTime } from '../../src/core/instant.ts';
import type { Digest, Region, Registry, Repository, Tag, TagName } from '../../src/core/names.ts';
import type { Random } from './random.ts';

export const START = Date.UTC(2026, 10, 20);
export const MINUTE_MS = 60_000;
export const ALL_REGIONS = ['westus', 'eastus', 'canadacentral', 'westeurope', 'japaneast'] as Region[];
export const CONTOSO = 'contoso' as Registry;
const REPOSITORY = 'public/web' as Repository;

export type ScriptEvent =
  | {
      readonly type: 'arrival';
      readonly at: number;
      readonly tag: TagName;
      readonly digest: Digest;
      readonly region: Region;
      readonly eventAt: EventTime;
      /** A later push has a greater one: the last one that reaches a region is what the tag points to there. */
      readonly push: number;
      /** When its notification is delivered; none if it is lost. */
      readonly deliveries: readonly number[];
    }
  | {
      readonly type: 'deletion';
      readonly at: number;
      readonly repository: Repository;
      /** Absent: the whole repository. */
      readonly digest?: Digest;
      readonly region: Region;
      readonly eventAt: EventTime;
      readonly deliveries: readonly number[];
    }
  /** From now on these replicas are ready. */
  | { readonly type: 'regions'; readonly at: number; readonly regions: readonly Region[] };

export interface Script {
  readonly regions: readonly Region[];
  readonly events: readonly ScriptEvent[];
  /** The registry can be asked about itself; else the configuration lists the regions. */
  readonly isManaged: boolean;
  /** The replicas can be asked as well. */
  readonly isVerified: boolean;
  readonly instances: number;
  readonly lagAfterMs: number;
  /** How long anything may go wrong, at least until the last event. */
  readonly runMs: number;
}

export const tagOf = (tag: string): TagName => ({ registry: CONTOSO, repository: REPOSITORY, tag: tag as Tag });
export const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

export function randomScript(random: Random): Script {
  // A threshold of a second makes every alarm as near as one may be.
  const lagAfterMs = random.pick([1_000, 10 * MINUTE_MS]);
  const isManaged = random.chance(0.7);
  const isVerified = random.chance(0.2);
  const regions = ALL_REGIONS.slice(0, random.integer(1, 4));
  const changes = random.chance(0.4) ? regionChanges(random, regions, isManaged) : [];
  const pushes = randomPushes(random, regions);
  const deletions = random.chance(0.5) ? randomDeletions(random, regions) : [];
  const events = [...changes, ...pushes, ...deletions];
  return { regions, events, isManaged, isVerified, lagAfterMs, instances: random.integer(1, 3), runMs: 20 * MINUTE_MS };
}

/** One that stays, or some after each other: replicas that come, go and come back, or none ready for a moment. */
function regionChanges(random: Random, regions: readonly Region[], isManaged: boolean): readonly ScriptEvent[] {
  const changed = (): readonly Region[] => {
    const gone = random.pick(regions);
    const isRemoval = regions.length > 1 && random.chance(0.5);
    return isRemoval ? regions.filter((region) => region !== gone) : [...regions, 'japaneast' as Region];
  };
  const anything = () => random.pick([changed(), regions, isManaged ? [] : regions]);
  const count = random.pick([1, 1, 3]);
  const later = Array.from({ length: count - 1 }, (): ScriptEvent => {
    return { type: 'regions', at: START + random.integer(6 * MINUTE_MS, 14 * MINUTE_MS), regions: anything() };
  });
  return [{ type: 'regions', at: START + random.integer(0, 6 * MINUTE_MS), regions: changed() }, ...later];
}

function randomPushes(random: Random, regions: readonly Region[]): readonly ScriptEvent[] {
  const tags = ['1.2', 'latest', 'v3'].slice(0, random.integer(1, 3)).map(tagOf);
  const digests = ['a', 'b', 'c'].map(digestOf);
  const isBurst = random.chance(0.3);
  const lossRate = random.pick([0, 0.1, 0.1, 0.5]);
  return Array.from({ length: random.integer(1, 8) }, (_, push) => {
    const at = START + random.integer(0, isBurst ? MINUTE_MS : 15 * MINUTE_MS);
    const [tag, digest] = [random.pick(tags), random.pick(digests)];
    const isSlow = random.chance(0.2);
    const reached = random.chance(0.1) ? ALL_REGIONS : regions;
    return reached.map((region, index): ScriptEvent => {
      const arrivedAt = at + (index === 0 ? 0 : random.integer(0, isSlow ? 30 * MINUTE_MS : 20_000));
      const deliveries = deliveriesOf(random, arrivedAt, lossRate);
      return {
        type: 'arrival',
        at: arrivedAt,
        ...{ tag, digest, region, push, deliveries },
        ...eventTime(random, arrivedAt),
      };
    });
  })
    .flat()
    .sort((a, b) => a.at - b.at);
}

/** From each region in its own time. */
function randomDeletions(random: Random, regions: readonly Region[]): readonly ScriptEvent[] {
  const at = START + random.integer(0, 15 * MINUTE_MS);
  const digest = random.chance(0.1) ? undefined : digestOf(random.pick(['a', 'b', 'c']));
  const lossRate = random.pick([0, 0.3]);
  return regions.map((region) => {
    const deletedAt = at + random.integer(0, random.pick([2_000, 10 * MINUTE_MS]));
    return {
      ...{ type: 'deletion', at: deletedAt, repository: REPOSITORY, region },
      ...(digest === undefined ? {} : { digest }),
      deliveries: deliveriesOf(random, deletedAt, lossRate),
      ...eventTime(random, deletedAt),
    };
  });
}

function deliveriesOf(random: Random, at: number, lossRate: number): readonly number[] {
  const first = random.chance(lossRate) ? [] : [at + random.integer(1, 3000)];
  const repeats = Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => {
    const spread = random.pick([5000, 5 * MINUTE_MS, 90 * MINUTE_MS]);
    return at + random.integer(1, spread);
  });
  return [...first, ...repeats];
}

/** The registry's times have nine digits. */
function eventTime(random: Random, at: number): { readonly eventAt: EventTime } {
  const nanoseconds = String(random.integer(0, 999_999)).padStart(6, '0');
  return { eventAt: toEventTime(at).replace('000000Z', `${nanoseconds}Z`) as EventTime };
}
