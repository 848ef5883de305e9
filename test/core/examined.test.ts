import { describe, expect, it } from 'vitest';
import { advance, type Examined, overdueRegions } from '../../src/core/advance.ts';
import type { OptedIn } from '../../src/core/expected.ts';
import type { Region } from '../../src/core/names.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import {
  advanced,
  arrival,
  at,
  canadacentral,
  deletion,
  digestB,
  eastus,
  fourRegions,
  optedIn,
  policy,
  tagState,
  westeurope,
  westus,
} from '../builders.ts';

/** The builders' policy in seconds. */
const LAG_AFTER = 600;
const ABANDON_AFTER = 86_400;
const four = optedIn(...fourRegions);
const pushed = advanced([arrival(), arrival({ region: eastus, seconds: 5 })]);

interface Look {
  readonly seconds: number;
  readonly examined: Examined;
}

/** What is announced when these regions are examined at these seconds: `@600 lagging eastus`. */
function told(looks: readonly Look[], state: TagState = pushed): readonly string[] {
  const last = looks.reduce(
    (before, { seconds, examined }) => advance(before, four, policy, at(seconds), examined).state,
    state,
  );
  return last.outbox.map(({ decidedAt, type, region, reason }) => {
    const words = [`@${(decidedAt - at(0)) / 1000}`, type.replace('replication.', ''), region ?? reason];
    return words.filter((word) => word !== undefined).join(' ');
  });
}

describe('lagging is announced of examined regions only', () => {
  const some = (...regions: readonly Region[]) => new Set(regions);
  it.for<{ name: string; looks: readonly Look[]; expected: readonly string[] }>([
    {
      name: 'all, where the caller answers for all',
      looks: [{ seconds: LAG_AFTER, examined: 'all' }],
      expected: ['@600 lagging canadacentral', '@600 lagging westeurope'],
    },
    { name: 'none, where none was examined', looks: [{ seconds: LAG_AFTER, examined: some() }], expected: [] },
    {
      name: 'the one that was examined',
      looks: [{ seconds: LAG_AFTER, examined: some(westeurope) }],
      expected: ['@600 lagging westeurope'],
    },
    {
      name: 'the other one when that is examined later, each once',
      looks: [
        { seconds: LAG_AFTER, examined: some(westeurope) },
        { seconds: 660, examined: some(canadacentral, westeurope) },
        { seconds: 720, examined: some(canadacentral, westeurope) },
      ],
      expected: ['@600 lagging westeurope', '@660 lagging canadacentral'],
    },
    {
      name: 'none below the threshold, examined or not',
      looks: [{ seconds: LAG_AFTER - 0.001, examined: some(canadacentral, westeurope) }],
      expected: [],
    },
    {
      name: 'none that has arrived, examined or not',
      looks: [{ seconds: LAG_AFTER, examined: some(westus, eastus) }],
      expected: [],
    },
  ])('$name', ({ looks, expected }) => {
    expect(told(looks)).toEqual(expected);
  });

  it('nothing is given up before every region that lags was told of', () => {
    const looks = [
      { seconds: ABANDON_AFTER, examined: some(westeurope) },
      { seconds: ABANDON_AFTER + 60, examined: some(canadacentral) },
    ];
    expect(told(looks)).toEqual([
      '@86400 lagging westeurope',
      '@86460 lagging canadacentral',
      '@86460 abandoned expired',
    ]);
  });

  it('a completion waits for no examination', () => {
    const facts = [arrival({ region: canadacentral, seconds: 8 }), arrival({ region: westeurope, seconds: 9 })];
    expect(told([{ seconds: LAG_AFTER, examined: some() }], tagState([...pushed.facts, ...facts]))).toEqual([
      '@600 completed',
    ]);
  });

  it('what was not examined is due for another look', () => {
    const { lookAgainAt } = advance(pushed, four, policy, at(LAG_AFTER), some(westeurope));
    expect(lookAgainAt).toBe(at(LAG_AFTER));
    expect(advance(pushed, four, policy, at(LAG_AFTER), 'all').lookAgainAt).toBe(at(ABANDON_AFTER));
  });
});

describe('overdueRegions', () => {
  const missing = [canadacentral, westeurope];
  const flagged = advance(pushed, four, policy, at(LAG_AFTER), new Set([westeurope])).state;
  const complete = advanced(fourRegions.map((region) => arrival({ region })));

  it.for<{ name: string; state: TagState; regions?: OptedIn; seconds?: number; expected: readonly Region[] }>([
    { name: 'none just below the threshold', state: pushed, seconds: LAG_AFTER - 0.001, expected: [] },
    { name: 'those that are missing at the threshold', state: pushed, expected: missing },
    { name: 'those that are missing above it', state: pushed, seconds: LAG_AFTER + 1, expected: missing },
    { name: 'not the one that was announced', state: flagged, expected: [canadacentral] },
    {
      name: 'only those that are waited for',
      state: pushed,
      regions: optedIn(westus, westeurope),
      expected: [westeurope],
    },
    { name: 'none while nobody knows what to wait for', state: pushed, regions: 'unknown', expected: [] },
    { name: 'none of a push that is complete', state: complete, expected: [] },
    {
      name: 'none of a push that was deleted',
      state: tagState([...pushed.facts, deletion({ seconds: 9 })]),
      expected: [],
    },
    {
      name: 'none of a push that was given up',
      state: advance(pushed, four, policy, at(ABANDON_AFTER)).state,
      seconds: ABANDON_AFTER,
      expected: [],
    },
    {
      name: 'of the push that the tag points to now, by its own time',
      state: tagState([...pushed.facts, arrival({ digest: digestB, seconds: 300 })]),
      expected: [],
    },
    { name: 'none of a tag without pushes', state: tagState(), expected: [] },
  ])('$name', ({ state, regions = four, seconds = LAG_AFTER, expected }) => {
    expect(overdueRegions(state, regions, policy, at(seconds))).toEqual(expected);
  });
});
