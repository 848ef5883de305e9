// The small parts that the use cases share.
import { describe, expect, it } from 'vitest';
import { emptyTagState, record } from '../../src/core/tag-state.ts';
import { concurrently } from '../../src/usecases/concurrently.ts';
import { StateCache } from '../../src/usecases/state-cache.ts';
import { within } from '../../src/usecases/within.ts';
import { arrival } from '../builders.ts';
import { Outside } from './app.ts';

const stateOf = (facts: number) => {
  let state = emptyTagState('x');
  for (let seconds = 0; seconds < facts; seconds += 1) {
    state = record(state, arrival({ seconds })).state;
  }
  return { value: state, version: `v${facts}` };
};

describe('StateCache', () => {
  it('lets the least recently used go when it grows too heavy', () => {
    const cache = new StateCache(6);
    cache.set('a', stateOf(1));
    cache.set('b', stateOf(1));
    cache.get('a');
    cache.set('c', stateOf(2));
    expect(['a', 'b', 'c'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c']);
  });

  it('weighs a state that replaces another once', () => {
    const cache = new StateCache(4);
    for (let round = 0; round < 10; round += 1) {
      cache.set('a', stateOf(1));
    }
    cache.set('b', stateOf(1));
    expect(cache.get('a')).toBeDefined();
  });

  it('keeps nothing that is heavier than itself', () => {
    const cache = new StateCache(1);
    cache.set('a', stateOf(1));
    expect(cache.get('a')).toBeUndefined();
  });
});

describe('concurrently', () => {
  async function* numbers(count: number) {
    for (let number = 0; number < count; number += 1) {
      yield number;
    }
  }
  const ticks = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('does everything, and never more than the limit at a time', async () => {
    let [running, most, done] = [0, 0, 0];
    await concurrently(numbers(50), { limit: 7, isOver: () => false }, async () => {
      running += 1;
      most = Math.max(most, running);
      await ticks();
      running -= 1;
      done += 1;
    });
    expect([most, done]).toEqual([7, 50]);
  });

  it('begins nothing more when it is over, and finishes what it began', async () => {
    let done = 0;
    await concurrently(numbers(50), { limit: 2, isOver: () => done >= 4 }, async () => {
      await ticks();
      done += 1;
    });
    expect(done).toBeLessThanOrEqual(6);
    expect(done).toBeGreaterThanOrEqual(4);
  });

  it('rejects as its work does', async () => {
    const work = async (number: number) => {
      if (number === 3) {
        throw new Error('third');
      }
    };
    await expect(concurrently(numbers(5), { limit: 2, isOver: () => false }, work)).rejects.toThrow('third');
  });
});

describe('within', () => {
  it.for([
    { name: 'gives what came in time', promise: () => Promise.resolve(7), expected: { type: 'in time', value: 7 } },
    { name: 'says late for what hangs', promise: () => new Promise(() => {}), expected: { type: 'late' } },
  ])('$name', async ({ promise, expected }) => {
    const { timing, expiring } = new Outside();
    expiring.add(100);
    expect(await within(promise(), 100, timing)).toEqual(expected);
  });

  it('rejects as the promise does', async () => {
    const { timing } = new Outside();
    await expect(within(Promise.reject(new Error('no')), 100, timing)).rejects.toThrow('no');
  });
});
