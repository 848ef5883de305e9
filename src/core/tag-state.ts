// All that is stored of a tag: one document, written by compare-and-swap.
import type { AbandonReason, Announcement } from './announcements.ts';
import { type Fact, isSameFact, withFact } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';
import { type Replication, type ReplicationKey, replicationKey, replications } from './replications.ts';

/** What was announced of one replication. */
export interface Said {
  /** The replication's birth when it was last spoken of. Late facts move a birth earlier, never later. */
  readonly bornAt: EventTime;
  /** When it was decided. */
  readonly completed?: Instant;
  readonly superseded?: true;
  readonly abandoned?: AbandonReason;
  readonly lagging?: readonly Region[];
  readonly recovered?: readonly Region[];
}

/** Points to the row that brings the sweep to this tag; its id is never used twice. */
export interface AlarmName {
  readonly id: string;
  readonly dueAt: Instant;
}

export interface TagState {
  /** Random, made once per document; ids of announcements are this and their sequence. */
  readonly idPrefix: string;
  /** In the order of `compareFacts`, without repetition. */
  readonly facts: readonly Fact[];
  /** How many replications of a digest that still has facts were forgotten; their ordinals are used up. */
  readonly forgotten: Readonly<Record<Digest, number>>;
  /** Facts up to this event time are no longer accepted: what they belonged to is forgotten. */
  readonly horizon?: EventTime;
  readonly said: Readonly<Record<ReplicationKey, Said>>;
  /** The last announcement's sequence. */
  readonly sequence: number;
  /** Decided and not yet known to be sent, oldest first. */
  readonly outbox: readonly Announcement[];
  readonly alarm?: AlarmName;
}

/**
 * What was said of this replication. A late fact can show that what looked like a move back was none; one that is born
 * later in its place, under its name, has had nothing said of it yet.
 */
export function saidOf({ said }: TagState, replication: Replication): Said {
  const known = said[replicationKey(replication)];
  return known !== undefined && replication.bornAt <= known.bornAt ? known : { bornAt: replication.bornAt };
}

export function emptyTagState(idPrefix: string): TagState {
  return { idPrefix, facts: [], forgotten: {}, said: {}, sequence: 0, outbox: [] };
}

export type RecordOutcome = 'recorded' | 'duplicate' | 'stale';

/** Adds a fact. A repeated delivery and a stale one leave the state as it is, the same object. */
export function record(state: TagState, fact: Fact): { readonly state: TagState; readonly outcome: RecordOutcome } {
  const facts = withFact(state.facts, fact);
  if (facts === state.facts || state.facts.some((known) => isSameFact(known, fact))) {
    return { state, outcome: 'duplicate' };
  }
  if (isStale(state, fact)) {
    return { state, outcome: 'stale' };
  }
  return { state: { ...state, facts }, outcome: 'recorded' };
}

/**
 * Behind the horizon, or, once something was forgotten, of a digest that nothing is known of and older than all that is
 * kept: most likely a repetition of what was forgotten, and at best a push that was overwritten long ago.
 */
function isStale(state: TagState, fact: Fact): boolean {
  const { horizon, facts } = state;
  if (horizon === undefined || fact.eventAt <= horizon) {
    return horizon !== undefined;
  }
  const oldest = facts.find(({ type }) => type === 'arrival');
  const isUnknown = !facts.some(({ digest }) => digest === fact.digest);
  return isUnknown && oldest !== undefined && (fact.eventAt < oldest.eventAt || isReadAgain(state, fact));
}

/** A delivery history is read again and again, and shows what was forgotten meanwhile: what is overwritten stays so. */
function isReadAgain({ facts, forgotten }: TagState, fact: Fact): boolean {
  const isRead = fact.type === 'arrival' && fact.source === 'reconciled';
  const current = isRead ? replications(facts, forgotten).at(-1) : undefined;
  return current !== undefined && fact.eventAt < current.bornAt;
}

/** Takes announcements that are known to be sent out of the outbox. */
export function withoutSent(state: TagState, ids: ReadonlySet<string>): TagState {
  const outbox = state.outbox.filter(({ id }) => !ids.has(id));
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}
