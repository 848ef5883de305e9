// The five rules that turn a tag's facts into its replications. A pure fold over the facts in order of event time:
// whatever order they were delivered in, however often, the answer is the same.
import { type Arrival, type Deletion, type Fact, heardAt } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';

/** One push of a digest to a tag on its way to all expected regions. */
export interface Replication {
  readonly digest: Digest;
  /** The digest's first, second, … replication on this tag. With the digest, its identity: a late fact may move the birth. */
  readonly ordinal: number;
  readonly bornAt: EventTime;
  /** The region whose report is the birth; most likely where it was pushed. */
  readonly origin: Region;
  readonly arrivals: ReadonlyMap<Region, Arrival>;
  /** The deletion that closed it: no longer waited for. */
  readonly closedBy?: Deletion;
  /** Earliest and latest moment we heard of it, on our clock. */
  readonly firstHeardAt: Instant;
  readonly lastHeardAt: Instant;
  /** Every fact that the fold counted to it, repeats included, in order. */
  readonly facts: readonly Fact[];
  /** Born last in event time: what the tag points to, as far as we know. */
  readonly isCurrent: boolean;
}

export type ReplicationKey = `${Digest}#${number}`;

export function replicationKey({ digest, ordinal }: { digest: Digest; ordinal: number }): ReplicationKey {
  return `${digest}#${ordinal}`;
}

type Draft = { -readonly [K in keyof Replication]: Replication[K] } & { arrivals: Map<Region, Arrival>; facts: Fact[] };

/**
 * @param facts in the order of `compareFacts`, without repetition
 * @param forgotten how many replications of a digest came before these facts and were forgotten
 * @returns the replications in the order of their births; the last one is current
 */
export function replications(
  facts: readonly Fact[],
  forgotten: Readonly<Record<Digest, number>> = {},
): readonly Replication[] {
  const born: Draft[] = [];
  const byDigest = new Map<Digest, Draft[]>();
  for (const fact of facts) {
    const siblings = byDigest.get(fact.digest) ?? [];
    if (fact.type === 'deletion') {
      close(siblings, fact);
      continue;
    }
    const newest = siblings.at(-1);
    const open = newest?.closedBy === undefined ? newest : undefined;
    const isMovedBack = open !== undefined && hasReported(open, fact.region) && open !== born.at(-1);
    // The time of a verified arrival is not an event's: it tells of no push of its own.
    if ((open === undefined || isMovedBack) && fact.source !== 'verified') {
      const draft = bear(fact, (forgotten[fact.digest] ?? 0) + siblings.length + 1);
      born.push(draft);
      byDigest.set(fact.digest, [...siblings, draft]);
    } else if (open !== undefined) {
      count(open, fact);
      if (!open.arrivals.has(fact.region)) {
        open.arrivals.set(fact.region, fact);
      }
    }
  }
  const current = born.at(-1);
  if (current !== undefined) {
    current.isCurrent = true;
  }
  return born;
}

/** A region that was only asked has yet to report its arrival: when it does, that is no move back. */
function hasReported({ arrivals, facts }: Draft, region: Region): boolean {
  const first = arrivals.get(region);
  const isReport = (fact: Fact) => fact.type === 'arrival' && fact.region === region && fact.source !== 'verified';
  return first !== undefined && (first.source !== 'verified' || facts.some(isReport));
}

function bear(fact: Arrival, ordinal: number): Draft {
  return {
    digest: fact.digest,
    ordinal,
    bornAt: fact.eventAt,
    origin: fact.region,
    arrivals: new Map([[fact.region, fact]]),
    firstHeardAt: heardAt(fact),
    lastHeardAt: heardAt(fact),
    facts: [fact],
    isCurrent: false,
  };
}

function count(replication: Draft, fact: Fact): void {
  replication.facts.push(fact);
  if (fact.type === 'arrival') {
    replication.firstHeardAt = Math.min(replication.firstHeardAt, heardAt(fact));
  }
  replication.lastHeardAt = Math.max(replication.lastHeardAt, heardAt(fact));
}

/** Every region sends its own deletion: it closes the newest replication that this region has reported, no younger one. */
function close(siblings: readonly Draft[], deletion: Deletion): void {
  const reported = siblings.findLast((replication) => replication.arrivals.has(deletion.region));
  if (reported !== undefined) {
    count(reported, deletion);
    reported.closedBy ??= deletion;
  }
}
