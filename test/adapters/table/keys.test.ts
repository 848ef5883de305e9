import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alarmEntityKey,
  alarmRowKeyBound,
  heartbeatEntityKey,
  journalEntityKey,
  parseAlarmRowKey,
  parseTagRowKey,
  registryEntityKey,
  shardOf,
  tagEntityKey,
} from '../../../src/adapters/table/keys.ts';
import type { Registry, Repository, Tag } from '../../../src/core/names.ts';
import { ALARM_SHARDS } from '../../../src/usecases/ports.ts';
import { at, DAY_MS, webTag } from '../../builders.ts';
import { id, tagName } from './arbitrary.ts';

const dueAt = fc.integer({ min: 0, max: 999_999_999_999_999 });
const alarm = fc.record({ id, dueAt, tag: tagName });
const stamp = fc.record({
  id: fc.tuple(id, fc.nat()).map((parts) => parts.join('-')),
  sequence: fc.nat(),
  decidedAt: fc.integer({ min: 0, max: 253_402_300_799_999 }),
});

/** https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields */
function expectLegal(...keys: readonly string[]): void {
  for (const key of keys) {
    expect(key).toMatch(/^[^/\\#?\p{Cc}]{1,512}$/u);
  }
}

const longestTag = {
  registry: 'r'.repeat(50) as Registry,
  repository: 'a'.repeat(256) as Repository,
  tag: 't'.repeat(128) as Tag,
};

describe('keys of tags', () => {
  it('are readable', () => {
    const partitionKey = 'contoso:public|products|web';
    expect(tagEntityKey(webTag)).toEqual({ partitionKey, rowKey: 'contoso:public|products|web:1.2' });
  });

  it('are legal, and name the tag that they were made of', () => {
    fc.assert(
      fc.property(tagName, (tag) => {
        const { partitionKey, rowKey } = tagEntityKey(tag);
        expectLegal(partitionKey, rowKey);
        expect(parseTagRowKey(rowKey)).toEqual(tag);
      }),
    );
  });

  it.for(['', 'contoso', 'contoso:web', 'contoso::1.2', 'contoso:web:1.2:more', ':web:1.2'])(
    'are not mistaken for "%s"',
    (text) => {
      expect(parseTagRowKey(text)).toBeUndefined();
    },
  );
});

describe('keys of alarms', () => {
  it('are legal, and name the alarm that they were made of', () => {
    fc.assert(
      fc.property(alarm, (given) => {
        const { partitionKey, rowKey } = alarmEntityKey(given);
        expectLegal(partitionKey, rowKey);
        expect(partitionKey).toMatch(/^0[0-9a-f]$/);
        expect(parseAlarmRowKey(rowKey)).toEqual(given);
      }),
    );
  });

  it('fit for the longest names', () => {
    const { rowKey } = alarmEntityKey({ id: 'i'.repeat(40), dueAt: at(0), tag: longestTag });
    expectLegal(rowKey);
  });

  it('sort by the moment, and a bound parts those that are due from the others', () => {
    fc.assert(
      fc.property(alarm, dueAt, (given, until) => {
        const bound = alarmRowKeyBound(until);
        const isBelow = bound === undefined || alarmEntityKey(given).rowKey < bound;
        expect(isBelow).toBe(given.dueAt <= until);
      }),
    );
  });

  it.for([
    { name: 'just before', until: at(0) - 1, expected: false },
    { name: 'at', until: at(0), expected: true },
    { name: 'just after', until: at(0) + 1, expected: true },
    { name: 'a moment between milliseconds after', until: at(0) + 0.5, expected: true },
    { name: 'before all time', until: -1, expected: false },
  ])('know what is due $name the moment', ({ until, expected }) => {
    const { rowKey } = alarmEntityKey({ id: 'k3v9', dueAt: at(0), tag: webTag });
    expect(rowKey < (alarmRowKeyBound(until) ?? '')).toBe(expected);
  });

  it.for([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15])('refuse %d as a moment', (moment) => {
    expect(() => alarmEntityKey({ id: 'k3v9', dueAt: moment, tag: webTag })).toThrow(RangeError);
  });
});

describe('shards', () => {
  it('stay where they are: rows that are stored depend on it', () => {
    const tags = ['1.2', '1.3', 'latest'].map((tag) => shardOf({ ...webTag, tag: tag as Tag }));
    expect(tags).toEqual([15, 15, 1]);
  });

  it('get about the same number of tags each', () => {
    const counts = new Array<number>(ALARM_SHARDS).fill(0);
    for (let number = 0; number < 16_000; number += 1) {
      const shard = shardOf({ ...webTag, tag: `build-${number}` as Tag });
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});

describe('keys of the journal', () => {
  it('are legal, and different for different announcements', () => {
    fc.assert(
      fc.property(tagName, fc.uniqueArray(stamp, { selector: (given) => given.id }), (tag, stamps) => {
        const keys = stamps.map((given) => journalEntityKey(tag, given));
        expectLegal(...keys.flatMap(({ partitionKey, rowKey }) => [partitionKey, rowKey]));
        expect(new Set(keys.map(({ rowKey }) => rowKey)).size).toBe(stamps.length);
      }),
    );
  });

  it('sort the newest first', () => {
    fc.assert(
      fc.property(tagName, stamp, stamp, (tag, a, b) => {
        const isNewer = a.decidedAt - b.decidedAt || a.sequence - b.sequence;
        const order = journalEntityKey(tag, a).rowKey < journalEntityKey(tag, b).rowKey;
        expect(isNewer === 0 || order === isNewer > 0).toBe(true);
      }),
    );
  });

  it('fit for the longest names', () => {
    const given = { id: `${'i'.repeat(40)}-${Number.MAX_SAFE_INTEGER}`, sequence: 1, decidedAt: at(0) };
    const { partitionKey, rowKey } = journalEntityKey(longestTag, given);
    expectLegal(partitionKey, rowKey);
  });

  it('part the days, in UTC', () => {
    const lastOfDay = Math.ceil(at(0) / DAY_MS) * DAY_MS - 1;
    const days = [lastOfDay, lastOfDay + 1].map((decidedAt) =>
      journalEntityKey(webTag, { id: 'k-1', sequence: 1, decidedAt }),
    );
    expect(days.map(({ partitionKey }) => partitionKey.slice(0, 18))).toEqual([
      'contoso:2026-08-21',
      'contoso:2026-08-22',
    ]);
  });
});

describe('keys of the registries table', () => {
  it('are different for registries and signs of life, whatever a registry is called', () => {
    const names = ['sweep', 'heartbeats', 'contoso'] as Registry[];
    const keys = [
      heartbeatEntityKey(undefined),
      ...names.flatMap((name) => [registryEntityKey(name), heartbeatEntityKey(name)]),
    ];
    expect(new Set(keys.map(({ rowKey }) => rowKey)).size).toBe(keys.length);
    expectLegal(...keys.flatMap(({ partitionKey, rowKey }) => [partitionKey, rowKey]));
  });
});
