import { describe, expect, it } from 'vitest';
import { advance } from '../../src/core/advance.ts';
import type { OptedIn } from '../../src/core/expected.ts';
import type { Fact } from '../../src/core/facts.ts';
import type { Region } from '../../src/core/names.ts';
import { replicationStatus, summary } from '../../src/core/status.ts';
import { emptyTagState } from '../../src/core/tag-state.ts';
import {
  advanced,
  arrival,
  at,
  canadacentral,
  deletion,
  digestA,
  digestB,
  digestC,
  eastus,
  eventAt,
  MANIFEST_MEDIA_TYPE,
  optedIn,
  policy,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';

const LAG_AFTER = 600;
const ABANDON_AFTER = 86_400;

const both = optedIn(westus, eastus);
const a = (region: Region, seconds: number) => arrival({ digest: digestA, region, seconds });
const b = (region: Region, seconds: number) => arrival({ digest: digestB, region, seconds });

const replicated = [a(westus, 0), a(eastus, 5)];

interface Case {
  readonly name: string;
  readonly facts: readonly Fact[];
  readonly regions?: OptedIn;
  /** When the tag was advanced last, if ever, and when it is looked at. */
  readonly advancedAt?: number;
  readonly now: number;
  readonly expected: object | undefined;
}

const cases: readonly Case[] = [
  { name: 'nothing is known', facts: [], now: 0, expected: undefined },
  { name: 'only a deletion is known', facts: [deletion({ seconds: 0 })], now: 0, expected: undefined },
  { name: 'replicating while a region is missing', facts: [a(westus, 0)], now: 9, expected: { status: 'replicating' } },
  {
    name: 'replicated as soon as all have it, announced or not',
    facts: replicated,
    now: 9,
    expected: { status: 'replicated' },
  },
  {
    name: 'replicated, and since when',
    facts: replicated,
    advancedAt: 7,
    now: 9,
    expected: { status: 'replicated', completedAt: at(7) },
  },
  {
    name: 'replicating while the regions are unknown',
    facts: replicated,
    regions: 'unknown',
    now: 9,
    expected: { status: 'replicating', isExpectationKnown: false },
  },
  {
    name: 'replicating when no region is left',
    facts: replicated,
    regions: optedIn(),
    now: 9,
    expected: { status: 'replicating', isExpectationKnown: false },
  },
  {
    name: 'replicating just below the age',
    facts: [a(westus, 0)],
    now: ABANDON_AFTER - 0.001,
    expected: { status: 'replicating' },
  },
  {
    name: 'abandoned at the age, said or not',
    facts: [a(westus, 0)],
    now: ABANDON_AFTER,
    expected: { status: 'abandoned', reason: 'expired' },
  },
  {
    name: 'replicated after all when an abandoned one arrives everywhere',
    facts: replicated,
    now: 2 * ABANDON_AFTER,
    expected: { status: 'replicated' },
  },
  {
    name: 'abandoned when deleted, before it was replicated',
    facts: [a(westus, 0), deletion({ seconds: 5 })],
    now: 9,
    expected: { status: 'abandoned', reason: 'deleted' },
  },
];

describe('replicationStatus', () => {
  it.for(cases)('$name', ({ facts, regions = both, advancedAt, now, expected }) => {
    const recorded = tagState(facts);
    const state = advancedAt === undefined ? recorded : advance(recorded, regions, policy, at(advancedAt)).state;
    const status = replicationStatus(state, regions, policy, at(now));
    if (expected === undefined) {
      expect(status).toBeUndefined();
    } else {
      expect(status).toMatchObject(expected);
    }
  });

  it('replicated, but not since when, until it was announced', () => {
    expect(replicationStatus(tagState(replicated), both, policy, at(9))).not.toHaveProperty('completedAt');
  });

  it('replicated stays replicated, whatever is opted in later and however old it is', () => {
    const state = advanced(replicated, { regions: both, now: at(7) });
    const more = optedIn(westus, eastus, westeurope);
    expect(replicationStatus(state, more, policy, at(2 * ABANDON_AFTER))).toMatchObject({ status: 'replicated' });
    expect(replicationStatus(state, 'unknown', policy, at(9))).toMatchObject({ status: 'replicated' });
  });

  it('abandoned stays abandoned when the clock that says so is slow', () => {
    const state = advanced([a(westus, 0)], { regions: both, now: at(ABANDON_AFTER) });
    expect(replicationStatus(state, both, policy, at(9))).toMatchObject({ status: 'abandoned', reason: 'expired' });
  });

  it('abandoned when deleted after it was replicated', () => {
    const state = advanced([...replicated, deletion({ seconds: 60 })], { regions: both, now: at(60) });
    expect(replicationStatus(state, both, policy, at(61))).toMatchObject({ status: 'abandoned', reason: 'deleted' });
  });

  it.for([
    { name: 'the current one', digest: undefined, expected: { digest: digestA, ordinal: 2, status: 'replicating' } },
    {
      name: 'the newest of a digest',
      digest: digestA,
      expected: { digest: digestA, ordinal: 2, status: 'replicating' },
    },
    {
      name: 'one that was overwritten',
      digest: digestB,
      expected: { digest: digestB, ordinal: 1, status: 'superseded', supersededBy: digestA },
    },
    { name: 'none of a digest that is not known', digest: digestC, expected: undefined },
  ])('asks for $name', ({ digest, expected }) => {
    const state = tagState([a(westus, 0), b(westus, 60), a(westus, 120)]);
    const status = replicationStatus(state, both, policy, at(130), digest);
    expect(status === undefined ? undefined : { ...status }).toEqual(
      expected === undefined ? undefined : expect.objectContaining(expected),
    );
  });

  it('one that was replicated before it was overwritten stays replicated', () => {
    const state = advanced([...replicated, b(westus, 60)], { regions: both, now: at(60) });
    expect(replicationStatus(state, both, policy, at(61), digestA)).toMatchObject({ status: 'replicated' });
  });

  it('tells of each region that is expected or arrived', () => {
    const facts = [
      arrival({ region: westus, seconds: 0, receivedAt: at(1), mediaType: MANIFEST_MEDIA_TYPE }),
      arrival({ region: canadacentral, seconds: 3, source: 'reconciled' }),
    ];
    const regions = new Map([...both, [westeurope, at(500)]]);
    expect(replicationStatus(tagState(facts), regions, policy, at(61))).toEqual({
      status: 'replicating',
      digest: digestA,
      ordinal: 1,
      mediaType: MANIFEST_MEDIA_TYPE,
      origin: westus,
      pushedAt: eventAt(0),
      firstHeardAt: at(1),
      isExpectationKnown: true,
      regions: [
        {
          region: canadacentral,
          isExpected: false,
          arrivedAt: at(3),
          lagMs: 2000,
          isLagging: false,
          source: 'reconciled',
        },
        { region: eastus, isExpected: true, lagMs: 60_000, isLagging: false },
        { region: westus, isExpected: true, arrivedAt: at(1), lagMs: 0, isLagging: false, source: 'announced' },
      ],
    });
  });

  it.for([
    { name: 'just below the threshold', now: LAG_AFTER - 0.001, expected: false },
    { name: 'at the threshold', now: LAG_AFTER, expected: true },
    { name: 'above the threshold', now: LAG_AFTER + 0.001, expected: true },
  ])('a missing region lags $name: $expected', ({ now, expected }) => {
    const status = replicationStatus(tagState([a(westus, 0)]), both, policy, at(now));
    expect(status?.regions.map(({ isLagging }) => isLagging)).toEqual([expected, false]);
  });
});

describe('summary', () => {
  it('is none where nothing is known', () => {
    expect(summary(emptyTagState('web'))).toBeUndefined();
  });

  it.for([
    {
      name: 'replicating',
      facts: [a(westus, 0)],
      now: 9,
      expected: { status: 'replicating', digest: digestA, regions: [westus], pushedAt: eventAt(0) },
    },
    {
      name: 'replicated',
      facts: replicated,
      now: 9,
      expected: {
        status: 'replicated',
        digest: digestA,
        regions: [eastus, westus],
        pushedAt: eventAt(0),
        completedAt: at(9),
      },
    },
    {
      name: 'abandoned',
      facts: [a(westus, 0)],
      now: ABANDON_AFTER,
      expected: { status: 'abandoned', digest: digestA, regions: [westus], pushedAt: eventAt(0) },
    },
    {
      name: 'abandoned when deleted',
      facts: [a(westus, 0), deletion({ seconds: 5 })],
      now: 9,
      expected: { status: 'abandoned', digest: digestA, regions: [westus], pushedAt: eventAt(0) },
    },
    {
      name: 'that of the current push',
      facts: [...replicated, b(westus, 60)],
      now: 61,
      expected: { status: 'replicating', digest: digestB, regions: [westus], pushedAt: eventAt(60) },
    },
  ])('is $name', ({ facts, now, expected }) => {
    expect(summary(advance(tagState(facts), both, policy, at(now)).state)).toEqual(expected);
  });

  it('is abandoned when a replicated one was deleted', () => {
    const state = advanced([...replicated, deletion({ seconds: 60 })], { regions: both, now: at(60) });
    expect(summary(state)).toMatchObject({ status: 'abandoned', completedAt: at(60) });
  });
});
