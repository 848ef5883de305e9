// Random histories of a tag for property tests: notifications come in any order, late, twice or never, opted-in
// regions change, time passes, and what is in the outbox is sent now and then. All times are whole half minutes, so that
// facts of one moment are frequent.
import fc from 'fast-check';
import { advance, type Policy } from '../../src/core/advance.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import type { OptedIn } from '../../src/core/expected.ts';
import type { Fact } from '../../src/core/facts.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Region } from '../../src/core/names.ts';
import { record, type TagState, withoutSent } from '../../src/core/tag-state.ts';
import {
  arrival,
  at,
  canadacentral,
  deletion,
  digestA,
  digestB,
  digestC,
  eastus,
  MINUTE_MS,
  optedIn,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';

const HALF_MINUTE = 30;
/** Short enough for a history to outlive it, long enough for many facts to come before. */
export const shortPolicy: Policy = { lagAfterMs: 5 * MINUTE_MS, abandonAfterMs: 20 * MINUTE_MS };

const digests = fc.constantFrom(digestA, digestB, digestC);
const someRegion = fc.constantFrom(westus, eastus, canadacentral, westeurope);
const seconds = fc.nat(30).map((half) => half * HALF_MINUTE);

const arrivals = fc.record({ digest: digests, region: someRegion, seconds }).map((given) => arrival(given));
const deletions = fc.record({ digest: digests, region: someRegion, seconds }).map((given) => deletion(given));

/** Facts with receive times of their own, each at most once. */
export const distinctFacts: fc.Arbitrary<Fact[]> = fc.uniqueArray(
  fc
    .tuple(fc.oneof({ weight: 5, arbitrary: arrivals }, { weight: 1, arbitrary: deletions }), fc.option(seconds))
    .map(([{ receivedAt: _, ...fact }, heard]): Fact => (heard === null ? fact : { ...fact, receivedAt: at(heard) })),
  {
    maxLength: 24,
    size: 'max',
    selector: ({ type, eventAt, region, digest }) => [type, eventAt, region, digest].join(),
  },
);

/** Opted in from ever, from a moment of the history, or not at all. */
const optedIns: fc.Arbitrary<OptedIn> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('unknown' as const) },
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(fc.tuple(someRegion, fc.oneof(fc.constant(0), seconds.map(at))), { selector: ([region]) => region })
      .map((entries): OptedIn => new Map<Region, Instant>(entries)),
  },
);

export type Step =
  | { readonly type: 'deliver'; readonly fact: Fact; readonly isAnnounced: boolean }
  | { readonly type: 'pass'; readonly seconds: number }
  | { readonly type: 'opt'; readonly regions: OptedIn }
  | { readonly type: 'send'; readonly count: number };

const deliver = (fact: fc.Arbitrary<Fact>) =>
  fc.record({ type: fc.constant('deliver' as const), fact, isAnnounced: fc.boolean() });

export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: deliver(arrivals) },
    { weight: 2, arbitrary: deliver(deletions) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('pass' as const), seconds }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('opt' as const), regions: optedIns }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('send' as const), count: fc.nat(3) }) },
  ),
  { maxLength: 40, size: 'max' },
);

/** A tag that lives through a history, as the use cases would have it: after each step it is advanced. */
export class Life {
  state: TagState = tagState();
  now: Instant = at(0);
  regions: OptedIn = optedIn(westus, eastus);
  lookAgainAt: Instant | undefined;
  /** All that was ever announced, sent or not. */
  readonly announced: Announcement[] = [];
  /** All that was ever accepted. */
  readonly accepted: Fact[] = [];

  /** @returns what was announced in this step */
  take(step: Step): readonly Announcement[] {
    switch (step.type) {
      case 'deliver':
        this.hear(step.fact, step.isAnnounced);
        break;
      case 'pass':
        this.now += step.seconds * 1000;
        break;
      case 'opt':
        this.regions = step.regions;
        break;
      case 'send':
        this.state = withoutSent(this.state, new Set(this.state.outbox.slice(0, step.count).map(({ id }) => id)));
        break;
    }
    return this.advance();
  }

  /** Time passes until only a fact could change anything. */
  rest(): void {
    for (let looks = 0; this.lookAgainAt !== undefined; looks += 1) {
      if (looks > 1000) {
        throw new Error('the tag never comes to rest');
      }
      this.now = this.lookAgainAt;
      this.advance();
    }
  }

  private hear({ receivedAt: _, ...fact }: Fact, isAnnounced: boolean): void {
    const source = isAnnounced ? {} : { source: 'reconciled' as const };
    const heard: Fact =
      fact.type === 'arrival'
        ? { ...fact, ...source, ...(isAnnounced ? { receivedAt: this.now } : {}) }
        : { ...fact, receivedAt: this.now };
    const { state, outcome } = record(this.state, heard);
    this.state = state;
    if (outcome === 'recorded') {
      this.accepted.push(heard);
    }
  }

  private advance(): readonly Announcement[] {
    const { sequence } = this.state;
    const { state, lookAgainAt } = advance(this.state, this.regions, shortPolicy, this.now);
    this.state = state;
    this.lookAgainAt = lookAgainAt;
    const news = state.outbox.filter((entry) => entry.sequence > sequence);
    this.announced.push(...news);
    return news;
  }
}
