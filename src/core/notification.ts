// What the registry tells by a notification, whichever way it reaches us: a webhook, its delivery history, Event Grid.
import type { Arrival, Source } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region, Registry, Repository, Tag } from './names.ts';

/** A region has this digest under this tag. */
export interface Push {
  readonly eventAt: EventTime;
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly mediaType?: string;
}

/** A region has deleted this digest, or, without one, the whole repository. No tag is named. */
export interface Removal {
  readonly eventAt: EventTime;
  readonly repository: Repository;
  readonly digest?: Digest;
}

export type Notification =
  | { readonly type: 'push'; readonly push: Push }
  | { readonly type: 'deletion'; readonly removal: Removal }
  | { readonly type: 'ping' }
  | { readonly type: 'ignored'; readonly action: string; readonly reason: string }
  | { readonly type: 'malformed'; readonly issues: readonly string[] };

/** A removal as one region of a registry reported it. */
export interface DeletionNotice extends Removal {
  readonly registry: Registry;
  readonly region: Region;
  /** Absent for one that was found in a delivery history. */
  readonly receivedAt?: Instant;
}

/** @param receivedAt absent where no notification reached us */
export function toArrival(push: Push, region: Region, source: Source, receivedAt?: Instant): Arrival {
  const { eventAt, digest, mediaType } = push;
  return {
    ...{ type: 'arrival', eventAt, region, digest, source },
    ...(receivedAt === undefined ? {} : { receivedAt }),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
}
