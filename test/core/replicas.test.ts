import { describe, expect, it } from 'vitest';
import type { Region } from '../../src/core/names.ts';
import { condition, type Replica, type ReplicaSight, watchReplicas } from '../../src/core/replicas.ts';
import { at, eastus, MINUTE_MS, SECOND_MS, westeurope, westus } from '../builders.ts';

const NOT_READY_AFTER_MS = 10 * MINUTE_MS;
/** In seconds. */
const THRESHOLD = NOT_READY_AFTER_MS / SECOND_MS;

function replica(overrides: Partial<Replica> = {}): Replica {
  return {
    ...{ name: 'replica1', region: westeurope, isHome: false },
    ...{ provisioningState: 'Succeeded', displayStatus: 'Ready', isRouted: true },
    ...overrides,
  };
}

/** `Succeeded, Ready` -> a replica in these states. */
function inState(words: string, region: Region = westeurope): Replica {
  const [provisioningState = '', displayStatus] = words.split(', ');
  const { displayStatus: _, ...rest } = replica({ region, provisioningState });
  return displayStatus === undefined ? rest : { ...rest, displayStatus };
}

/** What was seen at these seconds of West Europe's replica, one after the other; undefined when there was none. */
function watched(sights: readonly (readonly [second: number, words: string | undefined])[]) {
  let replicas: readonly ReplicaSight[] = [];
  const told: string[] = [];
  const ready: boolean[] = [];
  for (const [second, words] of sights) {
    const seen = words === undefined ? [] : [inState(words)];
    const watch = watchReplicas(replicas, seen, NOT_READY_AFTER_MS, at(second));
    replicas = watch.replicas;
    ready.push(replicas[0]?.isReady ?? false);
    told.push(...watch.decided.map(({ type }) => `@${second} ${type.replace('replica.', '')}`));
  }
  return { replicas, told, ready };
}

describe('a replica at first sight', () => {
  it.for([
    { name: 'is ready when it is Succeeded and Ready', words: 'Succeeded, Ready', expected: true },
    { name: 'is ready in whatever case the registry writes it', words: 'succeeded, READY', expected: true },
    { name: 'is not ready while it is synced', words: 'Succeeded, Syncing', expected: false },
    { name: 'is not ready without a display status', words: 'Succeeded', expected: false },
    { name: 'is not ready while it is created', words: 'Creating, Ready', expected: false },
    { name: 'is not ready when it failed', words: 'Failed, Ready', expected: false },
    { name: 'is not ready while it is deleted', words: 'Deleting, Ready', expected: false },
    { name: 'is not ready when its creation was canceled', words: 'Canceled, Ready', expected: false },
    { name: 'is ready when it is only being changed', words: 'Updating, Ready', expected: true },
    { name: 'is not ready when it is changed while it is synced', words: 'Updating, Syncing', expected: false },
  ])('$name', ({ words, expected }) => {
    const { replicas, decided } = watchReplicas([], [inState(words)], NOT_READY_AFTER_MS, at(0));
    expect(replicas.map(({ isReady }) => isReady)).toEqual([expected]);
    expect(decided).toEqual([]);
  });

  it.for([
    { name: 'ready when the registry is Succeeded', state: 'Succeeded', expected: true },
    { name: 'ready while the registry is being changed', state: 'Updating', expected: true },
    { name: 'not ready while the registry is created', state: 'Creating', expected: false },
  ])('a home region that is no replica of its own is $name', ({ state, expected }) => {
    const home: Replica = { region: westus, isHome: true, provisioningState: state, isRouted: true };
    expect(watchReplicas([], [home], NOT_READY_AFTER_MS, at(0)).replicas[0]?.isReady).toBe(expected);
  });

  it('is ready though no requests are routed to it: its data replicates all the same', () => {
    const { replicas } = watchReplicas([], [replica({ isRouted: false })], NOT_READY_AFTER_MS, at(0));
    expect(replicas).toEqual([{ ...replica({ isRouted: false }), isReady: true }]);
  });

  it('is known by its region, not by its name', () => {
    const [before, after] = [replica({ name: 'eastus' }), replica({ name: 'eastus', region: eastus })];
    const first = watchReplicas([], [before, inState('Creating', eastus)], NOT_READY_AFTER_MS, at(0));
    expect(first.replicas.map(({ region, isReady }) => [region, isReady])).toEqual([
      [westeurope, true],
      [eastus, false],
    ]);
    const second = watchReplicas(first.replicas, [after], NOT_READY_AFTER_MS, at(THRESHOLD));
    expect(second.replicas).toEqual([{ ...after, isReady: true }]);
    expect(second.decided).toEqual([]);
  });
});

describe('a replica that was ready', () => {
  it.for([
    { name: 'is waited for while its settings are changed', words: 'Updating, Ready', expected: true },
    { name: 'is waited for while its settings are changed and it says no more', words: 'Updating', expected: true },
    { name: 'is waited for while it catches up', words: 'Succeeded, Syncing', expected: true },
    { name: 'is waited for when a change of its settings failed', words: 'Failed, Ready', expected: true },
    { name: 'is not waited for when it failed', words: 'Failed, Failed', expected: false },
    { name: 'is not waited for while it is deleted', words: 'Deleting, Ready', expected: false },
    { name: 'is not waited for while it is created anew', words: 'Creating, Ready', expected: false },
  ])('$name', ({ words, expected }) => {
    const { ready } = watched([
      [0, 'Succeeded, Ready'],
      [1, words],
    ]);
    expect(ready).toEqual([true, expected]);
  });

  it.for([
    { name: 'just below the threshold', second: THRESHOLD - 0.001, expected: true, told: [] },
    { name: 'at the threshold', second: THRESHOLD, expected: false, told: [`@${100 + THRESHOLD} not-ready`] },
    { name: 'above it', second: THRESHOLD + 1, expected: false, told: [`@${101 + THRESHOLD} not-ready`] },
  ])('and is changed, then catches up, is waited for: $expected $name', ({ second, expected, told }) => {
    const story = watched([
      [0, 'Succeeded, Ready'],
      [100, 'Updating, Ready'],
      [100 + second, 'Succeeded, Syncing'],
    ]);
    expect(story.ready).toEqual([true, true, expected]);
    expect(story.told).toEqual(told);
  });

  it('and was given up is waited for again only when it is ready', () => {
    const { ready } = watched([
      [0, 'Succeeded, Ready'],
      [1, 'Failed, Failed'],
      [2, 'Updating, Ready'],
      [3, 'Succeeded, Ready'],
    ]);
    expect(ready).toEqual([true, false, false, true]);
  });
});

describe('announcements of a replica', () => {
  const stories: { name: string; sights: [number, string | undefined][]; expected: string[] }[] = [
    {
      name: 'nothing just below the threshold',
      sights: [
        [0, 'Creating'],
        [THRESHOLD - 0.001, 'Creating'],
      ],
      expected: [],
    },
    {
      name: 'not-ready at the threshold',
      sights: [
        [0, 'Creating'],
        [THRESHOLD, 'Creating'],
      ],
      expected: [`@${THRESHOLD} not-ready`],
    },
    {
      name: 'not-ready once, in whatever state it is then',
      sights: [
        [0, 'Creating'],
        [THRESHOLD + 1, 'Failed, Failed'],
        [THRESHOLD + 2, 'Failed, Failed'],
        [9 * THRESHOLD, 'Updating, Ready'],
      ],
      expected: [`@${THRESHOLD + 1} not-ready`],
    },
    {
      name: 'ready once after not-ready',
      sights: [
        [0, 'Creating'],
        [THRESHOLD, 'Creating'],
        [700, 'Succeeded, Ready'],
        [701, 'Succeeded, Ready'],
      ],
      expected: [`@${THRESHOLD} not-ready`, '@700 ready'],
    },
    {
      name: 'no ready without a not-ready',
      sights: [
        [0, 'Creating'],
        [THRESHOLD - 1, 'Succeeded, Ready'],
      ],
      expected: [],
    },
    {
      name: 'being ready for a moment starts the time again',
      sights: [
        [0, 'Creating'],
        [THRESHOLD - 1, 'Succeeded, Ready'],
        [THRESHOLD, 'Failed'],
        [2 * THRESHOLD - 1, 'Failed'],
        [2 * THRESHOLD, 'Failed'],
      ],
      expected: [`@${2 * THRESHOLD} not-ready`],
    },
    {
      name: 'not-ready again after it was ready',
      sights: [
        [0, 'Creating'],
        [THRESHOLD, 'Creating'],
        [700, 'Succeeded, Ready'],
        [800, 'Failed'],
        [800 + THRESHOLD, 'Failed'],
      ],
      expected: [`@${THRESHOLD} not-ready`, '@700 ready', `@${800 + THRESHOLD} not-ready`],
    },
    {
      name: 'removed ends a not-ready',
      sights: [
        [0, 'Creating'],
        [THRESHOLD, 'Creating'],
        [700, undefined],
        [701, undefined],
        [702, 'Succeeded, Ready'],
      ],
      expected: [`@${THRESHOLD} not-ready`, '@700 removed'],
    },
    {
      name: 'nothing when one that was not announced is removed',
      sights: [
        [0, 'Creating'],
        [THRESHOLD - 1, undefined],
        [2 * THRESHOLD, 'Creating'],
        [3 * THRESHOLD - 1, 'Creating'],
      ],
      expected: [],
    },
    {
      name: 'nothing of one that is being changed for a moment',
      sights: [
        [0, 'Succeeded, Ready'],
        [300, 'Updating, Ready'],
        [600, 'Succeeded, Ready'],
        [900, 'Updating, Ready'],
        [1_200, 'Succeeded, Ready'],
      ],
      expected: [],
    },
  ];
  it.for(stories)('$name', ({ sights, expected }) => {
    expect(watched(sights).told).toEqual(expected);
  });

  it('say the state in the words of the registry, and since when', () => {
    const stuck = replica({ provisioningState: 'Creating', displayStatus: 'Syncing', message: 'no permission' });
    const { replicas } = watchReplicas([], [stuck], NOT_READY_AFTER_MS, at(0));
    expect(watchReplicas(replicas, [stuck], NOT_READY_AFTER_MS, at(THRESHOLD)).decided).toEqual([
      {
        type: 'replica.not-ready',
        ...{ decidedAt: at(THRESHOLD), region: westeurope, notReadySince: at(0) },
        condition: 'Creating, Syncing: no permission',
      },
    ]);
  });

  it('are not repeated when the threshold is raised, and still end', () => {
    const first = watched([
      [0, 'Creating'],
      [THRESHOLD, 'Creating'],
    ]);
    const raised = 3 * NOT_READY_AFTER_MS;
    const meanwhile = watchReplicas(first.replicas, [inState('Creating')], raised, at(THRESHOLD + 1));
    const later = watchReplicas(meanwhile.replicas, [inState('Creating')], raised, at(3 * THRESHOLD));
    const end = watchReplicas(later.replicas, [inState('Succeeded, Ready')], raised, at(3 * THRESHOLD + 1));
    expect([...meanwhile.decided, ...later.decided]).toEqual([]);
    expect(end.decided).toMatchObject([{ type: 'replica.ready', notReadySince: at(0) }]);
  });
});

describe('condition', () => {
  it.for([
    { name: 'both states', overrides: {}, expected: 'Succeeded, Ready' },
    {
      name: 'both states and why',
      overrides: { message: 'no permission' },
      expected: 'Succeeded, Ready: no permission',
    },
  ])('says $name', ({ overrides, expected }) => {
    expect(condition(replica(overrides))).toBe(expected);
  });

  it('says one state where there is no other', () => {
    expect(condition(inState('Succeeded'))).toBe('Succeeded');
  });
});
