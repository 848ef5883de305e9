import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../src/core/advance.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import type { OptedIn } from '../../src/core/expected.ts';
import { type Fact, heardAt } from '../../src/core/facts.ts';
import { DOCUMENT_LIMIT, documentSize, forget, OUTBOX_LIMIT } from '../../src/core/forget.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Digest, Region } from '../../src/core/names.ts';
import { type Replication, replicationKey, replications } from '../../src/core/replications.ts';
import { record, type Said, type TagState } from '../../src/core/tag-state.ts';
import {
  announcementOf,
  arrival,
  at,
  deletion,
  digestA,
  digestB,
  digestC,
  eastus,
  eventAt,
  fourRegions,
  MINUTE_MS,
  numberedDigest,
  optedIn,
  policy,
  SECOND_MS,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';
import { histories, Life } from './history.ts';

/** Above this size old replications are forgotten; forget.ts keeps the number to itself. */
const COMFORTABLE_SIZE = 16_000;
const ABANDON_AFTER = policy.abandonAfterMs / SECOND_MS;

const both = optedIn(westus, eastus);

const fold = ({ facts, forgotten }: TagState) => replications(facts, forgotten);
const keys = (state: TagState) => fold(state).map(replicationKey);

/** Forgets as `advance` does it. */
function forgotten(state: TagState, now: Instant, regions: OptedIn = both): TagState {
  return forget(state, fold(state), regions, policy, now);
}

/** A media type that only this digest has. */
const longMediaType = (digest: Digest, length: number) => digest.slice(-40).padEnd(length, 'm');

/** The same facts with media types so long that the document has this size; each digest takes its share. */
function ofSize(size: number, state: TagState): TagState {
  const digests = [...new Set(state.facts.map(({ digest }) => digest))];
  const padded = (share: number, rest: number) => ({
    ...state,
    facts: state.facts.map((fact) => {
      const length = share + (fact.digest === digests[0] ? rest : 0);
      return fact.type === 'arrival' ? { ...fact, mediaType: longMediaType(fact.digest, length) } : fact;
    }),
  });
  const share = Math.floor((size - documentSize(padded(100, 0))) / digests.length) + 100;
  const full = padded(share, size - documentSize(padded(share, 0)));
  expect(documentSize(full)).toBe(size);
  return full;
}

/** Pushes of as many digests to the west, a minute apart, each heard of when it happened. */
const pushes = (count: number) =>
  Array.from({ length: count }, (_, index) => arrival({ digest: numberedDigest(index), seconds: index * 60 }));

describe('what is forgotten', () => {
  const three = tagState([
    arrival({ digest: digestA, seconds: 0 }),
    arrival({ digest: digestB, seconds: 60 }),
    arrival({ digest: digestC, seconds: 120 }),
  ]);
  const all = [`${digestA}#1`, `${digestB}#1`, `${digestC}#1`];
  const withoutA = all.slice(1);
  const onlyC = all.slice(2);

  it.for([
    {
      name: 'at a comfortable size, nothing however old',
      size: COMFORTABLE_SIZE,
      now: 100 * ABANDON_AFTER,
      expected: all,
    },
    {
      name: 'above it, what is old, until it is comfortable',
      size: COMFORTABLE_SIZE + 1,
      now: 100 * ABANDON_AFTER,
      expected: withoutA,
    },
    {
      name: 'above it, nothing just below the age',
      size: COMFORTABLE_SIZE + 1,
      now: ABANDON_AFTER - 0.001,
      expected: all,
    },
    { name: 'above it, the oldest at the age', size: COMFORTABLE_SIZE + 1, now: ABANDON_AFTER, expected: withoutA },
    {
      name: 'above it, the oldest above the age',
      size: COMFORTABLE_SIZE + 1,
      now: ABANDON_AFTER + 0.001,
      expected: withoutA,
    },
    { name: 'at the limit, nothing that is young', size: DOCUMENT_LIMIT, now: 120, expected: all },
    { name: 'above the limit, the oldest however young', size: DOCUMENT_LIMIT + 1, now: 120, expected: withoutA },
    { name: 'far above the limit, as many as it takes', size: 50_000, now: 120, expected: onlyC },
    {
      name: 'far above the limit, as many as are old until it is comfortable',
      size: 40_000,
      now: 100 * ABANDON_AFTER,
      expected: onlyC,
    },
    { name: 'far above the limit, never the current one', size: 120_000, now: 100 * ABANDON_AFTER, expected: onlyC },
  ])('$name', ({ size, now, expected }) => {
    expect(keys(forgotten(ofSize(size, three), at(now)))).toEqual(expected);
  });

  it.for([
    { name: 'a comfortable size, of old ones', size: COMFORTABLE_SIZE, now: 100 * ABANDON_AFTER },
    { name: 'the limit, of young ones', size: DOCUMENT_LIMIT, now: 120 },
  ])('stops at exactly $name', ({ size, now }) => {
    const kept = ofSize(size, tagState(three.facts.slice(1)));
    const large = arrival({ digest: digestA, seconds: 0, mediaType: longMediaType(digestA, 1000) });
    expect(forgotten(tagState([large, ...kept.facts]), at(now)).facts).toEqual(kept.facts);
  });

  it('is told by age since it was heard of last, not since its birth', () => {
    const facts = [arrival({ digest: digestA, seconds: 0 }), arrival({ digest: digestA, region: eastus, seconds: 90 })];
    const state = ofSize(COMFORTABLE_SIZE + 1, tagState([...facts, arrival({ digest: digestB, seconds: 60 })]));
    expect(keys(forgotten(state, at(ABANDON_AFTER + 89.999)))).toHaveLength(2);
    expect(keys(forgotten(state, at(ABANDON_AFTER + 90)))).toHaveLength(1);
  });

  it('is never a younger one before an older one, also when only the younger one is old', () => {
    const facts = [...three.facts, arrival({ digest: digestA, region: eastus, seconds: 200 })];
    const state = ofSize(COMFORTABLE_SIZE + 1, tagState(facts));
    expect(keys(forgotten(state, at(ABANDON_AFTER + 150)))).toEqual(all);
  });

  it('leaves the same state when nothing goes', () => {
    expect(forgotten(three, at(0))).toBe(three);
    const young = ofSize(DOCUMENT_LIMIT, three);
    expect(forgotten(young, at(120))).toBe(young);
  });

  it('goes with all its facts and with what was said of it; the rest stays as it is', () => {
    const facts = [
      ...three.facts,
      arrival({ digest: digestA, seconds: 1 }),
      arrival({ digest: digestA, region: eastus, seconds: 130 }),
      deletion({ digest: digestA, region: eastus, seconds: 140 }),
      arrival({ digest: digestB, region: eastus, seconds: 150 }),
    ];
    const said = Object.fromEntries(all.map((key) => [key, { bornAt: eventAt(0), superseded: true as const }]));
    const state = ofSize(DOCUMENT_LIMIT + 1, tagState(facts, { said }));
    const left = forgotten(state, at(150));
    expect(left.facts).toEqual(state.facts.filter(({ digest }) => digest !== digestA));
    expect(left.said).toEqual(Object.fromEntries(withoutA.map((key) => [key, said[key]])));
    expect(left).toEqual({ ...state, facts: left.facts, said: left.said, horizon: eventAt(0) });
  });
});

describe('the horizon', () => {
  it.for([
    { name: 'is the birth of the youngest forgotten replication', before: undefined, expected: 60 },
    { name: 'moves forward', before: 30, expected: 60 },
    { name: 'never moves back', before: 90, expected: 90 },
  ])('$name', ({ before, expected }) => {
    const horizon = before === undefined ? {} : { horizon: eventAt(before) };
    const facts = [digestA, digestB, digestC].map((digest, index) => arrival({ digest, seconds: index * 60 }));
    const state = { ...ofSize(50_000, tagState(facts)), ...horizon };
    expect(forgotten(state, at(120)).horizon).toBe(eventAt(expected));
  });
});

describe('ordinals', () => {
  const facts = [
    arrival({ digest: digestA, seconds: 0 }),
    arrival({ digest: digestB, seconds: 60 }),
    arrival({ digest: digestA, seconds: 120 }),
  ];

  it('go on while the digest has facts', () => {
    const left = forgotten(
      ofSize(DOCUMENT_LIMIT + 1, tagState([...facts, arrival({ digest: digestC, seconds: 180 })])),
      at(180),
    );
    expect(left.forgotten).toEqual({ [digestA]: 1 });
    expect(keys(left)).toEqual([`${digestB}#1`, `${digestA}#2`, `${digestC}#1`]);
  });

  it('count on with each replication that is forgotten', () => {
    const later = [arrival({ digest: digestB, seconds: 180 }), arrival({ digest: digestA, seconds: 240 })];
    const left = forgotten(ofSize(80_000, tagState([...facts, ...later])), at(240));
    expect(left.forgotten).toEqual({ [digestA]: 2 });
    expect(keys(left)).toEqual([`${digestA}#3`]);
  });

  it('start anew when no fact of the digest is left', () => {
    const state = ofSize(80_000, tagState([...facts, arrival({ digest: digestC, seconds: 180 })]));
    const left = forgotten(state, at(180));
    expect(left.forgotten).toEqual({});
    const again = record(left, arrival({ digest: digestA, seconds: 240 })).state;
    expect(keys(again)).toEqual([`${digestC}#1`, `${digestA}#1`]);
  });
});

describe('a current replication that is too large alone', () => {
  /** So many arrivals from this region, a second apart. */
  const repeats = (region: Region, count: number, from: number) =>
    Array.from({ length: count }, (_, index) => arrival({ region, seconds: from + index }));
  const manyRegions = Array.from({ length: 600 }, (_, index) => `unexpected${index}` as Region);

  it.for([
    {
      name: 'deletions without effect go first',
      needless: Array.from({ length: 100 }, (_, index) => deletion({ digest: digestB, seconds: 10 + index })),
      kept: repeats(westus, 710, 1000),
    },
    {
      name: 'older repeats go before the last one of their region',
      needless: repeats(westus, 900, 10),
      kept: [arrival({ region: westus, seconds: 3000 }), arrival({ region: eastus, seconds: 2 })],
    },
    {
      name: 'repeated deletions go, the one that closed it stays',
      needless: Array.from({ length: 1000 }, (_, index) => deletion({ seconds: 11 + index })),
      kept: [deletion({ seconds: 10 })],
    },
  ])('$name', ({ needless, kept }) => {
    const birth = arrival({ seconds: 0, mediaType: 'm' });
    const state = tagState([birth, ...kept, ...needless]);
    expect(documentSize(state)).toBeGreaterThan(DOCUMENT_LIMIT);
    const left = forgotten(state, at(4000));
    expect(documentSize(left)).toBeLessThanOrEqual(DOCUMENT_LIMIT);
    expect([birth, ...kept].filter((fact) => !left.facts.includes(fact))).toEqual([]);
  });

  it('arrivals that nobody waits for go last, the latest first; the birth and the expected ones stay', () => {
    const regions = optedIn(eastus, westeurope);
    const birth = arrival({ region: westus, seconds: 0 });
    const unexpected = manyRegions.map((region, index) => arrival({ region, seconds: 1 + index }));
    const expected = [arrival({ region: eastus, seconds: 700 }), arrival({ region: westeurope, seconds: 701 })];
    const again = unexpected.map((fact, index) => ({ ...fact, eventAt: eventAt(1000 + index) }));
    const state = tagState([birth, ...unexpected, ...expected, ...again]);
    const left = forgotten(state, at(4000), regions);
    expect(documentSize(left)).toBeLessThanOrEqual(DOCUMENT_LIMIT);
    expect(left.facts.filter((fact) => again.includes(fact as (typeof again)[number]))).toEqual([]);
    expect(left.facts).toEqual([birth, ...unexpected.slice(0, left.facts.length - 3), ...expected]);
    expect(documentSize(left)).toBeGreaterThan(DOCUMENT_LIMIT - 9 * (43 + 16));
  });

  it('deletions alone all go: without a replication they have no effect', () => {
    const state = tagState(Array.from({ length: 900 }, (_, index) => deletion({ seconds: index })));
    expect(documentSize(state)).toBeGreaterThan(DOCUMENT_LIMIT);
    expect(advance(state, both, policy, at(4000))).toEqual({ state: { ...state, facts: [] } });
  });

  it('its birth and its expected arrivals stay even above the limit', () => {
    const birth = arrival({ region: westus, seconds: 0, mediaType: 'm'.repeat(DOCUMENT_LIMIT) });
    const state = tagState([birth, arrival({ region: eastus, seconds: 5 })]);
    expect(forgotten(state, at(9), optedIn(eastus))).toBe(state);
  });

  it('loses no more than it takes', () => {
    const state = tagState([arrival({ seconds: 0 }), ...repeats(westus, 1000, 1)]);
    const left = forgotten(state, at(2000));
    expect(documentSize(left)).toBeGreaterThan(DOCUMENT_LIMIT - 8 * 43);
    expect(forgotten(left, at(2000))).toBe(left);
  });

  it('keeps no ordinals of digests whose last facts went', () => {
    const strangers = Array.from({ length: 20 }, (_, index) => deletion({ digest: digestB, seconds: 10 + index }));
    const state = tagState([arrival({ seconds: 0 }), ...strangers, ...repeats(westus, 830, 200)], {
      forgotten: { [digestB]: 3 },
    });
    expect(forgotten(state, at(4000)).forgotten).toEqual({});
  });
});

describe('documentSize', () => {
  const one = tagState([arrival({ seconds: 0 })]);

  it.for([
    { name: 'a fact', facts: [arrival({ seconds: 1 })], atLeast: 39 },
    { name: 'a digest', facts: [arrival({ digest: digestB, seconds: 1 })], atLeast: 39 + 71 },
    {
      name: 'a sha512 digest',
      facts: [arrival({ digest: numberedDigest(1, 'sha512'), seconds: 1 })],
      atLeast: 39 + 135,
    },
    { name: 'a deletion and its digest', facts: [deletion({ digest: digestB, seconds: 1 })], atLeast: 39 + 71 },
    { name: 'a region', facts: [arrival({ region: 'r'.repeat(40) as Region, seconds: 1 })], atLeast: 39 + 40 },
    { name: 'a media type', facts: [arrival({ seconds: 1, mediaType: 'm'.repeat(500) })], atLeast: 39 + 500 },
    {
      name: 'each media type of a digest',
      facts: [
        arrival({ seconds: 1, mediaType: 'm'.repeat(500) }),
        arrival({ region: eastus, seconds: 2, mediaType: 'n'.repeat(500) }),
      ],
      atLeast: 2 * (39 + 500),
    },
  ])('counts $name', ({ facts, atLeast }) => {
    const more = documentSize(tagState([...one.facts, ...facts])) - documentSize(one);
    expect(more).toBeGreaterThanOrEqual(atLeast);
    expect(more).toBeLessThan(atLeast + 40);
  });

  it.for([
    { name: 'what was said', said: { completed: at(0) }, atLeast: 57 },
    {
      name: 'regions that lag',
      said: { lagging: [eastus, westeurope] },
      atLeast: 39 + eastus.length + westeurope.length,
    },
    { name: 'regions that recovered', said: { lagging: [westus], recovered: [westus] }, atLeast: 39 + 2 * 4 },
  ])('counts $name', ({ said, atLeast }) => {
    const more =
      documentSize({ ...one, said: { [`${digestA}#1`]: { bornAt: eventAt(0), ...said } as Said } }) - documentSize(one);
    expect(more).toBeGreaterThanOrEqual(atLeast);
    expect(more).toBeLessThan(atLeast + 40);
  });
});

describe('the outbox', () => {
  /** An entry that is estimated at this many characters. */
  const entry = (sequence: number, size: number, overrides: Partial<Announcement> = {}) =>
    announcementOf({
      id: `web-${sequence}`,
      sequence,
      arrivals: [],
      missing: [],
      mediaType: 'm'.repeat(size - 800),
      ...overrides,
    });
  const lagging = { type: 'replication.lagging' as const, region: eastus };

  it.for([
    { name: 'just below its limit', lastSize: 39_999, expected: [1, 2, 3, 4, 5, 6] },
    { name: 'at its limit', lastSize: 40_000, expected: [1, 2, 3, 4, 5, 6] },
    { name: 'above its limit, without the oldest that says least', lastSize: 40_001, expected: [1, 3, 4, 5, 6] },
    { name: 'down to exactly its limit', lastSize: 80_000, expected: [1, 3, 4, 5, 6] },
    { name: 'far above its limit, with completions to the last', lastSize: 121_000, expected: [1, 4, 6] },
    { name: 'with the latest completions when even these are too many', lastSize: 161_001, expected: [4, 6] },
  ])('is kept $name', ({ lastSize, expected }) => {
    expect(OUTBOX_LIMIT).toBe(240_000);
    const outbox = [1, 2, 3, 4, 5].map((sequence) =>
      entry(sequence, 40_000, sequence === 1 || sequence === 4 ? {} : lagging),
    );
    const state = tagState([arrival()], { outbox: [...outbox, entry(6, lastSize)], sequence: 6 });
    const left = forgotten(state, at(0));
    expect(left.outbox.map(({ sequence }) => sequence)).toEqual(expected);
    expect(left === state).toBe(expected.length === 6);
  });

  it('counts arrivals and missing regions', () => {
    const regions = Array.from({ length: 100 }, (_, index) => `region${index}` as Region);
    const arrivals = regions.map((region) => ({ region, arrivedAt: at(0), lagMs: 0, source: 'announced' as const }));
    const large = Array.from({ length: 60 }, (_, index) => entry(index + 1, 800, { arrivals, missing: regions }));
    const left = forgotten(tagState([arrival()], { outbox: large, sequence: 60 }), at(0));
    expect(JSON.stringify(left.outbox).length).toBeLessThanOrEqual(OUTBOX_LIMIT);
    expect(JSON.stringify(left.outbox).length).toBeGreaterThan(OUTBOX_LIMIT / 2);
  });
});

/** `digest#ordinal region@time … closed@time current`: what a document may never lose of a replication. */
function essence({ digest, ordinal, arrivals, closedBy, isCurrent }: Replication, firstOrdinal = 0): string {
  const reports = [...arrivals.values()].map(({ region, eventAt }) => `${region}@${eventAt}`);
  const ends = [...(closedBy === undefined ? [] : [`closed@${closedBy.eventAt}`]), ...(isCurrent ? ['current'] : [])];
  return [`${digest}#${ordinal - firstOrdinal}`, ...reports, ...ends].join(' ');
}

describe('forgetting changes no answer', () => {
  it('the replications that are kept are folded as before, of whatever facts', () => {
    // Media types of this length let at most four digests stay.
    const large = (fact: Fact): Fact =>
      fact.type === 'arrival' ? { ...fact, mediaType: longMediaType(fact.digest, 7000) } : fact;
    fc.assert(
      fc.property(histories, fc.nat(2 * ABANDON_AFTER), (steps, seconds) => {
        const life = new Life();
        for (const step of steps) {
          life.take(step);
        }
        const before = { ...life.state, facts: life.state.facts.map(large) };
        const left = forgotten(before, at(seconds), life.regions);
        const kept = fold(left);
        expect(kept).toEqual(kept.length === 0 ? [] : fold(before).slice(-kept.length));
        expect(kept.length > 0).toBe(fold(before).length > 0);
        expect(documentSize(left)).toBeLessThanOrEqual(DOCUMENT_LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  /** A push: its regions, how late they are, and what else happens to it, in minutes. One is made every minute. */
  const push = fc.record({
    isOftenPushed: fc.boolean(),
    regions: fc.shuffledSubarray([westus, eastus, westeurope], { minLength: 3 }),
    replicationMinutes: fc.tuple(fc.constant(0), fc.nat(3), fc.nat(3)),
    deliveryMinutes: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
    repeatedAfterMinutes: fc.option(fc.nat(3), { freq: 4 }),
    deletedAfterMinutes: fc.option(fc.integer({ min: 4, max: 6 }), { freq: 9 }),
  });
  type Push = typeof push extends fc.Arbitrary<infer P> ? P : never;

  /** The notifications of a push and when they are delivered. A digest comes back after 12 minutes at the earliest. */
  function notifications(
    { isOftenPushed, regions, replicationMinutes, deliveryMinutes, repeatedAfterMinutes, deletedAfterMinutes }: Push,
    minute: number,
  ): readonly Fact[] {
    const digest = numberedDigest(isOftenPushed ? minute % 12 : 100 + (minute % 24));
    const mediaType = longMediaType(digest, 1800);
    return regions.flatMap((region, index) => {
      const seconds = (minute + (replicationMinutes[index] ?? 0)) * 60 + index;
      const receivedAt = at(seconds + (deliveryMinutes[index] ?? 0) * 60);
      const first = arrival({ digest, region, seconds, receivedAt, mediaType });
      const again = { ...first, receivedAt: receivedAt + (repeatedAfterMinutes ?? 0) * MINUTE_MS };
      const gone = deletion({ digest, region, seconds: (minute + (deletedAfterMinutes ?? 0)) * 60 + index });
      return [
        first,
        ...(repeatedAfterMinutes === null ? [] : [again]),
        ...(deletedAfterMinutes === null ? [] : [gone]),
      ];
    });
  }

  it('a tag that forgot step by step knows the newest replications as if it had forgotten nothing', () => {
    let forgottenInAll = 0;
    fc.assert(
      fc.property(fc.array(push, { minLength: 40, maxLength: 60, size: 'max' }), (all) => {
        const deliveries = all.flatMap(notifications).sort((one, other) => heardAt(one) - heardAt(other));
        let state = tagState();
        let unforgetting = tagState();
        // Ordinals start anew when the last fact of a digest is gone.
        const firstOrdinals = new Map<Digest, number>();
        for (const fact of deliveries) {
          const { outcome, state: recorded } = record(state, fact);
          unforgetting = outcome === 'recorded' ? record(unforgetting, fact).state : unforgetting;
          state = advance(recorded, optedIn(westus, eastus, westeurope), policy, heardAt(fact)).state;
          const keptDigests = new Set(state.facts.map((known) => known.digest));
          for (const { digest } of recorded.facts.filter((known) => !keptDigests.has(known.digest))) {
            firstOrdinals.set(digest, fold(unforgetting).filter((known) => known.digest === digest).length);
          }
        }
        const kept = fold(state).map((replication) => essence(replication));
        const everything = fold(unforgetting).map((replication) =>
          essence(replication, firstOrdinals.get(replication.digest)),
        );
        forgottenInAll += everything.length - kept.length;
        expect(kept).toEqual(everything.slice(-kept.length));
      }),
      { numRuns: 30 },
    );
    expect(forgottenInAll).toBeGreaterThan(500);
  });

  it('three hundred pushes, one after the other: each is completed once, and the newest hundred are known', () => {
    const facts = pushes(300).flatMap((birth, index) =>
      fourRegions.map((region, order) =>
        arrival({ ...birth, region, seconds: index * 60 + order, receivedAt: at(index * 60 + order) }),
      ),
    );
    let state = tagState();
    const completed: Digest[] = [];
    for (const fact of facts) {
      const before = state.sequence;
      state = advance(record(state, fact).state, optedIn(...fourRegions), policy, fact.receivedAt ?? at(0)).state;
      completed.push(...state.outbox.filter(({ sequence }) => sequence > before).map(({ digest }) => digest));
    }
    expect(completed).toEqual(pushes(300).map(({ digest }) => digest));
    const kept = fold(state);
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(kept).toEqual(fold(tagState(facts)).slice(-kept.length));
  });
});

describe('the limits hold', () => {
  it('a hundred replications in four regions fit', () => {
    const facts = pushes(100).flatMap((birth, index) =>
      fourRegions.map((region, order) => ({ ...birth, region, eventAt: eventAt(index * 60 + order) })),
    );
    const { state } = advance(tagState(facts), optedIn(...fourRegions), policy, at(6000));
    expect(fold(state)).toHaveLength(100);
    expect(state.horizon).toBeUndefined();
  });

  const flood = fc.record({
    kind: fc.constantFrom(
      'one digest again and again',
      'new digests',
      'two digests in turns',
      'many regions',
      'deletions of the current digest',
      'deletions of strangers',
    ),
    count: fc.integer({ min: 1, max: 500 }),
    region: fc.constantFrom(...fourRegions),
    algorithm: fc.constantFrom('sha256' as const, 'sha512' as const),
    mediaTypeLength: fc.constantFrom(0, 80, 255, 2000),
    isMediaTypeShared: fc.boolean(),
    /** Between two facts, on the registry's clock: late ones come in the wrong order. */
    stepSeconds: fc.constantFrom(1, -1, 60),
    isOurClockRunning: fc.boolean(),
  });
  type Flood = typeof flood extends fc.Arbitrary<infer F> ? F : never;

  function floodFact(wave: Flood, number: number, seconds: number): Fact {
    const { kind, region, algorithm, mediaTypeLength, isMediaTypeShared } = wave;
    const mediaType = (isMediaTypeShared ? '' : `${number}`).padEnd(mediaTypeLength, 'm');
    const media = mediaTypeLength === 0 ? {} : { mediaType };
    const zero = numberedDigest(0, algorithm);
    switch (kind) {
      case 'one digest again and again':
        return arrival({ region, digest: zero, seconds, ...media });
      case 'new digests':
        return arrival({ region, digest: numberedDigest(1000 + number, algorithm), seconds, ...media });
      case 'two digests in turns':
        return arrival({ region, digest: numberedDigest(number % 2, algorithm), seconds, ...media });
      case 'many regions':
        return arrival({
          region: `some-region-of-forty-characters-no${number}` as Region,
          digest: zero,
          seconds,
          ...media,
        });
      case 'deletions of the current digest':
        return deletion({ region, digest: zero, seconds });
      case 'deletions of strangers':
        return deletion({ region, digest: numberedDigest(9000 + number, algorithm), seconds });
    }
  }

  it('whatever is posted', () => {
    const manyRegions = optedIn(...Array.from({ length: 40 }, (_, index) => `expected${index}` as Region));
    const regions = fc.constantFrom<OptedIn>('unknown', optedIn(), optedIn(...fourRegions), manyRegions);
    fc.assert(
      fc.property(fc.array(flood, { minLength: 1, maxLength: 6, size: 'max' }), regions, (floods, expected) => {
        let state = tagState();
        let [number, seconds, now] = [0, 100_000, at(100_000)];
        for (const wave of floods) {
          for (let index = 0; index < wave.count; index += 1) {
            number += 1;
            seconds += wave.stepSeconds;
            now = wave.isOurClockRunning ? Math.max(now, at(seconds)) : now;
            state = advance(record(state, floodFact(wave, number, seconds)).state, expected, policy, now).state;
            if (documentSize(state) > DOCUMENT_LIMIT) {
              expect.fail(`${documentSize(state)} characters after ${JSON.stringify(wave)}`);
            }
          }
          expect(JSON.stringify(state.outbox).length).toBeLessThanOrEqual(OUTBOX_LIMIT);
          const known = new Set(state.facts.map(({ digest }) => digest as string));
          expect(Object.keys(state.forgotten).filter((digest) => !known.has(digest))).toEqual([]);
          expect(advance(state, expected, policy, now).state).toBe(state);
        }
      }),
      { numRuns: 8 },
    );
  });
});
