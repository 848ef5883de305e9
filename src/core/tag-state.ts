// All that is stored of a tag: one document, written by compare-and-swap.
import type { AbandonReason, Announcement } from './announcements.ts';
import { type Fact, withFact } from './facts.ts';
import type { EventTime, Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';
import type { ReplicationKey } from './replications.ts';

/** What was announced of one replication. */
export interface Said {
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

export function emptyTagState(idPrefix: string): TagState {
  return { idPrefix, facts: [], forgotten: {}, said: {}, sequence: 0, outbox: [] };
}

export type RecordOutcome = 'recorded' | 'duplicate' | 'stale';

/** Adds a fact. A repeated delivery and one behind the horizon leave the state as it is, the same object. */
export function record(state: TagState, fact: Fact): { readonly state: TagState; readonly outcome: RecordOutcome } {
  const facts = withFact(state.facts, fact);
  if (facts === state.facts) {
    return { state, outcome: 'duplicate' };
  }
  if (state.horizon !== undefined && fact.eventAt <= state.horizon) {
    return { state, outcome: 'stale' };
  }
  return { state: { ...state, facts }, outcome: 'recorded' };
}

/** Takes announcements that are known to be sent out of the outbox. */
export function withoutSent(state: TagState, ids: ReadonlySet<string>): TagState {
  const outbox = state.outbox.filter(({ id }) => !ids.has(id));
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}
