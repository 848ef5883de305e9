import { beforeEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/instant.ts';
import type { Repository, Tag } from '../../src/core/names.ts';
import { ALARM_SHARDS, type Alarm, type AlarmStore } from '../../src/usecases/ports.ts';
import { at, webTag } from '../builders.ts';
import { collect, expectToEndBySignal, type Open, type Opened, patient } from './opened.ts';

const alarmOf = (overrides: Partial<Alarm> = {}): Alarm => ({ id: 'k3v9', dueAt: at(60), tag: webTag, ...overrides });
const tagNumber = (number: number) => ({ ...webTag, tag: `build-${number}` as Tag });

export function alarmStoreContract(name: string, open: Open<AlarmStore>): void {
  describe(`alarm store: ${name}`, () => {
    let opened: Opened<AlarmStore>;
    let store: AlarmStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.port;
    });

    const add = async (...alarms: readonly Alarm[]) => {
      await Promise.all(alarms.map((alarm) => store.add(alarm, patient())));
    };
    const due = (shard: number, until?: Instant) => collect(opened.elsewhere.due(shard, until, patient()));
    const dueAnywhere = async (until?: Instant) => {
      const shards = await Promise.all(Array.from({ length: ALARM_SHARDS }, (_, shard) => due(shard, until)));
      return shards.flat();
    };

    it('has nothing due where nothing was added', async () => {
      expect(await dueAnywhere()).toEqual([]);
    });

    it.for([
      { name: 'just before', until: at(60) - 1, expected: [] },
      { name: 'at', until: at(60), expected: [alarmOf()] },
      { name: 'just after', until: at(60) + 1, expected: [alarmOf()] },
      { name: 'long before', until: 0, expected: [] },
      { name: 'an eternity after', until: Number.MAX_SAFE_INTEGER, expected: [alarmOf()] },
    ])('gives an alarm $name its moment', async ({ until, expected }) => {
      await add(alarmOf());
      expect(await dueAnywhere(until)).toEqual(expected);
    });

    it('gives all alarms when no moment is given', async () => {
      const far = alarmOf({ id: 'far', dueAt: at(100 * 365 * 86_400) });
      await add(alarmOf(), far);
      expect(await dueAnywhere()).toEqual([alarmOf(), far]);
    });

    it('gives the alarms of a shard in the order of their moments', async () => {
      const alarms = [9, 10, 2, 0.001, 100].map((seconds, index) => alarmOf({ id: `id${index}`, dueAt: at(seconds) }));
      await add(...alarms);
      expect(await dueAnywhere()).toEqual(alarms.toSorted((a, b) => a.dueAt - b.dueAt));
    });

    it('keeps apart alarms of one tag and one moment', async () => {
      await add(alarmOf({ id: 'a' }), alarmOf({ id: 'b' }));
      await store.remove(alarmOf({ id: 'a' }), patient());
      expect(await dueAnywhere()).toEqual([alarmOf({ id: 'b' })]);
    });

    it('spreads tags over the shards, each alarm in one', async () => {
      const alarms = Array.from({ length: 200 }, (_, index) => alarmOf({ id: `id${index}`, tag: tagNumber(index) }));
      await add(...alarms);
      const shards = await Promise.all(Array.from({ length: ALARM_SHARDS }, (_, shard) => due(shard, at(60))));
      expect(shards.map(({ length }) => length > 0)).toEqual(shards.map(() => true));
      expect(new Set(shards.flat().map(({ id }) => id)).size).toBe(alarms.length);
      expect(shards.flat()).toHaveLength(alarms.length);
    });

    it('gives back every name', async () => {
      const longest = {
        registry: webTag.registry,
        repository: `${'a/'.repeat(127)}bc` as Repository,
        tag: 'T'.repeat(128) as Tag,
      };
      const alarm = alarmOf({ id: 'z'.repeat(40), tag: longest });
      await add(alarm);
      expect(await dueAnywhere()).toEqual([alarm]);
    });

    it('gives more alarms than fit in one answer', async () => {
      const alarms = Array.from({ length: 1_234 }, (_, index) => alarmOf({ id: `id${index}`, dueAt: at(index) }));
      for (let index = 0; index < alarms.length; index += 64) {
        await add(...alarms.slice(index, index + 64));
      }
      expect(await dueAnywhere(at(1_200))).toEqual(alarms.slice(0, 1_201));
    });

    it('takes an alarm twice as once', async () => {
      await add(alarmOf());
      await add(alarmOf());
      expect(await dueAnywhere()).toEqual([alarmOf()]);
    });

    it('gives back whether its tag lags', async () => {
      const lagging = alarmOf({ id: 'lagging', dueAt: at(61), isLagging: true });
      await add(alarmOf(), lagging);
      expect(await dueAnywhere()).toEqual([alarmOf(), lagging]);
      await store.remove(alarmOf({ id: 'lagging', dueAt: at(61) }), patient());
      expect(await dueAnywhere()).toEqual([alarmOf()]);
    });

    it('keeps an alarm as it was added first', async () => {
      await add(alarmOf());
      await add(alarmOf({ isLagging: true }));
      expect(await dueAnywhere()).toEqual([alarmOf()]);
    });

    it('removes an alarm, and one that is gone', async () => {
      await store.remove(alarmOf(), patient());
      await add(alarmOf());
      await store.remove(alarmOf(), patient());
      await store.remove(alarmOf(), patient());
      expect(await dueAnywhere()).toEqual([]);
    });

    it.for<{ name: string; call: (port: AlarmStore, signal: AbortSignal) => Promise<unknown> }>([
      { name: 'adding', call: (port, signal) => port.add(alarmOf(), signal) },
      { name: 'removing', call: (port, signal) => port.remove(alarmOf(), signal) },
      { name: 'reading', call: (port, signal) => collect(port.due(0, undefined, signal)) },
    ])('ends $name by the signal', async ({ call }) => {
      await expectToEndBySignal(opened, call);
    });
  });
}
