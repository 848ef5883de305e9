// Facts are what the registry told us. They are added once and never changed; everything else is derived from them.
import { type EventTime, type Instant, isSameMoment, toInstant } from './instant.ts';
import type { Digest, Region } from './names.ts';

/** How we know of an arrival: the region's notification, its delivery history, or the replica itself. */
export type Source = 'announced' | 'reconciled' | 'verified';

/** At this event time, this region reported that the tag points to this digest. */
export interface Arrival {
  readonly type: 'arrival';
  readonly eventAt: EventTime;
  readonly region: Region;
  readonly digest: Digest;
  readonly source: Source;
  /** When we received the notification; absent where none reached us. */
  readonly receivedAt?: Instant;
  readonly mediaType?: string;
}

/** At this event time, this region reported that the digest was deleted; the registry names no tag in it. */
export interface Deletion {
  readonly type: 'deletion';
  readonly eventAt: EventTime;
  readonly region: Region;
  readonly digest: Digest;
  readonly receivedAt?: Instant;
}

export type Fact = Arrival | Deletion;

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The order in which facts are folded; 0 for two deliveries of the same fact. */
export function compareFacts(a: Fact, b: Fact): number {
  return (
    compareTexts(a.eventAt, b.eventAt) ||
    compareTexts(a.region, b.region) ||
    compareTexts(a.digest, b.digest) ||
    compareTexts(a.type, b.type)
  );
}

/**
 * The same fact, told twice: equal, or of the same moment once it is cut to fewer digits. A delivery history may hold a
 * time less precisely than the notification had it. What is verified never stands for a notification: its time is ours.
 */
export function isSameFact(a: Fact, b: Fact): boolean {
  const isSameEvent = a.region === b.region && a.digest === b.digest && a.type === b.type;
  return isSameEvent && isVerified(a) === isVerified(b) && isSameMoment(a.eventAt, b.eventAt);
}

const isVerified = (fact: Fact) => fact.type === 'arrival' && fact.source === 'verified';

/** When we heard of it, on our own clock; lag and thresholds count from here. */
export function heardAt(fact: Fact): Instant {
  return fact.receivedAt ?? toInstant(fact.eventAt);
}

/** Adds a fact in its place. @returns the same array when the fact is there already. */
export function withFact(facts: readonly Fact[], fact: Fact): readonly Fact[] {
  let index = facts.length;
  while (index > 0) {
    const order = compareFacts(facts[index - 1] as Fact, fact);
    if (order === 0) {
      return facts;
    }
    if (order < 0) {
      break;
    }
    index -= 1;
  }
  return [...facts.slice(0, index), fact, ...facts.slice(index)];
}
