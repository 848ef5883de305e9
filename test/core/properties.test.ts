import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../src/core/advance.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import { type Replication, replicationKey, replications } from '../../src/core/replications.ts';
import { saidOf } from '../../src/core/tag-state.ts';
import { DAY_MS, tagState } from '../builders.ts';
import { distinctFacts, histories, Life, shortPolicy } from './history.ts';

const verdictKey = ({ type, digest, ordinal, region }: Announcement) => `${type} ${digest}#${ordinal} ${region ?? ''}`;

/** Lives a random history and calls `check` after each step, with what that step announced. */
function everyLife(check: (life: Life, news: readonly Announcement[]) => void, numRuns = 500): void {
  fc.assert(
    fc.property(histories, (steps) => {
      const life = new Life();
      for (const step of steps) {
        check(life, life.take(step));
      }
    }),
    { numRuns },
  );
}

/** Lives a random history, lets time pass until the tag has come to rest, and calls `check` once. */
function everyRest(check: (life: Life) => void, numRuns = 500): void {
  fc.assert(
    fc.property(histories, (steps) => {
      const life = new Life();
      for (const step of steps) {
        life.take(step);
      }
      life.rest();
      check(life);
    }),
    { numRuns },
  );
}

describe('replications', () => {
  it('are the same in any order of delivery, however often each fact is delivered', () => {
    const deliveries = distinctFacts.chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray(facts, { minLength: facts.length }),
        facts.length === 0 ? fc.constant([]) : fc.array(fc.tuple(fc.constantFrom(...facts), fc.nat(facts.length))),
      ),
    );
    fc.assert(
      fc.property(deliveries, ([facts, shuffled, repeats]) => {
        const delivered = [...shuffled];
        for (const [fact, place] of repeats) {
          delivered.splice(place, 0, structuredClone(fact));
        }
        const state = tagState(delivered);
        expect(state.facts).toHaveLength(facts.length);
        expect(replications(state.facts)).toEqual(replications(tagState(facts).facts));
      }),
      { numRuns: 1000 },
    );
  });

  it('each count their facts, no fact counts twice, and the last born is current', () => {
    fc.assert(
      fc.property(distinctFacts, (facts) => {
        const all = replications(tagState(facts).facts);
        const counted = all.flatMap((replication) => replication.facts);
        expect(new Set(counted).size).toBe(counted.length);
        const arrivals = facts.filter(({ type }) => type === 'arrival');
        expect(counted.filter(({ type }) => type === 'arrival')).toHaveLength(arrivals.length);
        expect(all.map(({ isCurrent }) => isCurrent)).toEqual(all.map((_, index) => index === all.length - 1));
        expect(new Set(all.map(replicationKey)).size).toBe(all.length);
        const births = all.map(({ bornAt }) => bornAt);
        expect(births).toEqual([...births].sort());
      }),
      { numRuns: 500 },
    );
  });
});

/** Said without the core's own words: each region that is opted in since the replication was heard of has reported. */
function isEverywhere({ arrivals, firstHeardAt }: Replication, { regions }: Life): boolean {
  if (regions === 'unknown') {
    return false;
  }
  const expected = [...regions].filter(([, since]) => since <= firstHeardAt).map(([region]) => region);
  return expected.length > 0 && expected.every((region) => arrivals.has(region));
}

describe('advance', () => {
  it('says completed only of what is current and everywhere, and then says it', () => {
    everyLife((life, news) => {
      const current = replications(life.state.facts).at(-1);
      const completions = news.filter(({ type }) => type === 'replication.completed');
      for (const { digest, ordinal, arrivals, missing } of completions) {
        expect(current).toMatchObject({ digest, ordinal });
        expect(current && isEverywhere(current, life)).toBe(true);
        expect(current?.closedBy).toBeUndefined();
        expect(missing).toEqual([]);
        const told = new Set(arrivals.map(({ region }) => region));
        const reported = life.accepted.filter((fact) => fact.type === 'arrival' && fact.digest === digest);
        expect([...told].every((region) => reported.some((fact) => fact.region === region))).toBe(true);
      }
      if (current !== undefined && current.closedBy === undefined && isEverywhere(current, life)) {
        expect(life.state.said[replicationKey(current)]?.completed).toBeDefined();
      }
    });
  });

  it('advancing twice changes nothing and is the same object', () => {
    everyLife(({ state, regions, now, lookAgainAt }) => {
      const again = advance(state, regions, shortPolicy, now);
      expect(again.state).toBe(state);
      expect(again.lookAgainAt).toBe(lookAgainAt);
    });
  });

  it('lookAgainAt lies ahead, and until then time alone changes nothing', () => {
    everyLife(({ state, regions, now, lookAgainAt = now + DAY_MS }) => {
      expect(lookAgainAt).toBeGreaterThan(now);
      expect(advance(state, regions, shortPolicy, lookAgainAt - 1).state).toBe(state);
    });
  });

  it('sequences have no gap and ids are unique', () => {
    everyRest(({ announced, state }) => {
      expect(announced.map(({ sequence }) => sequence)).toEqual(announced.map((_, index) => index + 1));
      expect(state.sequence).toBe(announced.length);
      expect(new Set(announced.map(({ id }) => id)).size).toBe(announced.length);
    });
  });

  // Left out are two that late facts bring about: a replication that never was, whose ordinal the next one takes, and one
  // that is superseded again after it was current again, and lagged.
  it('no verdict on a replication is said twice while it exists', () => {
    const said = new WeakMap<Life, Set<string>>();
    const births = new WeakMap<Life, Map<string, string>>();
    everyLife((life, news) => {
      const now = new Map<string, string>(
        replications(life.state.facts).map((replication) => [replicationKey(replication), replication.bornAt]),
      );
      // Under a name that is born later than it was, there is another one.
      const isSame = (key: string) => (now.get(key) ?? '~') <= (births.get(life)?.get(key) ?? '~');
      const before = [...(said.get(life) ?? [])].filter((verdict) => {
        const key = verdict.split(' ')[1] ?? '';
        return now.has(key) && isSame(key);
      });
      births.set(life, now);
      const lagged = (key: string) =>
        life.announced.some((entry) => entry.type === 'replication.lagging' && replicationKey(entry) === key);
      const fresh = news
        .filter((entry) => entry.type !== 'replication.superseded' || !lagged(replicationKey(entry)))
        .map(verdictKey);
      expect(new Set([...before, ...fresh]).size).toBe(before.length + fresh.length);
      said.set(life, new Set([...before, ...fresh]));
    });
  });

  it('says a last word of every replication', () => {
    everyRest(({ state }) => {
      const all = replications(state.facts);
      for (const replication of all) {
        const said = saidOf(state, replication);
        expect(said.completed ?? said.superseded ?? said.abandoned).toBeDefined();
      }
    });
  });

  // Left out is a replication that never was, as a late fact shows after it lagged.
  it('ends every lagging: recovered, completed, superseded or abandoned', () => {
    const lastWords: ReadonlySet<string> = new Set([
      'replication.completed',
      'replication.superseded',
      'replication.abandoned',
    ]);
    everyRest(({ announced, state }) => {
      const known = new Set(replications(state.facts).map(replicationKey));
      const laggings = announced.filter(
        (entry) => entry.type === 'replication.lagging' && known.has(replicationKey(entry)),
      );
      for (const lagging of laggings) {
        const same = announced.filter(
          ({ digest, ordinal }) => digest === lagging.digest && ordinal === lagging.ordinal,
        );
        const end = same.find(
          ({ type, region, sequence }) =>
            sequence > lagging.sequence &&
            (lastWords.has(type) || (type === 'replication.recovered' && region === lagging.region)),
        );
        expect(end, `end of ${verdictKey(lagging)}`).toBeDefined();
      }
    });
  });
});
