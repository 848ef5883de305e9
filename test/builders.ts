// What tests are made of: fixed instants, and builders whose defaults are one push of `web:1.2` that is a moment old.
// A test names only what its rule is about.

import { advance, type Policy } from '../src/core/advance.ts';
import type { Announcement } from '../src/core/announcements.ts';
import type { OptedIn } from '../src/core/expected.ts';
import type { Arrival, Deletion, Fact } from '../src/core/facts.ts';
import { type EventTime, type Instant, toEventTime } from '../src/core/instant.ts';
import type { Digest, Region, Registry, Repository, Tag, TagName } from '../src/core/names.ts';
import { emptyTagState, record, type TagState } from '../src/core/tag-state.ts';

/** 2026-08-21T12:00:00Z: the moment from which the builders count. */
export const START: Instant = 1_787_313_600_000;
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Our clock, so many seconds after the start. */
export const at = (seconds: number): Instant => START + seconds * SECOND_MS;
/** The registry's clock, so many seconds after the start. */
export const eventAt = (seconds: number): EventTime => toEventTime(at(seconds));

export const westus = 'westus' as Region;
export const eastus = 'eastus' as Region;
export const canadacentral = 'canadacentral' as Region;
export const westeurope = 'westeurope' as Region;
export const fourRegions: readonly Region[] = [westus, eastus, canadacentral, westeurope];

/** A digest that is known by a number. */
export function numberedDigest(number: number, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${number.toString(16).padStart(algorithm === 'sha256' ? 64 : 128, '0')}` as Digest;
}
export const digestA = `sha256:${'a'.repeat(64)}` as Digest;
export const digestB = `sha256:${'b'.repeat(64)}` as Digest;
export const digestC = `sha256:${'c'.repeat(64)}` as Digest;

export const webTag: TagName = {
  registry: 'contoso' as Registry,
  repository: 'public/products/web' as Repository,
  tag: '1.2' as Tag,
};

export const MANIFEST_MEDIA_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

export const policy: Policy = { lagAfterMs: 10 * MINUTE_MS, abandonAfterMs: DAY_MS };

/** Opted in from ever. */
export function optedIn(...regions: readonly Region[]): ReadonlyMap<Region, Instant> {
  return new Map(regions.map((region) => [region, 0]));
}

type Overrides<F extends Fact> = Partial<Omit<F, 'type' | 'eventAt'>> & {
  /** Seconds after the start on the registry's clock; received at the same moment unless said otherwise. */
  readonly seconds?: number;
  readonly eventAt?: EventTime;
};

/** A reconciled or verified one has no receive time unless one is given. */
export function arrival({ seconds = 0, source = 'announced', ...overrides }: Overrides<Arrival> = {}): Arrival {
  return {
    type: 'arrival',
    eventAt: eventAt(seconds),
    region: westus,
    digest: digestA,
    source,
    ...(source === 'announced' ? { receivedAt: at(seconds) } : {}),
    ...overrides,
  };
}

export function deletion({ seconds = 0, ...overrides }: Overrides<Deletion> = {}): Deletion {
  return {
    type: 'deletion',
    eventAt: eventAt(seconds),
    region: westus,
    digest: digestA,
    receivedAt: at(seconds),
    ...overrides,
  };
}

/** The state after these facts were recorded, in this order, and nothing was decided yet. */
export function tagState(facts: readonly Fact[] = [], overrides: Partial<TagState> = {}): TagState {
  const empty = { ...emptyTagState('web'), ...overrides };
  return facts.reduce((state, fact) => record(state, fact).state, empty);
}

/** The state after each of these facts was recorded and decided upon at once, at one moment. */
export function advanced(
  facts: readonly Fact[],
  { state = tagState(), regions = optedIn(...fourRegions), now = at(0) as Instant }: AdvanceOverrides = {},
): TagState {
  return facts.reduce((before, fact) => advance(record(before, fact).state, regions, policy, now).state, state);
}

interface AdvanceOverrides {
  readonly state?: TagState;
  readonly regions?: OptedIn;
  readonly now?: Instant;
}

/** `replication.completed` of digest A in all four regions. */
export function announcementOf(overrides: Partial<Announcement> = {}): Announcement {
  return {
    id: 'web-1',
    type: 'replication.completed',
    sequence: 1,
    decidedAt: at(3),
    digest: digestA,
    ordinal: 1,
    mediaType: MANIFEST_MEDIA_TYPE,
    origin: westus,
    pushedAt: eventAt(0),
    firstHeardAt: at(0),
    arrivals: fourRegions.map((region, index) => ({
      region,
      arrivedAt: at(index),
      lagMs: index * SECOND_MS,
      source: 'announced',
    })),
    missing: [],
    ...overrides,
  };
}
