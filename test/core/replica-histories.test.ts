import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/instant.ts';
import type { Region } from '../../src/core/names.ts';
import { type Replica, type ReplicaSight, type ReplicaWatch, watchReplicas } from '../../src/core/replicas.ts';
import { at, eastus, MINUTE_MS, SECOND_MS, westeurope, westus } from '../builders.ts';

const REGIONS: readonly Region[] = [westus, eastus, westeurope];
const READY = 'Succeeded, Ready';
const OTHERS = ['Updating, Ready', 'Updating', 'Creating', 'Failed, Failed', 'Succeeded, Syncing'];

/** After so many seconds, replicas are seen in these states. */
interface Step {
  readonly seconds: number;
  readonly seen: Readonly<Record<Region, string>>;
  readonly thresholdMs: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    seconds: fc.constantFrom(0, 1, 59, 60, 61, 120),
    seen: fc.dictionary(fc.constantFrom(...REGIONS), fc.constantFrom(READY, ...OTHERS)),
    thresholdMs: fc.constantFrom(MINUTE_MS, 2 * MINUTE_MS),
  }),
  { maxLength: 25 },
);

function replica(region: Region, words: string): Replica {
  const [provisioningState = '', displayStatus] = words.split(', ');
  const states = { provisioningState, ...(displayStatus === undefined ? {} : { displayStatus }) };
  return { name: 'replica1', region, isHome: false, ...states, isRouted: true };
}

/** Replicas as they are seen, one time after the other; beside them, what an onlooker has counted for himself. */
class Life {
  now: Instant = at(0);
  replicas: readonly ReplicaSight[] = [];
  /** Since when each region has not been ready. */
  readonly notReadySince = new Map<Region, Instant>();

  see({ seconds, seen, thresholdMs }: Step): ReplicaWatch['decided'] {
    this.now += seconds * SECOND_MS;
    for (const region of REGIONS) {
      if (seen[region] === undefined || seen[region] === READY) {
        this.notReadySince.delete(region);
      } else if (!this.notReadySince.has(region)) {
        this.notReadySince.set(region, this.now);
      }
    }
    const given = Object.entries(seen).map(([region, words]) => replica(region as Region, words));
    const { replicas, decided } = watchReplicas(this.replicas, given, thresholdMs, this.now);
    this.replicas = replicas;
    return decided;
  }
}

/** Calls `check` after each sight of a random history, with what it announced. */
function everySight(check: (life: Life, news: ReplicaWatch['decided'], step: Step) => void): void {
  fc.assert(
    fc.property(steps, (history) => {
      const life = new Life();
      for (const step of history) {
        check(life, life.see(step), step);
      }
    }),
    { numRuns: 1000 },
  );
}

describe('whatever is seen of replicas', () => {
  it('each not-ready has one end at the most, and each end a not-ready before it', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const life = new Life();
        const open = new Set<Region>();
        for (const step of history) {
          for (const { type, region } of life.see(step)) {
            expect(open.has(region)).toBe(type !== 'replica.not-ready');
            open[type === 'replica.not-ready' ? 'add' : 'delete'](region);
          }
          const announced = life.replicas.filter(({ isNotReadyAnnounced }) => isNotReadyAnnounced);
          expect(announced.map(({ region }) => region).sort()).toEqual([...open].sort());
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('nothing is announced below the threshold', () => {
    everySight((life, news, { thresholdMs }) => {
      for (const { type, region, notReadySince } of news) {
        if (type === 'replica.not-ready') {
          expect(notReadySince).toBe(life.notReadySince.get(region));
          expect(life.now - notReadySince).toBeGreaterThanOrEqual(thresholdMs);
        }
      }
    });
  });

  it('nobody stays silent about one that is past the threshold', () => {
    everySight((life, _, { thresholdMs }) => {
      for (const [region, since] of life.notReadySince) {
        const known = life.replicas.find((candidate) => candidate.region === region);
        expect(known?.notReadySince).toBe(since);
        expect(known?.isNotReadyAnnounced === true || life.now - since < thresholdMs).toBe(true);
      }
    });
  });

  it('it ends with what was seen: ready, or removed', () => {
    everySight((_, news, { seen }) => {
      for (const { type, region } of news) {
        const words = seen[region];
        expect(type).toBe(
          words === undefined ? 'replica.removed' : words === READY ? 'replica.ready' : 'replica.not-ready',
        );
      }
    });
  });

  it('one that failed or is created is never waited for, and one that is ready always', () => {
    everySight((life, _, { seen }) => {
      for (const { region, isReady, isNotReadyAnnounced } of life.replicas) {
        const words = seen[region];
        if (words === READY) {
          expect([isReady, isNotReadyAnnounced]).toEqual([true, undefined]);
        } else if (isReady) {
          expect(words).toMatch(/^(Updating|Succeeded, Syncing|Failed, Ready)/);
          expect(isNotReadyAnnounced).toBeUndefined();
        }
      }
    });
  });
});
