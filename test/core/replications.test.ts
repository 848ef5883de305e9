import { describe, expect, it } from 'vitest';
import { compareFacts, type Fact } from '../../src/core/facts.ts';
import type { EventTime } from '../../src/core/instant.ts';
import { type Replication, replicationKey, replications } from '../../src/core/replications.ts';
import {
  arrival,
  at,
  canadacentral,
  deletion,
  digestA,
  digestB,
  digestC,
  eastus,
  eventAt,
  fourRegions,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';

const a = (region: typeof westus, seconds: number) => arrival({ digest: digestA, region, seconds });
const b = (region: typeof westus, seconds: number) => arrival({ digest: digestB, region, seconds });
const c = (region: typeof westus, seconds: number) => arrival({ digest: digestC, region, seconds });
const deleteA = (region: typeof westus, seconds: number) => deletion({ digest: digestA, region, seconds });
const deleteB = (region: typeof westus, seconds: number) => deletion({ digest: digestB, region, seconds });

const LETTERS = new Map([
  [digestA, 'A'],
  [digestB, 'B'],
  [digestC, 'C'],
]);
const secondsOf = (time: EventTime) => (Date.parse(time) - at(0)) / 1000;

/** `A#1 westus@0 eastus@5 closed@9`: digest, ordinal, the arrivals in order of event time, and the deletion that closed it. */
function told({ digest, ordinal, arrivals, closedBy }: Replication): string {
  const regions = [...arrivals.values()].map(({ region, eventAt }) => `${region}@${secondsOf(eventAt)}`);
  const end = closedBy === undefined ? [] : [`closed@${secondsOf(closedBy.eventAt)}`];
  return [`${LETTERS.get(digest)}#${ordinal}`, ...regions, ...end].join(' ');
}

/** Whatever the order in which the facts are listed here: recording puts them into the order of event time. */
const fold = (facts: readonly Fact[], forgotten = {}) => replications(tagState(facts).facts, forgotten);

interface Case {
  readonly name: string;
  readonly facts: readonly Fact[];
  readonly expected: readonly string[];
}

const arriving: readonly Case[] = [
  { name: 'nothing is born of nothing', facts: [], expected: [] },
  { name: 'the first report of a digest is the birth', facts: [a(westus, 0)], expected: ['A#1 westus@0'] },
  {
    name: 'another region arrives in the same replication',
    facts: [a(westus, 0), a(eastus, 5), a(canadacentral, 7), a(westeurope, 9)],
    expected: ['A#1 westus@0 eastus@5 canadacentral@7 westeurope@9'],
  },
  {
    name: 'the same digest pushed again while current changes nothing',
    facts: [a(westus, 0), a(eastus, 5), a(westus, 60), a(eastus, 65)],
    expected: ['A#1 westus@0 eastus@5'],
  },
  {
    name: 'the earliest report of a region is its arrival, also when it is delivered last',
    facts: [a(westus, 0), a(eastus, 9), a(eastus, 5)],
    expected: ['A#1 westus@0 eastus@5'],
  },
  {
    name: 'a report delivered late makes the birth earlier',
    facts: [a(eastus, 5), a(westus, 0)],
    expected: ['A#1 westus@0 eastus@5'],
  },
];

const overwriting: readonly Case[] = [
  {
    name: 'another digest takes the tag',
    facts: [a(westus, 0), a(eastus, 5), b(westus, 60), b(eastus, 65)],
    expected: ['A#1 westus@0 eastus@5', 'B#1 westus@60 eastus@65'],
  },
  {
    name: 'the last birth counts, not the last report',
    facts: [a(westus, 0), b(westus, 60), a(eastus, 70)],
    expected: ['A#1 westus@0 eastus@70', 'B#1 westus@60'],
  },
  {
    name: 'an overwritten digest that reaches its last region late is not moved back',
    facts: [a(westus, 0), b(westus, 60), b(eastus, 61), a(eastus, 70), a(canadacentral, 80), a(westeurope, 90)],
    expected: ['A#1 westus@0 eastus@70 canadacentral@80 westeurope@90', 'B#1 westus@60 eastus@61'],
  },
  {
    name: 'a digest that is reported again where it was is moved back',
    facts: [a(westus, 0), b(westus, 60), a(westus, 120)],
    expected: ['A#1 westus@0', 'B#1 westus@60', 'A#2 westus@120'],
  },
  {
    name: 'after a move back all regions arrive anew',
    facts: [a(westus, 0), a(eastus, 5), b(westus, 60), b(eastus, 65), a(westus, 120), a(eastus, 125)],
    expected: ['A#1 westus@0 eastus@5', 'B#1 westus@60 eastus@65', 'A#2 westus@120 eastus@125'],
  },
  {
    name: 'a region that never had the first push arrives in the newest one',
    facts: [a(westus, 0), b(westus, 60), a(westus, 120), a(eastus, 125)],
    expected: ['A#1 westus@0', 'B#1 westus@60', 'A#2 westus@120 eastus@125'],
  },
  {
    name: 'a move back from a third region is seen when the birth region reports again',
    facts: [a(westus, 0), b(westus, 60), a(eastus, 120), a(westus, 121)],
    expected: ['A#1 westus@0 eastus@120', 'B#1 westus@60', 'A#2 westus@121'],
  },
  {
    name: 'two digests may take turns for ever',
    facts: [a(westus, 0), b(westus, 1), a(westus, 2), b(westus, 3), a(westus, 4)],
    expected: ['A#1 westus@0', 'B#1 westus@1', 'A#2 westus@2', 'B#2 westus@3', 'A#3 westus@4'],
  },
  {
    name: 'a repeat while current is none after a third digest came in between',
    facts: [a(westus, 0), a(westus, 1), b(westus, 2), c(westus, 3), b(westus, 4), a(westus, 5)],
    expected: ['A#1 westus@0', 'B#1 westus@2', 'C#1 westus@3', 'B#2 westus@4', 'A#2 westus@5'],
  },
  {
    name: 'a fact delivered late can show that the tag went elsewhere in between',
    facts: [a(westus, 0), a(westus, 120), b(westus, 60)],
    expected: ['A#1 westus@0', 'B#1 westus@60', 'A#2 westus@120'],
  },
  {
    name: 'a fact delivered late can show that the superseded one came after all last',
    facts: [a(westus, 10), b(westus, 20), b(eastus, 5)],
    expected: ['B#1 eastus@5 westus@20', 'A#1 westus@10'],
  },
  {
    name: 'of two digests at one moment the region decides which came last',
    facts: [a(westus, 0), b(eastus, 0)],
    expected: ['B#1 eastus@0', 'A#1 westus@0'],
  },
  {
    name: 'of two digests at one moment in one region the digest decides',
    facts: [b(westus, 0), a(westus, 0)],
    expected: ['A#1 westus@0', 'B#1 westus@0'],
  },
];

const deleting: readonly Case[] = [
  {
    name: 'a deletion closes the replication',
    facts: [a(westus, 0), deleteA(westus, 60)],
    expected: ['A#1 westus@0 closed@60'],
  },
  {
    name: 'the first deletion closes, a repeated one changes nothing',
    facts: [a(westus, 0), a(eastus, 1), deleteA(westus, 60), deleteA(westus, 61), deleteA(eastus, 62)],
    expected: ['A#1 westus@0 eastus@1 closed@60'],
  },
  {
    name: 'a deletion of another digest changes nothing',
    facts: [a(westus, 0), deleteB(westus, 60)],
    expected: ['A#1 westus@0'],
  },
  {
    name: 'a deletion from a region that has not reported the digest changes nothing',
    facts: [a(westus, 0), deleteA(eastus, 60)],
    expected: ['A#1 westus@0'],
  },
  {
    name: 'a deletion before the push changes nothing',
    facts: [deleteA(westus, 0), a(westus, 60)],
    expected: ['A#1 westus@60'],
  },
  {
    name: 'of an arrival and a deletion at one moment the deletion comes last',
    facts: [deleteA(westus, 0), a(westus, 0)],
    expected: ['A#1 westus@0 closed@0'],
  },
  {
    name: 'a deletion that is delivered before the push that it follows closes it',
    facts: [deleteA(westus, 60), a(westus, 0)],
    expected: ['A#1 westus@0 closed@60'],
  },
  {
    name: 'a deletion closes an overwritten replication too',
    facts: [a(westus, 0), b(westus, 60), deleteA(westus, 120)],
    expected: ['A#1 westus@0 closed@120', 'B#1 westus@60'],
  },
  {
    name: 'a push after a deletion counts as new, in the same region',
    facts: [a(westus, 0), deleteA(westus, 60), a(westus, 120)],
    expected: ['A#1 westus@0 closed@60', 'A#2 westus@120'],
  },
  {
    name: 'a push after a deletion counts as new, in another region',
    facts: [a(westus, 0), deleteA(westus, 60), a(eastus, 120), a(westus, 121)],
    expected: ['A#1 westus@0 closed@60', 'A#2 eastus@120 westus@121'],
  },
  {
    name: "a second region's old deletion does not close a push that came in between",
    facts: [a(westus, 0), a(eastus, 5), deleteA(westus, 60), a(westus, 70), deleteA(eastus, 80), a(eastus, 90)],
    expected: ['A#1 westus@0 eastus@5 closed@60', 'A#2 westus@70 eastus@90'],
  },
  {
    name: 'a deletion closes the newest replication that its region has reported',
    facts: [a(westus, 0), deleteA(westus, 60), a(westus, 70), deleteA(westus, 80)],
    expected: ['A#1 westus@0 closed@60', 'A#2 westus@70 closed@80'],
  },
  {
    name: 'a deletion after a move back closes the replication that its region has reported, not the newer one',
    facts: [a(westus, 0), a(eastus, 5), b(westus, 60), a(westus, 120), deleteA(eastus, 130)],
    expected: ['A#1 westus@0 eastus@5 closed@130', 'B#1 westus@60', 'A#2 westus@120'],
  },
];

describe('replications', () => {
  it.for([...arriving, ...overwriting, ...deleting])('$name', ({ facts, expected }) => {
    expect(fold(facts).map(told)).toEqual(expected);
    expect(fold([...facts].reverse()).map(told)).toEqual(expected);
  });

  it('are current only where born last, deleted or not', () => {
    const facts = [a(westus, 0), b(westus, 60), a(eastus, 70), deleteB(westus, 80)];
    expect(fold(facts).map(({ isCurrent }) => isCurrent)).toEqual([false, true]);
  });

  it('tell birth, origin and identity', () => {
    const [first] = fold([a(eastus, 5), a(westus, 2)]);
    expect(first).toMatchObject({ bornAt: eventAt(2), origin: westus, digest: digestA, ordinal: 1 });
    expect(replicationKey({ digest: digestA, ordinal: 2 })).toBe(`${digestA}#2`);
  });

  it.for([
    {
      name: 'are heard of first and last on our clock, not in order of event time',
      facts: [
        arrival({ region: westus, seconds: 0, receivedAt: at(30) }),
        arrival({ region: eastus, seconds: 1, receivedAt: at(10) }),
        arrival({ region: canadacentral, seconds: 2, receivedAt: at(20) }),
      ],
      expected: { firstHeardAt: at(10), lastHeardAt: at(30) },
    },
    {
      name: 'count a fact without a receive time from its event time',
      facts: [
        arrival({ region: westus, seconds: 3, source: 'reconciled' }),
        arrival({ region: eastus, seconds: 4, receivedAt: at(90) }),
      ],
      expected: { firstHeardAt: at(3), lastHeardAt: at(90) },
    },
    {
      name: 'are heard of by repeats too',
      facts: [
        arrival({ region: westus, seconds: 0, receivedAt: at(30) }),
        arrival({ region: westus, seconds: 1, receivedAt: at(20) }),
        arrival({ region: westus, seconds: 2, receivedAt: at(40) }),
      ],
      expected: { firstHeardAt: at(20), lastHeardAt: at(40) },
    },
    {
      name: 'are heard of last by a deletion, never first',
      facts: [
        arrival({ region: westus, seconds: 0, receivedAt: at(30) }),
        deletion({ region: westus, seconds: 1, receivedAt: at(10) }),
        deletion({ region: westus, seconds: 2, receivedAt: at(50) }),
      ],
      expected: { firstHeardAt: at(30), lastHeardAt: at(50) },
    },
  ])('$name', ({ facts, expected }) => {
    expect(fold(facts)).toHaveLength(1);
    expect(fold(facts)[0]).toMatchObject(expected);
  });

  it('hold every fact that counts, repeats included, and no other', () => {
    const counted = [a(westus, 0), a(westus, 10), a(eastus, 20), deleteA(eastus, 30), deleteA(westus, 40)];
    const others = [deleteA(canadacentral, 35), b(westus, 50), deleteB(eastus, 60)];
    expect(fold([...counted, ...others])[0]?.facts).toEqual(counted);
  });

  it.for([
    { name: 'goes on after the forgotten ones', forgotten: { [digestA]: 2 }, expected: ['A#3', 'B#1', 'A#4'] },
    { name: 'starts at 1 when none was forgotten', forgotten: {}, expected: ['A#1', 'B#1', 'A#2'] },
  ])('the ordinal $name', ({ forgotten, expected }) => {
    const folded = fold([a(westus, 0), b(westus, 60), a(westus, 120)], forgotten);
    expect(folded.map(({ digest, ordinal }) => `${LETTERS.get(digest)}#${ordinal}`)).toEqual(expected);
  });

  it('take an arrival of any of many regions', () => {
    const facts = fourRegions.map((region, seconds) => a(region, seconds));
    expect([...(fold(facts)[0]?.arrivals.keys() ?? [])]).toEqual(fourRegions);
  });
});

describe('compareFacts', () => {
  const base = arrival({ region: eastus, digest: digestA, seconds: 1 });

  it.for([
    { name: 'event time decides first', before: arrival({ region: westus, digest: digestB, seconds: 0 }) },
    {
      name: 'a nanosecond is enough',
      before: arrival({ region: westus, eventAt: '2026-08-21T12:00:00.999999999Z' as EventTime }),
    },
    { name: 'then the region', before: arrival({ region: canadacentral, digest: digestB, seconds: 1 }) },
    { name: 'then the digest', before: arrival({ region: eastus, digest: digestA, seconds: 1 }), after: digestB },
  ])('$name', ({ before, after }) => {
    const later = after === undefined ? base : { ...base, digest: after };
    expect(compareFacts(before, later)).toBeLessThan(0);
    expect(compareFacts(later, before)).toBeGreaterThan(0);
  });

  it('an arrival comes before a deletion', () => {
    const gone = deletion({ region: eastus, digest: digestA, seconds: 1 });
    expect(compareFacts(base, gone)).toBeLessThan(0);
    expect(compareFacts(gone, base)).toBeGreaterThan(0);
  });

  it('two deliveries of one fact are the same, however we heard of it', () => {
    expect(compareFacts(base, { ...base, source: 'reconciled', receivedAt: at(99), mediaType: 'x' })).toBe(0);
  });
});
