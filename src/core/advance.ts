// The heart: what is known of a tag, the opted-in regions and the time decide what is announced now and when to look
// again. Total, deterministic and idempotent; storing and sending is the caller's job.
import { type Announcement, announcement, type Verdict } from './announcements.ts';
import { expectedRegions, type OptedIn } from './expected.ts';
import { forget } from './forget.ts';
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';
import { type Replication, type ReplicationKey, replicationKey, replications } from './replications.ts';
import type { Said, TagState } from './tag-state.ts';

export interface Policy {
  /** An expected region that is missing this long after we first heard of the replication is lagging. */
  readonly lagAfterMs: number;
  /** A replication that is older than this is watched no longer. */
  readonly abandonAfterMs: number;
}

/** While nobody can say what to wait for, look again after this. */
const REGIONS_UNKNOWN_RETRY_MS = 60_000;

export interface Advanced {
  /** The same object when nothing changes. */
  readonly state: TagState;
  /** When time alone can change the answer; undefined when only a fact can. */
  readonly lookAgainAt?: Instant;
}

export function advance(state: TagState, optedIn: OptedIn, policy: Policy, now: Instant): Advanced {
  const all = replications(state.facts, state.forgotten);
  const current = all.at(-1);
  if (current === undefined) {
    return { state: forget(state, all, optedIn, policy, now) };
  }
  let { sequence } = state;
  const said = saidOf(all, state.said);
  const decided: Announcement[] = [];
  for (const replication of all) {
    const key = replicationKey(replication);
    const missing = missingRegions(replication, optedIn);
    const verdicts = decide(replication, missing, said[key] ?? {}, { current, policy, now });
    for (const verdict of verdicts) {
      sequence += 1;
      said[key] = note(said[key] ?? {}, verdict, now);
      const stamp = { id: `${state.idPrefix}-${sequence}`, sequence, decidedAt: now };
      decided.push(announcement(verdict, replication, missing ?? [], stamp));
    }
  }
  const isUnchanged = decided.length === 0 && Object.keys(said).length === Object.keys(state.said).length;
  const spoken = isUnchanged ? state : { ...state, said, sequence, outbox: [...state.outbox, ...decided] };
  const next = forget(spoken, all, optedIn, policy, now);
  const lookAgainAt = nextLook(current, said[replicationKey(current)] ?? {}, optedIn, policy, now);
  return lookAgainAt === undefined ? { state: next } : { state: next, lookAgainAt };
}

/**
 * A late fact can show that what looked like a move back was none. What was said of a replication that never was must
 * not silence the one that is born in its place later.
 */
function saidOf(all: readonly Replication[], said: TagState['said']): Record<ReplicationKey, Said> {
  const keys = new Set<string>(all.map(replicationKey));
  return Object.fromEntries(Object.entries(said).filter(([key]) => keys.has(key)));
}

/** Expected regions that have not arrived; undefined when nobody can say what is expected. */
export function missingRegions(replication: Replication, optedIn: OptedIn): readonly Region[] | undefined {
  return expectedRegions(optedIn, replication.firstHeardAt)?.filter((region) => !replication.arrivals.has(region));
}

interface Circumstances {
  readonly current: Replication;
  readonly policy: Policy;
  readonly now: Instant;
}

function decide(
  replication: Replication,
  missing: readonly Region[] | undefined,
  said: Said,
  { current, policy, now }: Circumstances,
): readonly Verdict[] {
  if (replication.closedBy !== undefined) {
    const isEnded = said.completed !== undefined || said.superseded || said.abandoned !== undefined;
    return isEnded ? [] : [{ type: 'replication.abandoned', reason: 'deleted' }];
  }
  if (!replication.isCurrent) {
    const isEnded = said.completed !== undefined || said.superseded;
    return isEnded ? [] : [{ type: 'replication.superseded', supersededBy: current.digest }];
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
  const lagging = ageMs >= policy.lagAfterMs ? newlyLagging(missing ?? [], said) : [];
  const isExpired = ageMs >= policy.abandonAfterMs;
  return [
    ...recovered,
    ...lagging,
    ...(isExpired ? [{ type: 'replication.abandoned', reason: 'expired' } as const] : []),
  ];
}

function recoveredRegions(replication: Replication, said: Said): readonly Verdict[] {
  return (said.lagging ?? [])
    .filter((region) => replication.arrivals.has(region) && !said.recovered?.includes(region))
    .map((region) => ({ type: 'replication.recovered', region }));
}

function newlyLagging(missing: readonly Region[], said: Said): readonly Verdict[] {
  return missing
    .filter((region) => !said.lagging?.includes(region))
    .map((region) => ({ type: 'replication.lagging', region }));
}

function note(said: Said, verdict: Verdict, now: Instant): Said {
  switch (verdict.type) {
    case 'replication.completed':
      return { ...said, completed: now };
    case 'replication.superseded':
      return { ...said, superseded: true };
    case 'replication.abandoned':
      return { ...said, abandoned: verdict.reason };
    case 'replication.lagging':
      return { ...said, lagging: [...(said.lagging ?? []), verdict.region] };
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
  if (current.closedBy !== undefined || said.completed !== undefined || said.abandoned !== undefined) {
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
