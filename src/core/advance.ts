// The heart: what is known of a tag, the opted-in regions and the time decide what is announced now and when to look
// again. Total, deterministic and idempotent; storing and sending is the caller's job.
import { type Announcement, announcement, type Verdict } from './announcements.ts';
import { expectedRegions, type OptedIn } from './expected.ts';
import { forget } from './forget.ts';
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';
import { type Replication, type ReplicationKey, replicationKey, replications } from './replications.ts';
import { type Said, saidOf, type TagState } from './tag-state.ts';

export interface Policy {
  /** An expected region that is missing this long after we first heard of the replication is lagging. */
  readonly lagAfterMs: number;
  /** A replication that is older than this is watched no longer. */
  readonly abandonAfterMs: number;
}

/**
 * Regions of which the caller has made sure, as far as that is possible, that no lost notification makes them look as if
 * they lagged. Of others, lagging is not announced yet; it will be looked at again.
 */
export type Examined = 'all' | ReadonlySet<Region>;

/** While nobody can say what to wait for, look again after this. */
const REGIONS_UNKNOWN_RETRY_MS = 60_000;

export interface Advanced {
  /** The same object when nothing changes. */
  readonly state: TagState;
  /** When time alone can change the answer; undefined when only a fact can. */
  readonly lookAgainAt?: Instant;
}

export function advance(
  state: TagState,
  optedIn: OptedIn,
  policy: Policy,
  now: Instant,
  examined: Examined = 'all',
): Advanced {
  const all = replications(state.facts, state.forgotten);
  const current = all.at(-1);
  if (current === undefined) {
    return { state: forget(state, all, optedIn, policy, now) };
  }
  let { sequence } = state;
  const said = { ...state.said };
  const decided: Announcement[] = [];
  for (const replication of all) {
    const missing = missingRegions(replication, optedIn);
    const before = saidOf(state, replication);
    let after = before.bornAt === replication.bornAt ? before : { ...before, bornAt: replication.bornAt };
    for (const verdict of decide(replication, missing, before, { current, policy, now, examined })) {
      sequence += 1;
      after = note(after, verdict, now);
      const stamp = { id: `${state.idPrefix}-${sequence}`, sequence, decidedAt: now };
      decided.push(announcement(verdict, replication, missing ?? [], stamp));
    }
    const key = replicationKey(replication);
    if (key in said || after !== before) {
      said[key] = after;
    }
  }
  const isChanged = Object.entries(said).some(([key, entry]) => state.said[key as ReplicationKey] !== entry);
  const spoken = isChanged ? { ...state, said, sequence, outbox: [...state.outbox, ...decided] } : state;
  const next = forget(spoken, all, optedIn, policy, now);
  const lookAgainAt = nextLook(current, saidOf(next, current), optedIn, policy, now);
  return lookAgainAt === undefined ? { state: next } : { state: next, lookAgainAt };
}

/** Expected regions that have not arrived; undefined when nobody can say what is expected. */
export function missingRegions(replication: Replication, optedIn: OptedIn): readonly Region[] | undefined {
  return expectedRegions(optedIn, replication.firstHeardAt)?.filter((region) => !replication.arrivals.has(region));
}

/** Regions that are about to be announced as lagging; which ones, the examination before it has to know. */
export function overdueRegions(state: TagState, optedIn: OptedIn, policy: Policy, now: Instant): readonly Region[] {
  const current = replications(state.facts, state.forgotten).at(-1);
  if (current === undefined || now - current.firstHeardAt < policy.lagAfterMs) {
    return [];
  }
  const said = saidOf(state, current);
  return isEnded(current, said) ? [] : newlyLagging(missingRegions(current, optedIn) ?? [], said);
}

/** The last word on a current replication is said. */
const isEnded = ({ closedBy }: Replication, { completed, abandoned }: Said) =>
  closedBy !== undefined || completed !== undefined || abandoned !== undefined;

interface Circumstances {
  readonly current: Replication;
  readonly policy: Policy;
  readonly now: Instant;
  readonly examined: Examined;
}

function decide(
  replication: Replication,
  missing: readonly Region[] | undefined,
  said: Said,
  { current, policy, now, examined }: Circumstances,
): readonly Verdict[] {
  if (replication.closedBy !== undefined) {
    const isOver = said.completed !== undefined || said.superseded || said.abandoned !== undefined;
    return isOver ? [] : [{ type: 'replication.abandoned', reason: 'deleted' }];
  }
  if (!replication.isCurrent) {
    const isOver = said.completed !== undefined || said.superseded;
    return isOver ? [] : [{ type: 'replication.superseded', supersededBy: current.digest }];
  }
  if (said.completed !== undefined) {
    return [];
  }
  const recovered = recoveredRegions(replication, said);
  if (missing?.length === 0) {
    return [...recovered, { type: 'replication.completed' }];
  }
  if (said.abandoned !== undefined) {
    return recovered;
  }
  const ageMs = now - replication.firstHeardAt;
  const overdue = ageMs >= policy.lagAfterMs ? newlyLagging(missing ?? [], said) : [];
  const lagging = overdue.filter((region) => examined === 'all' || examined.has(region));
  // Nothing is said of it after that: first every region that lags is told of.
  const isExpired = ageMs >= policy.abandonAfterMs && lagging.length === overdue.length;
  return [
    ...recovered,
    ...lagging.map((region) => ({ type: 'replication.lagging', region }) as const),
    ...(isExpired ? [{ type: 'replication.abandoned', reason: 'expired' } as const] : []),
  ];
}

function recoveredRegions(replication: Replication, said: Said): readonly Verdict[] {
  return (said.lagging ?? [])
    .filter((region) => replication.arrivals.has(region) && !said.recovered?.includes(region))
    .map((region) => ({ type: 'replication.recovered', region }));
}

function newlyLagging(missing: readonly Region[], said: Said): readonly Region[] {
  return missing.filter((region) => !said.lagging?.includes(region));
}

function note(said: Said, verdict: Verdict, now: Instant): Said {
  switch (verdict.type) {
    case 'replication.completed':
      return { ...said, completed: now };
    case 'replication.superseded':
      return { ...said, superseded: true };
    case 'replication.abandoned':
      return { ...said, abandoned: verdict.reason };
    case 'replication.lagging': {
      // It is current again: when it is overwritten once more, that has to be said, to end this.
      const { superseded: _, ...rest } = said;
      return { ...rest, lagging: [...(said.lagging ?? []), verdict.region] };
    }
    case 'replication.recovered':
      return { ...said, recovered: [...(said.recovered ?? []), verdict.region] };
  }
}

/** Only the current replication can change by time alone: the others have had their last word. */
function nextLook(
  current: Replication,
  said: Said,
  optedIn: OptedIn,
  policy: Policy,
  now: Instant,
): Instant | undefined {
  if (isEnded(current, said)) {
    return undefined;
  }
  const abandonAt = current.firstHeardAt + policy.abandonAfterMs;
  const missing = missingRegions(current, optedIn);
  if (missing === undefined) {
    return Math.min(now + REGIONS_UNKNOWN_RETRY_MS, abandonAt);
  }
  const isAllFlagged = missing.every((region) => said.lagging?.includes(region));
  return isAllFlagged ? abandonAt : Math.min(current.firstHeardAt + policy.lagAfterMs, abandonAt);
}
