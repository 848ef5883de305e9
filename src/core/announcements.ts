// What is told to the world, as data. An announcement holds all that its message says, so that it can be sent at any
// later time, whatever has become of the tag by then.
import { heardAt, type Source } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';
import type { Replication } from './replications.ts';

export const ANNOUNCEMENT_TYPES = [
  'replication.completed',
  'replication.lagging',
  'replication.recovered',
  'replication.superseded',
  'replication.abandoned',
] as const;

export type AnnouncementType = (typeof ANNOUNCEMENT_TYPES)[number];

/** Why a replication is no longer waited for: its digest was deleted, or it grew older than `abandonAfterMs`. */
export type AbandonReason = 'deleted' | 'expired';

export interface RegionArrival {
  readonly region: Region;
  readonly arrivedAt: Instant;
  readonly lagMs: number;
  readonly source: Source;
}

export interface Announcement {
  /** Made once, when the announcement is decided; the message's id for ever. */
  readonly id: string;
  readonly type: AnnouncementType;
  /** Counts the announcements of this tag from 1, without a gap. */
  readonly sequence: number;
  readonly decidedAt: Instant;
  readonly digest: Digest;
  readonly ordinal: number;
  readonly mediaType?: string;
  readonly origin: Region;
  readonly pushedAt: EventTime;
  readonly firstHeardAt: Instant;
  readonly arrivals: readonly RegionArrival[];
  /** Expected regions that have not arrived. */
  readonly missing: readonly Region[];
  /** The region that lags or recovered. */
  readonly region?: Region;
  readonly reason?: AbandonReason;
  /** What the tag points to instead. */
  readonly supersededBy?: Digest;
}

/** What sets one announcement of a replication apart from the others. */
export type Verdict =
  | { readonly type: 'replication.completed' }
  | { readonly type: 'replication.lagging'; readonly region: Region }
  | { readonly type: 'replication.recovered'; readonly region: Region }
  | { readonly type: 'replication.superseded'; readonly supersededBy: Digest }
  | { readonly type: 'replication.abandoned'; readonly reason: AbandonReason };

export function regionArrivals(replication: Replication): readonly RegionArrival[] {
  return [...replication.arrivals.values()]
    .map((arrival) => ({
      region: arrival.region,
      arrivedAt: heardAt(arrival),
      lagMs: heardAt(arrival) - replication.firstHeardAt,
      source: arrival.source,
    }))
    .sort((a, b) => a.arrivedAt - b.arrivedAt || (a.region < b.region ? -1 : 1));
}

export function mediaTypeOf(replication: Replication): string | undefined {
  for (const arrival of replication.arrivals.values()) {
    if (arrival.mediaType !== undefined) {
      return arrival.mediaType;
    }
  }
  return undefined;
}

/** Puts a verdict on a replication into the form in which it is stored and sent. */
export function announcement(
  verdict: Verdict,
  replication: Replication,
  missing: readonly Region[],
  stamp: { readonly id: string; readonly sequence: number; readonly decidedAt: Instant },
): Announcement {
  const mediaType = mediaTypeOf(replication);
  return {
    ...stamp,
    ...verdict,
    digest: replication.digest,
    ordinal: replication.ordinal,
    ...(mediaType === undefined ? {} : { mediaType }),
    origin: replication.origin,
    pushedAt: replication.bornAt,
    firstHeardAt: replication.firstHeardAt,
    arrivals: regionArrivals(replication),
    missing,
  };
}
