// Which alarm a tag state has to name. Pure.
import type { Instant } from '../core/instant.ts';
import { replications } from '../core/replications.ts';
import { type AlarmName, saidOf, type TagState } from '../core/tag-state.ts';

/** A new alarm lies at least this far ahead: by the time it is due, no request that wrote it is still alive. */
export const ALARM_AHEAD_MS = 60_000;
/** An alarm within this is near enough to bring the sweep to an outbox whose writer died. */
const OUTBOX_PATIENCE_MS = 10 * 60_000;

export interface Occasion {
  readonly now: Instant;
  /** When time alone can change what is announced. */
  readonly lookAgainAt: Instant | undefined;
  /** The alarm that is named is due and being dealt with: a state that has to be looked at again needs another one. */
  readonly hasRung: boolean;
  /** Sending failed: the sweep is to try soon. */
  readonly isUnsent: boolean;
}

/** @returns 'keep' the alarm that is named, name 'none', or name a new one due at this moment */
export function planAlarm(
  { alarm, outbox }: TagState,
  { now, lookAgainAt, hasRung, isUnsent }: Occasion,
): 'keep' | 'none' | Instant {
  const soonest = now + ALARM_AHEAD_MS;
  const hasOutbox = outbox.length > 0;
  if (lookAgainAt === undefined && !hasOutbox) {
    return alarm === undefined ? 'keep' : 'none';
  }
  const lookAt = lookAgainAt === undefined ? Number.POSITIVE_INFINITY : Math.max(lookAgainAt, soonest);
  const outboxPatience = isUnsent ? ALARM_AHEAD_MS : OUTBOX_PATIENCE_MS;
  const latest = hasOutbox ? Math.min(lookAt, now + outboxPatience) : lookAt;
  if (alarm !== undefined && !hasRung && alarm.dueAt <= latest) {
    return 'keep';
  }
  return hasOutbox ? soonest : lookAt;
}

/** Whether a region of what the tag points to now was announced as lagging and has not arrived. */
export function isLagging(state: TagState): boolean {
  // Most states can tell without the fold.
  if (!Object.values(state.said).some(({ lagging }) => lagging !== undefined)) {
    return false;
  }
  const current = replications(state.facts, state.forgotten).at(-1);
  const lagging = current === undefined ? [] : (saidOf(state, current).lagging ?? []);
  return lagging.some((region) => !current?.arrivals.has(region));
}

/** The name of the alarm is put into the state; its row is written before and deleted after, by the caller. */
export function withAlarm(state: TagState, alarm: AlarmName | undefined): TagState {
  const { alarm: _, ...rest } = state;
  return alarm === undefined ? rest : { ...rest, alarm };
}
