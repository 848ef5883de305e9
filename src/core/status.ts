// Where is my tag? Read from what is stored, the opted-in regions and the time; nothing is decided or announced here.

import { missingRegions, type Policy } from './advance.ts';
import { type AbandonReason, mediaTypeOf } from './announcements.ts';
import { expectedRegions, type OptedIn } from './expected.ts';
import { heardAt, type Source } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';
import { type Replication, replications } from './replications.ts';
import { type Said, saidOf, type TagState } from './tag-state.ts';

export type Status = 'replicating' | 'replicated' | 'superseded' | 'abandoned';

export interface RegionStatus {
  readonly region: Region;
  readonly isExpected: boolean;
  readonly arrivedAt?: Instant;
  /** Until it arrived; until now for an expected region that is missing. */
  readonly lagMs: number;
  readonly isLagging: boolean;
  readonly source?: Source;
}

export interface ReplicationStatus {
  readonly status: Status;
  readonly digest: Digest;
  readonly ordinal: number;
  readonly mediaType?: string;
  readonly origin: Region;
  readonly pushedAt: EventTime;
  readonly firstHeardAt: Instant;
  readonly completedAt?: Instant;
  readonly reason?: AbandonReason;
  readonly supersededBy?: Digest;
  /** False until the registry's regions are known. */
  readonly isExpectationKnown: boolean;
  readonly regions: readonly RegionStatus[];
}

/**
 * @param digest asks for the newest replication of this digest instead of the tag's current one
 * @returns undefined when no such replication is known
 */
export function replicationStatus(
  state: TagState,
  optedIn: OptedIn,
  policy: Policy,
  now: Instant,
  digest?: Digest,
): ReplicationStatus | undefined {
  const all = replications(state.facts, state.forgotten);
  const current = all.at(-1);
  const replication = digest === undefined ? current : all.findLast((candidate) => candidate.digest === digest);
  if (replication === undefined || current === undefined) {
    return undefined;
  }
  const said = saidOf(state, replication);
  const mediaType = mediaTypeOf(replication);
  return {
    ...verdict(replication, current, said, optedIn, policy, now),
    digest: replication.digest,
    ordinal: replication.ordinal,
    ...(mediaType === undefined ? {} : { mediaType }),
    origin: replication.origin,
    pushedAt: replication.bornAt,
    firstHeardAt: replication.firstHeardAt,
    isExpectationKnown: expectedRegions(optedIn, replication.firstHeardAt) !== undefined,
    regions: regionStatuses(replication, optedIn, policy, now),
  };
}

function verdict(
  replication: Replication,
  current: Replication,
  said: Said,
  optedIn: OptedIn,
  policy: Policy,
  now: Instant,
): Pick<ReplicationStatus, 'status' | 'reason' | 'supersededBy' | 'completedAt'> {
  if (replication.closedBy !== undefined) {
    return { status: 'abandoned', reason: 'deleted' };
  }
  if (said.completed !== undefined) {
    return { status: 'replicated', completedAt: said.completed };
  }
  if (!replication.isCurrent) {
    return { status: 'superseded', supersededBy: current.digest };
  }
  if (missingRegions(replication, optedIn)?.length === 0) {
    return { status: 'replicated' };
  }
  const isExpired = said.abandoned !== undefined || now - replication.firstHeardAt >= policy.abandonAfterMs;
  return isExpired ? { status: 'abandoned', reason: 'expired' } : { status: 'replicating' };
}

function regionStatuses(
  replication: Replication,
  optedIn: OptedIn,
  policy: Policy,
  now: Instant,
): readonly RegionStatus[] {
  const expected = expectedRegions(optedIn, replication.firstHeardAt) ?? [];
  const regions = [...new Set([...expected, ...replication.arrivals.keys()])].sort();
  return regions.map((region) => {
    const isExpected = expected.includes(region);
    const arrival = replication.arrivals.get(region);
    if (arrival === undefined) {
      const lagMs = now - replication.firstHeardAt;
      return { region, isExpected, lagMs, isLagging: lagMs >= policy.lagAfterMs };
    }
    const arrivedAt = heardAt(arrival);
    const lagMs = arrivedAt - replication.firstHeardAt;
    return { region, isExpected, arrivedAt, lagMs, isLagging: false, source: arrival.source };
  });
}

/** The tag's current replication in words for a person who opens the table; what it waits for is not stored. */
export function summary(state: TagState):
  | {
      readonly status: Status;
      readonly digest: Digest;
      readonly regions: readonly Region[];
      readonly pushedAt: EventTime;
      readonly completedAt?: Instant;
    }
  | undefined {
  const current = replications(state.facts, state.forgotten).at(-1);
  if (current === undefined) {
    return undefined;
  }
  const said = saidOf(state, current);
  const isAbandoned = current.closedBy !== undefined || said.abandoned !== undefined;
  const status = said.completed !== undefined ? 'replicated' : isAbandoned ? 'abandoned' : 'replicating';
  return {
    status: current.closedBy === undefined ? status : 'abandoned',
    digest: current.digest,
    regions: [...current.arrivals.keys()].sort(),
    pushedAt: current.bornAt,
    ...(said.completed === undefined ? {} : { completedAt: said.completed }),
  };
}
