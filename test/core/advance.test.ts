import { describe, expect, it } from 'vitest';
import { advance } from '../../src/core/advance.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import type { OptedIn } from '../../src/core/expected.ts';
import type { Fact } from '../../src/core/facts.ts';
import type { Region } from '../../src/core/names.ts';
import { replications } from '../../src/core/replications.ts';
import { record, type TagState } from '../../src/core/tag-state.ts';
import {
  announcementOf,
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
  MANIFEST_MEDIA_TYPE,
  optedIn,
  policy,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';

/** The builders' policy in seconds. */
const LAG_AFTER = 600;
const ABANDON_AFTER = 86_400;

const a = (region: Region, seconds: number) => arrival({ digest: digestA, region, seconds });
const b = (region: Region, seconds: number) => arrival({ digest: digestB, region, seconds });
const c = (region: Region, seconds: number) => arrival({ digest: digestC, region, seconds });
const deleteA = (region: Region, seconds: number) => deletion({ digest: digestA, region, seconds });

const both = optedIn(westus, eastus);

/** At this second, these facts reach us and the tag is advanced. */
interface Moment {
  readonly at: number;
  readonly facts?: readonly Fact[];
  /** What is opted in from here on; west and east US to begin with. */
  readonly regions?: OptedIn;
}

interface Story {
  readonly name: string;
  readonly moments: readonly Moment[];
  /** What is announced, each with its second: `@600 lagging A#1 eastus`. */
  readonly expected: readonly string[];
}

const LETTERS = new Map([
  [digestA, 'A'],
  [digestB, 'B'],
  [digestC, 'C'],
]);

function told({ decidedAt, type, digest, ordinal, region, reason, supersededBy }: Announcement): string {
  const detail = region ?? reason ?? (supersededBy === undefined ? undefined : `by ${LETTERS.get(supersededBy)}`);
  const words = [
    `@${(decidedAt - at(0)) / 1000}`,
    type.replace('replication.', ''),
    `${LETTERS.get(digest)}#${ordinal}`,
  ];
  return [...words, ...(detail === undefined ? [] : [detail])].join(' ');
}

function live(moments: readonly Moment[]): { state: TagState; lookAgain: (number | undefined)[] } {
  let state = tagState();
  let regions: OptedIn = both;
  const lookAgain: (number | undefined)[] = [];
  for (const moment of moments) {
    regions = moment.regions ?? regions;
    for (const fact of moment.facts ?? []) {
      ({ state } = record(state, fact));
    }
    const next = advance(state, regions, policy, at(moment.at));
    state = next.state;
    lookAgain.push(next.lookAgainAt === undefined ? undefined : (next.lookAgainAt - at(0)) / 1000);
  }
  return { state, lookAgain };
}

const completed: readonly Story[] = [
  { name: 'nothing is said of a tag without facts', moments: [{ at: 0 }], expected: [] },
  { name: 'nothing is said while a region is missing', moments: [{ at: 0, facts: [a(westus, 0)] }], expected: [] },
  {
    name: 'completed with the last expected region',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 5, facts: [a(eastus, 5)] },
    ],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'completed at once when all regions come together',
    moments: [{ at: 5, facts: [a(eastus, 5), a(westus, 0)] }],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'an arrival from a region that is not expected counts for nothing',
    moments: [{ at: 5, facts: [a(westus, 0), a(canadacentral, 3), a(westeurope, 5)] }],
    expected: [],
  },
  {
    name: 'a region that is not expected is not waited for',
    moments: [{ at: 5, facts: [a(canadacentral, 0), a(westus, 1), a(eastus, 5)] }],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'completed only once, whatever comes after',
    moments: [
      { at: 5, facts: [a(westus, 0), a(eastus, 5)] },
      { at: 6, facts: [a(westus, 6), a(eastus, 6), a(canadacentral, 6)] },
      { at: LAG_AFTER },
      { at: ABANDON_AFTER },
    ],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'a reconciled arrival completes like any other',
    moments: [{ at: 5, facts: [a(westus, 0), arrival({ region: eastus, seconds: 5, source: 'reconciled' })] }],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'each push of a tag that goes to and fro is completed',
    moments: [
      { at: 5, facts: [a(westus, 0), a(eastus, 5)] },
      { at: 65, facts: [b(westus, 60), b(eastus, 65)] },
      { at: 125, facts: [a(westus, 120), a(eastus, 125)] },
    ],
    expected: ['@5 completed A#1', '@65 completed B#1', '@125 completed A#2'],
  },
];

const regions: readonly Story[] = [
  {
    name: 'a region that is removed is no longer waited for',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 60, regions: optedIn(westus) },
    ],
    expected: ['@60 completed A#1'],
  },
  {
    name: 'a region that is added later does not hold back an old push',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 60, regions: new Map([...both, [westeurope, at(30)]]), facts: [a(eastus, 60)] },
    ],
    expected: ['@60 completed A#1'],
  },
  {
    name: 'a region that was added is expected of the next push',
    moments: [
      { at: 60, regions: new Map([...both, [westeurope, at(30)]]), facts: [a(westus, 60), a(eastus, 60)] },
      { at: 90, facts: [a(westeurope, 90)] },
    ],
    expected: ['@90 completed A#1'],
  },
  {
    name: 'what is expected depends on when we first heard of it, not on when it was pushed',
    moments: [
      {
        at: 60,
        regions: new Map([...both, [westeurope, at(30)]]),
        facts: [
          arrival({ region: westus, seconds: 0, receivedAt: at(60) }),
          arrival({ region: eastus, seconds: 0, receivedAt: at(60) }),
        ],
      },
    ],
    expected: [],
  },
  {
    name: 'never completed before the regions are known',
    moments: [
      { at: 0, regions: 'unknown', facts: fourRegions.map((region) => a(region, 0)) },
      { at: LAG_AFTER },
      { at: LAG_AFTER + 60, regions: both },
    ],
    expected: ['@660 completed A#1'],
  },
  {
    name: 'never completed when no region is left',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 60, regions: optedIn() },
    ],
    expected: [],
  },
  {
    name: 'a region that goes and comes back is a new one',
    moments: [
      { at: 0, facts: [a(westus, 0)], regions: optedIn(westus, eastus, westeurope) },
      { at: 60, regions: optedIn(westus, eastus) },
      { at: 120, regions: new Map([...both, [westeurope, at(120)]]), facts: [a(eastus, 120)] },
    ],
    expected: ['@120 completed A#1'],
  },
];

const superseded: readonly Story[] = [
  {
    name: 'superseded by a newer push before it was replicated',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 60, facts: [b(westus, 60)] },
    ],
    expected: ['@60 superseded A#1 by B'],
  },
  {
    name: 'a completed one is not superseded',
    moments: [
      { at: 5, facts: [a(westus, 0), a(eastus, 5)] },
      { at: 60, facts: [b(westus, 60)] },
    ],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'superseded only once, and never completed by regions that report it late',
    moments: [
      { at: 60, facts: [a(westus, 0), b(westus, 60)] },
      { at: 70, facts: [a(eastus, 70)] },
      { at: 80, facts: [c(westus, 80)] },
    ],
    expected: ['@60 superseded A#1 by B', '@80 superseded B#1 by C'],
  },
  {
    name: 'an overwritten digest that arrives late looks like no move back',
    moments: [
      { at: 61, facts: [a(westus, 0), b(westus, 60), b(eastus, 61)] },
      { at: 70, facts: [a(eastus, 70)] },
    ],
    expected: ['@61 superseded A#1 by B', '@61 completed B#1'],
  },
  {
    name: 'what was pushed and overwritten before we heard of it is superseded in order of birth, by what is current',
    moments: [{ at: 90, facts: [c(westus, 80), b(westus, 60), a(westus, 0), a(westus, 70)] }],
    expected: ['@90 superseded A#1 by C', '@90 superseded B#1 by C', '@90 superseded A#2 by C'],
  },
  {
    name: 'superseded and moved back are two replications',
    moments: [
      { at: 60, facts: [a(westus, 0), b(westus, 60), b(eastus, 61)] },
      { at: 125, facts: [a(westus, 120), a(eastus, 125)] },
    ],
    expected: ['@60 superseded A#1 by B', '@60 completed B#1', '@125 completed A#2'],
  },
  {
    name: 'a superseded one does not lag, recover or expire',
    moments: [
      { at: 60, facts: [a(westus, 0), b(westus, 60), b(eastus, 60)] },
      { at: LAG_AFTER },
      { at: ABANDON_AFTER },
    ],
    expected: ['@60 superseded A#1 by B', '@60 completed B#1'],
  },
  {
    name: 'a late fact that makes it current again: it is watched again and completed',
    moments: [
      { at: 60, facts: [a(westus, 10), b(westus, 20)] },
      { at: 70, facts: [b(eastus, 5)] },
      { at: 80, facts: [a(eastus, 80)] },
    ],
    expected: ['@60 superseded A#1 by B', '@70 superseded B#1 by A', '@80 completed A#1'],
  },
  {
    name: 'what was said of a move back that never was does not silence the next one',
    moments: [
      { at: 31, facts: [a(westus, 10), a(eastus, 11), b(westus, 20), a(westus, 30), a(eastus, 31)] },
      { at: 40, facts: [b(eastus, 5)] },
      { at: 51, facts: [b(westus, 50), b(eastus, 51)] },
      { at: 61, facts: [a(westus, 60), a(eastus, 61)] },
    ],
    expected: [
      '@31 superseded A#1 by A',
      '@31 superseded B#1 by A',
      '@31 completed A#2',
      '@40 completed A#1',
      '@51 completed B#2',
      '@61 completed A#2',
    ],
  },
  {
    name: 'a late fact that makes it current again: it lags and is abandoned like any other',
    moments: [
      { at: 60, facts: [a(westus, 10), b(westus, 20)] },
      { at: 70, facts: [b(eastus, 5)] },
      { at: LAG_AFTER + 10 },
      { at: ABANDON_AFTER + 10 },
    ],
    expected: [
      '@60 superseded A#1 by B',
      '@70 superseded B#1 by A',
      '@610 lagging A#1 eastus',
      '@86410 abandoned A#1 expired',
    ],
  },
];

const lagging: readonly Story[] = [
  {
    name: 'quiet just below the threshold',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER - 0.001 }],
    expected: [],
  },
  {
    name: 'lagging at the threshold',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }],
    expected: ['@600 lagging A#1 eastus'],
  },
  {
    name: 'lagging above the threshold',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER + 0.001 }],
    expected: ['@600.001 lagging A#1 eastus'],
  },
  {
    name: 'lagging only once',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }, { at: LAG_AFTER + 60 }],
    expected: ['@600 lagging A#1 eastus'],
  },
  {
    name: 'each missing region lags, in the order of their names',
    moments: [{ at: 0, regions: optedIn(...fourRegions), facts: [a(canadacentral, 0)] }, { at: LAG_AFTER }],
    expected: ['@600 lagging A#1 eastus', '@600 lagging A#1 westeurope', '@600 lagging A#1 westus'],
  },
  {
    name: 'a region that is not expected does not lag',
    moments: [{ at: 0, regions: new Map([...both, [westeurope, at(1)]]), facts: [a(westus, 0)] }, { at: LAG_AFTER }],
    expected: ['@600 lagging A#1 eastus'],
  },
  {
    name: 'the threshold counts from our clock, not from the event time',
    moments: [
      { at: 300, facts: [arrival({ region: westus, seconds: 0, receivedAt: at(300) })] },
      { at: LAG_AFTER },
      { at: LAG_AFTER + 299.999 },
      { at: LAG_AFTER + 300 },
    ],
    expected: ['@900 lagging A#1 eastus'],
  },
  {
    name: 'the threshold counts from the first we heard, in whichever region',
    moments: [
      {
        at: 300,
        regions: optedIn(westus, eastus, westeurope),
        facts: [
          arrival({ region: westus, seconds: 0, receivedAt: at(300) }),
          arrival({ region: eastus, seconds: 5, receivedAt: at(100) }),
        ],
      },
      { at: 699.999 },
      { at: 700 },
    ],
    expected: ['@700 lagging A#1 westeurope'],
  },
  {
    name: 'a fact without a receive time counts from its event time',
    moments: [{ at: LAG_AFTER, facts: [arrival({ region: westus, seconds: 0, source: 'reconciled' })] }],
    expected: ['@600 lagging A#1 eastus'],
  },
  {
    name: 'nobody lags while the regions are unknown; the lag is told as soon as they are known',
    moments: [
      { at: 0, regions: 'unknown', facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: LAG_AFTER + 60, regions: both },
    ],
    expected: ['@660 lagging A#1 eastus'],
  },
  {
    name: 'a region that comes just in time does not lag',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: LAG_AFTER, facts: [a(eastus, LAG_AFTER)] },
    ],
    expected: ['@600 completed A#1'],
  },
];

const recovered: readonly Story[] = [
  {
    name: 'recovered when a lagging region arrives, then completed with the last',
    moments: [
      { at: 0, regions: optedIn(westus, eastus, westeurope), facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: 700, facts: [a(eastus, 700)] },
      { at: 800, facts: [a(westeurope, 800)] },
    ],
    expected: [
      '@600 lagging A#1 eastus',
      '@600 lagging A#1 westeurope',
      '@700 recovered A#1 eastus',
      '@800 recovered A#1 westeurope',
      '@800 completed A#1',
    ],
  },
  {
    name: 'recovered only once',
    moments: [
      { at: 0, regions: optedIn(westus, eastus, westeurope), facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: 700, facts: [a(eastus, 700)] },
      { at: 710, facts: [a(eastus, 710)] },
      { at: 720 },
    ],
    expected: ['@600 lagging A#1 eastus', '@600 lagging A#1 westeurope', '@700 recovered A#1 eastus'],
  },
  {
    name: 'a region that was not told to lag does not recover, however late it is',
    moments: [{ at: 700, facts: [a(westus, 0), a(eastus, 700)] }],
    expected: ['@700 completed A#1'],
  },
  {
    name: 'a lagging region that is removed does not recover; its replication is completed',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }, { at: 700, regions: optedIn(westus) }],
    expected: ['@600 lagging A#1 eastus', '@700 completed A#1'],
  },
  {
    name: 'a lagging region that arrives after it was removed has recovered',
    moments: [
      { at: 0, regions: optedIn(westus, eastus, westeurope), facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: 700, regions: both, facts: [a(westeurope, 700)] },
    ],
    expected: ['@600 lagging A#1 eastus', '@600 lagging A#1 westeurope', '@700 recovered A#1 westeurope'],
  },
  {
    name: 'a lagging region of a superseded replication does not recover',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: 700, facts: [b(westus, 700)] },
      { at: 710, facts: [a(eastus, 710)] },
    ],
    expected: ['@600 lagging A#1 eastus', '@700 superseded A#1 by B'],
  },
];

const abandoned: readonly Story[] = [
  {
    name: 'not abandoned just below the age',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }, { at: ABANDON_AFTER - 0.001 }],
    expected: ['@600 lagging A#1 eastus'],
  },
  {
    name: 'abandoned at the age',
    moments: [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }, { at: ABANDON_AFTER }],
    expected: ['@600 lagging A#1 eastus', '@86400 abandoned A#1 expired'],
  },
  {
    name: 'abandoned above the age, and only once',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: ABANDON_AFTER + 0.001 },
      { at: 2 * ABANDON_AFTER },
    ],
    expected: ['@600 lagging A#1 eastus', '@86400.001 abandoned A#1 expired'],
  },
  {
    name: 'who looks late tells the lag first, then abandons',
    moments: [{ at: 2 * ABANDON_AFTER, facts: [a(westus, 0)] }],
    expected: ['@172800 lagging A#1 eastus', '@172800 abandoned A#1 expired'],
  },
  {
    name: 'abandoned though nobody ever knew the regions',
    moments: [{ at: 0, regions: 'unknown', facts: [a(westus, 0)] }, { at: ABANDON_AFTER - 1 }, { at: ABANDON_AFTER }],
    expected: ['@86400 abandoned A#1 expired'],
  },
  {
    name: 'an old one that is replicated when we hear of it is completed, not abandoned',
    moments: [{ at: ABANDON_AFTER, facts: [a(westus, 0), a(eastus, 5)] }],
    expected: ['@86400 completed A#1'],
  },
  {
    name: 'recovered and completed after all when the missing region comes later still',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: ABANDON_AFTER },
      { at: ABANDON_AFTER + 60, facts: [a(eastus, ABANDON_AFTER + 60)] },
    ],
    expected: [
      '@600 lagging A#1 eastus',
      '@86400 abandoned A#1 expired',
      '@86460 recovered A#1 eastus',
      '@86460 completed A#1',
    ],
  },
  {
    name: 'watched no longer: no region lags any more, one that lagged may recover',
    moments: [
      { at: 0, regions: optedIn(westus, eastus, westeurope), facts: [a(westus, 0)] },
      { at: ABANDON_AFTER },
      { at: ABANDON_AFTER + 60, regions: optedIn(...fourRegions) },
      { at: ABANDON_AFTER + 120, facts: [a(eastus, ABANDON_AFTER + 120)] },
    ],
    expected: [
      '@86400 lagging A#1 eastus',
      '@86400 lagging A#1 westeurope',
      '@86400 abandoned A#1 expired',
      '@86520 recovered A#1 eastus',
    ],
  },
  {
    name: 'an expired one that is overwritten is superseded too',
    moments: [
      { at: ABANDON_AFTER, facts: [a(westus, 0)] },
      { at: ABANDON_AFTER + 60, facts: [b(westus, ABANDON_AFTER + 60)] },
    ],
    expected: ['@86400 lagging A#1 eastus', '@86400 abandoned A#1 expired', '@86460 superseded A#1 by B'],
  },
];

const deleted: readonly Story[] = [
  {
    name: 'abandoned when its digest is deleted',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: 60, facts: [deleteA(westus, 60)] },
      { at: LAG_AFTER },
      { at: ABANDON_AFTER },
    ],
    expected: ['@60 abandoned A#1 deleted'],
  },
  {
    name: 'abandoned, not completed, when all regions had it before we heard that it was deleted',
    moments: [{ at: 60, facts: [a(westus, 0), a(eastus, 5), deleteA(westus, 60)] }],
    expected: ['@60 abandoned A#1 deleted'],
  },
  {
    name: 'a completed one that is deleted is not abandoned',
    moments: [
      { at: 5, facts: [a(westus, 0), a(eastus, 5)] },
      { at: 60, facts: [deleteA(westus, 60)] },
    ],
    expected: ['@5 completed A#1'],
  },
  {
    name: 'a superseded one that is deleted is not abandoned',
    moments: [
      { at: 60, facts: [a(westus, 0), b(westus, 60)] },
      { at: 70, facts: [deleteA(westus, 70)] },
    ],
    expected: ['@60 superseded A#1 by B'],
  },
  {
    name: 'an expired one that is deleted is not abandoned again',
    moments: [
      { at: ABANDON_AFTER, facts: [a(westus, 0)] },
      { at: ABANDON_AFTER + 60, facts: [deleteA(westus, ABANDON_AFTER + 60)] },
    ],
    expected: ['@86400 lagging A#1 eastus', '@86400 abandoned A#1 expired'],
  },
  {
    name: 'one that is deleted and overwritten before we heard of it is abandoned, not superseded',
    moments: [{ at: 90, facts: [a(westus, 0), deleteA(westus, 60), b(westus, 80)] }],
    expected: ['@90 abandoned A#1 deleted'],
  },
  {
    name: 'a lagging one that is deleted is abandoned; the region does not recover',
    moments: [
      { at: 0, facts: [a(westus, 0)] },
      { at: LAG_AFTER },
      { at: 700, facts: [deleteA(westus, 700)] },
      { at: 710, facts: [a(eastus, 690)] },
    ],
    expected: ['@600 lagging A#1 eastus', '@700 abandoned A#1 deleted'],
  },
  {
    name: 'a push after a deletion counts as new',
    moments: [
      { at: 60, facts: [a(westus, 0), deleteA(westus, 60)] },
      { at: 125, facts: [a(westus, 120), a(eastus, 125)] },
    ],
    expected: ['@60 abandoned A#1 deleted', '@125 completed A#2'],
  },
  {
    name: "a second region's old deletion does not close a push that came in between",
    moments: [
      { at: 5, facts: [a(westus, 0), a(eastus, 5)] },
      { at: 70, facts: [deleteA(westus, 60), a(westus, 70)] },
      { at: 90, facts: [deleteA(eastus, 80), a(eastus, 90)] },
    ],
    expected: ['@5 completed A#1', '@90 completed A#2'],
  },
  {
    name: 'a deletion from a region that never had it changes nothing',
    moments: [
      { at: 5, facts: [a(westus, 0), deleteA(eastus, 3)] },
      { at: 9, facts: [a(eastus, 9)] },
    ],
    expected: ['@9 completed A#1'],
  },
  {
    name: 'a deletion of what was never pushed says nothing',
    moments: [{ at: 5, facts: [deleteA(westus, 3)] }],
    expected: [],
  },
];

describe('advance', () => {
  describe.for([
    { topic: 'completed', stories: completed },
    { topic: 'regions', stories: regions },
    { topic: 'superseded', stories: superseded },
    { topic: 'lagging', stories: lagging },
    { topic: 'recovered', stories: recovered },
    { topic: 'abandoned', stories: abandoned },
    { topic: 'deleted', stories: deleted },
  ])('$topic', ({ stories }) => {
    it.for(stories)('$name', ({ moments, expected }) => {
      expect(live(moments).state.outbox.map(told)).toEqual(expected);
    });
  });

  it('counts announcements from where the tag was, and makes ids of prefix and sequence', () => {
    const sent = announcementOf({ id: 'k3-7', sequence: 7 });
    const before = tagState([a(westus, 0), b(westus, 60)], { idPrefix: 'k3', sequence: 7, outbox: [sent] });
    const { state } = advance(before, both, policy, at(LAG_AFTER + 60));
    expect(state.sequence).toBe(9);
    expect(state.outbox.map(({ id, sequence, type }) => ({ id, sequence, type }))).toEqual([
      { id: 'k3-7', sequence: 7, type: 'replication.completed' },
      { id: 'k3-8', sequence: 8, type: 'replication.superseded' },
      { id: 'k3-9', sequence: 9, type: 'replication.lagging' },
    ]);
  });

  it('remembers what was said by replication', () => {
    const { state } = live([
      { at: 60, regions: optedIn(westus, eastus), facts: [a(westus, 0), b(westus, 60)] },
      { at: LAG_AFTER + 60 },
      { at: LAG_AFTER + 70, facts: [b(eastus, LAG_AFTER + 70)] },
      { at: ABANDON_AFTER * 2, facts: [c(westus, 700)] },
    ]);
    expect(state.said).toEqual({
      [`${digestA}#1`]: { bornAt: eventAt(0), superseded: true },
      [`${digestB}#1`]: {
        bornAt: eventAt(60),
        lagging: [eastus],
        recovered: [eastus],
        completed: at(LAG_AFTER + 70),
      },
      [`${digestC}#1`]: { bornAt: eventAt(700), lagging: [eastus], abandoned: 'expired' },
    });
    const deletedA = live([{ at: 9, facts: [a(westus, 0), deleteA(westus, 9)] }]);
    expect(deletedA.state.said).toEqual({ [`${digestA}#1`]: { bornAt: eventAt(0), abandoned: 'deleted' } });
  });

  describe('of a replication that never was, as a late fact shows', () => {
    const looksMovedBack = [
      { at: 11, facts: [a(westus, 10), a(eastus, 11)] },
      { at: 31, facts: [b(westus, 20), a(westus, 30), a(eastus, 31)] },
      { at: 40, facts: [b(eastus, 5)] },
    ];
    const before = ['@11 completed A#1', '@31 superseded B#1 by A', '@31 completed A#2'];

    it('what was said does not silence the one that is born in its place later', () => {
      const { state } = live([...looksMovedBack, { at: 62, facts: [c(westus, 50), a(westus, 61), a(eastus, 62)] }]);
      expect(state.outbox.map(told)).toEqual([...before, '@62 superseded C#1 by A', '@62 completed A#2']);
    });

    it('what was said still holds when another late fact brings it back', () => {
      const { state } = live([...looksMovedBack, { at: 50, facts: [b(westus, 6)] }]);
      expect(replications(state.facts).map(({ ordinal, digest }) => [digest, ordinal])).toContainEqual([digestA, 2]);
      expect(state.outbox.map(told)).toEqual([...before, '@50 superseded B#2 by A']);
    });
  });

  it('says superseded once more to end a lagging that came after the first time', () => {
    const { state } = live([
      { at: 20, facts: [a(westus, 10), b(westus, 20)] },
      { at: 30, facts: [b(eastus, 5)] },
      { at: LAG_AFTER + 10 },
      { at: 700, facts: [c(westus, 700)] },
    ]);
    expect(state.outbox.map(told).filter((text) => text.includes('A#'))).toEqual([
      '@20 superseded A#1 by B',
      `@${LAG_AFTER + 10} lagging A#1 eastus`,
      '@700 superseded A#1 by C',
    ]);
  });

  it('remembers every region that recovered', () => {
    const { state } = live([
      { at: LAG_AFTER, regions: optedIn(...fourRegions), facts: [a(westus, 0)] },
      { at: 700, facts: [a(eastus, 700)] },
      { at: 800, facts: [a(westeurope, 800)] },
    ]);
    expect(state.said[`${digestA}#1`]).toEqual({
      bornAt: eventAt(0),
      lagging: [canadacentral, eastus, westeurope],
      recovered: [eastus, westeurope],
    });
  });

  it.for([
    { name: 'nothing is to be said', facts: [a(westus, 0)], now: at(1) },
    { name: 'all was said', facts: [a(westus, 0), b(westus, 60)], now: at(2 * ABANDON_AFTER) },
    { name: 'nothing is known', facts: [], now: at(0) },
    { name: 'only a deletion is known', facts: [deleteA(westus, 0)], now: at(0) },
  ])('is the same state when $name', ({ facts, now }) => {
    const once = advance(tagState(facts), both, policy, now).state;
    expect(advance(once, both, policy, now).state).toBe(once);
  });

  it('leaves what it was given untouched', () => {
    const before = tagState([a(westus, 0), b(westus, 60)]);
    const copy = structuredClone(before);
    advance(before, both, policy, at(ABANDON_AFTER));
    expect(before).toEqual(copy);
  });
});

describe('lookAgainAt', () => {
  const threshold = [{ at: 0, facts: [a(westus, 0)] }, { at: LAG_AFTER }];

  it.for([
    { name: 'nothing is known', moments: [{ at: 0 }], expected: undefined },
    { name: 'only a deletion is known', moments: [{ at: 9, facts: [deleteA(westus, 0)] }], expected: undefined },
    { name: 'a region is missing: at the threshold', moments: [{ at: 9, facts: [a(westus, 0)] }], expected: LAG_AFTER },
    {
      name: 'a region is missing: at the threshold on our clock',
      moments: [{ at: 300, facts: [arrival({ region: westus, seconds: 0, receivedAt: at(300) })] }],
      expected: LAG_AFTER + 300,
    },
    { name: 'all missing regions were told to lag: at the age', moments: threshold, expected: ABANDON_AFTER },
    {
      name: 'one of two lagging regions has recovered: at the age',
      moments: [
        { at: LAG_AFTER, regions: optedIn(westus, eastus, westeurope), facts: [a(westus, 0)] },
        { at: 700, facts: [a(eastus, 700)] },
      ],
      expected: ABANDON_AFTER,
    },
    {
      name: 'a faster clock told of one of two missing regions that it lags: at the threshold',
      moments: [
        { at: LAG_AFTER, facts: [a(westus, 0)] },
        { at: LAG_AFTER - 5, regions: optedIn(westus, eastus, westeurope) },
      ],
      expected: LAG_AFTER,
    },
    {
      name: 'completed: only a fact can change it',
      moments: [{ at: 9, facts: [a(westus, 0), a(eastus, 9)] }],
      expected: undefined,
    },
    {
      name: 'deleted: only a fact can change it',
      moments: [{ at: 9, facts: [a(westus, 0), deleteA(westus, 9)] }],
      expected: undefined,
    },
    { name: 'expired: only a fact can change it', moments: [...threshold, { at: ABANDON_AFTER }], expected: undefined },
    {
      name: 'completed, then deleted: only a fact can change it',
      moments: [
        { at: 9, facts: [a(westus, 0), a(eastus, 9)] },
        { at: 20, facts: [deleteA(westus, 20)] },
      ],
      expected: undefined,
    },
    {
      name: 'superseded, then current again, then deleted: only a fact can change it',
      moments: [
        { at: 60, facts: [a(westus, 10), b(westus, 20)] },
        { at: 70, facts: [b(eastus, 5)] },
        { at: 80, facts: [deleteA(westus, 80)] },
      ],
      expected: undefined,
    },
    {
      name: 'the regions are unknown: in a minute',
      moments: [{ at: 9, regions: 'unknown' as const, facts: [a(westus, 0)] }],
      expected: 69,
    },
    {
      name: 'no region is left: in a minute',
      moments: [{ at: 9, regions: optedIn(), facts: [a(westus, 0)] }],
      expected: 69,
    },
    {
      name: 'the regions are unknown just before the age: at the age',
      moments: [{ at: ABANDON_AFTER - 59, regions: 'unknown' as const, facts: [a(westus, 0)] }],
      expected: ABANDON_AFTER,
    },
    {
      name: 'the regions are unknown a minute before the age: at the age',
      moments: [{ at: ABANDON_AFTER - 60, regions: 'unknown' as const, facts: [a(westus, 0)] }],
      expected: ABANDON_AFTER,
    },
    {
      name: 'overwritten: what counts is the current one',
      moments: [...threshold, { at: 700, facts: [b(westus, 700)] }],
      expected: LAG_AFTER + 700,
    },
    {
      name: 'overwritten by one that is completed: only a fact can change it',
      moments: [{ at: 700, facts: [a(westus, 0), b(westus, 700), b(eastus, 700)] }],
      expected: undefined,
    },
    {
      name: 'superseded, then current again: it is watched',
      moments: [
        { at: 60, facts: [a(westus, 10), b(westus, 20)] },
        { at: 70, facts: [b(eastus, 5)] },
      ],
      expected: LAG_AFTER + 10,
    },
  ])('$name', ({ moments, expected }) => {
    expect(live(moments).lookAgain.at(-1)).toBe(expected);
  });

  it.for([
    { name: 'just below the age', lagAfterMs: 59_999, expected: 59.999 },
    { name: 'at the age', lagAfterMs: 60_000, expected: 60 },
    { name: 'above the age', lagAfterMs: 60_001, expected: 60 },
  ])('is never later than the age: threshold $name', ({ lagAfterMs, expected }) => {
    const next = advance(tagState([a(westus, 0)]), both, { lagAfterMs, abandonAfterMs: 60_000 }, at(1));
    expect(next.lookAgainAt).toBe(at(expected));
  });
});

describe('announcements', () => {
  /** Digest A in west US, then in east US, on our clock a second after the registry's. */
  const west = arrival({ region: westus, seconds: 0, receivedAt: at(1) });
  const east = arrival({ region: eastus, seconds: 5, receivedAt: at(6.5), mediaType: MANIFEST_MEDIA_TYPE });
  const common = { digest: digestA, ordinal: 1, origin: westus, pushedAt: eventAt(0), firstHeardAt: at(1) };
  const westArrived = { region: westus, arrivedAt: at(1), lagMs: 0, source: 'announced' };
  const eastArrived = { region: eastus, arrivedAt: at(6.5), lagMs: 5500, source: 'announced' };

  it('completed tells each arrival and what was pushed', () => {
    const { state } = live([{ at: 7, facts: [west, east] }]);
    expect(state.outbox).toEqual([
      {
        ...common,
        id: 'web-1',
        type: 'replication.completed',
        sequence: 1,
        decidedAt: at(7),
        mediaType: MANIFEST_MEDIA_TYPE,
        arrivals: [westArrived, eastArrived],
        missing: [],
      },
    ]);
  });

  it('lagging tells the region, and all that are missing', () => {
    const { state } = live([{ at: 7, regions: optedIn(westus, eastus, westeurope), facts: [west] }, { at: 601 }]);
    expect(state.outbox[1]).toEqual({
      ...common,
      id: 'web-2',
      type: 'replication.lagging',
      sequence: 2,
      decidedAt: at(601),
      region: westeurope,
      arrivals: [westArrived],
      missing: [eastus, westeurope],
    });
  });

  it('recovered tells the region, and what is missing still', () => {
    const { state } = live([
      { at: 601, regions: optedIn(westus, eastus, westeurope), facts: [west] },
      { at: 700, facts: [east] },
    ]);
    expect(state.outbox[2]).toEqual({
      ...common,
      id: 'web-3',
      type: 'replication.recovered',
      sequence: 3,
      decidedAt: at(700),
      mediaType: MANIFEST_MEDIA_TYPE,
      region: eastus,
      arrivals: [westArrived, eastArrived],
      missing: [westeurope],
    });
  });

  it('superseded tells what the tag points to instead', () => {
    const { state } = live([{ at: 60, facts: [west, b(westus, 60)] }]);
    expect(state.outbox).toEqual([
      {
        ...common,
        id: 'web-1',
        type: 'replication.superseded',
        sequence: 1,
        decidedAt: at(60),
        supersededBy: digestB,
        arrivals: [westArrived],
        missing: [eastus],
      },
    ]);
  });

  it.for([
    {
      name: 'deleted',
      moments: [{ at: 9, facts: [west, deleteA(westus, 9)] }],
      expected: { reason: 'deleted', decidedAt: at(9), missing: [eastus] },
    },
    {
      name: 'expired, regions never known',
      moments: [{ at: ABANDON_AFTER + 1, regions: 'unknown' as const, facts: [west] }],
      expected: { reason: 'expired', decidedAt: at(ABANDON_AFTER + 1), missing: [] },
    },
  ])('abandoned tells the reason: $name', ({ moments, expected }) => {
    const { state } = live(moments);
    expect(state.outbox).toEqual([
      { ...common, ...expected, id: 'web-1', type: 'replication.abandoned', sequence: 1, arrivals: [westArrived] },
    ]);
  });

  it('list arrivals in the order in which they reached us, then by name', () => {
    const facts = [
      arrival({ region: westus, seconds: 0, receivedAt: at(9) }),
      arrival({ region: eastus, seconds: 1, receivedAt: at(3) }),
      arrival({ region: canadacentral, seconds: 2, receivedAt: at(9) }),
      arrival({ region: westeurope, seconds: 4, source: 'reconciled' }),
    ];
    const { state } = live([{ at: 9, facts }]);
    expect(state.outbox[0]?.arrivals).toEqual([
      { region: eastus, arrivedAt: at(3), lagMs: 0, source: 'announced' },
      { region: westeurope, arrivedAt: at(4), lagMs: 1000, source: 'reconciled' },
      { region: canadacentral, arrivedAt: at(9), lagMs: 6000, source: 'announced' },
      { region: westus, arrivedAt: at(9), lagMs: 6000, source: 'announced' },
    ]);
  });

  it('tell of the replication that they are about, also when the tag was moved back to it', () => {
    const { state } = live([{ at: 130, facts: [west, b(westus, 60), a(westus, 120), a(eastus, 125)] }]);
    expect(state.outbox.at(-1)).toMatchObject({
      type: 'replication.completed',
      digest: digestA,
      ordinal: 2,
      pushedAt: eventAt(120),
      firstHeardAt: at(120),
    });
  });
});
