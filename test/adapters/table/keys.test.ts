import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alarmEntityKey,
  DELETION_SHARDS,
  deletionEntityKey,
  deletionPartitionKey,
  dueRowKeyBound,
  heartbeatEntityKey,
  journalEntityKey,
  parseAlarmRowKey,
  parseDeletionRowKey,
  parseTagRowKey,
  registryEntityKey,
  shardOf,
  tagEntityKey,
  tagPartitionKey,
  webhooksEntityKey,
} from '../../../src/adapters/table/keys.ts';
import type { Region, Registry, Repository, Tag } from '../../../src/core/names.ts';
import type { DeletionNotice } from '../../../src/core/notification.ts';
import { ALARM_SHARDS, type PendingDeletion } from '../../../src/usecases/ports.ts';
import { at, DAY_MS, digestA, digestB, eastus, eventAt, numberedDigest, webTag, westus } from '../../builders.ts';
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

describe('the partition of a repository', () => {
  it('is that of its tags, and of no other repository', () => {
    fc.assert(
      fc.property(tagName, tagName, (a, b) => {
        expect(tagEntityKey(a).partitionKey).toBe(tagPartitionKey(a));
        const isSame = a.registry === b.registry && a.repository === b.repository;
        expect(tagPartitionKey(a) === tagPartitionKey(b)).toBe(isSame);
      }),
    );
  });

  it.for(['a/b', 'a-b', 'a.b', 'a/b/c'])('is not shared by a and %s', (repository) => {
    const partitions = ['a', repository].map((name) =>
      tagPartitionKey({ registry: webTag.registry, repository: name as Repository }),
    );
    expect(new Set(partitions).size).toBe(2);
  });
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
        const bound = dueRowKeyBound(until);
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
    expect(rowKey < (dueRowKeyBound(until) ?? '')).toBe(expected);
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
  it('are different for registries, their webhooks and signs of life, whatever a registry is called', () => {
    const names = ['sweep', 'heartbeats', 'webhooks', 'contoso'] as Registry[];
    const keys = [
      heartbeatEntityKey(undefined),
      ...names.flatMap((name) => [registryEntityKey(name), webhooksEntityKey(name), heartbeatEntityKey(name)]),
    ];
    expect(new Set(keys.map(({ rowKey }) => rowKey)).size).toBe(keys.length);
    expectLegal(...keys.flatMap(({ partitionKey, rowKey }) => [partitionKey, rowKey]));
  });
});

describe('keys of deletions', () => {
  const notice: DeletionNotice = {
    ...{ registry: webTag.registry, repository: webTag.repository, region: westus },
    ...{ digest: digestA, eventAt: eventAt(0), receivedAt: at(1) },
  };
  const deletionOf = (change: Partial<DeletionNotice> = {}, overrides: Partial<PendingDeletion> = {}) =>
    deletionEntityKey({ notice: { ...notice, ...change }, dueAt: at(60), look: 1, ...overrides });
  const { digest: _, ...ofRepository } = notice;

  it('stay where they are: rows that are stored depend on it', () => {
    expect(deletionOf()).toEqual({
      partitionKey: '03',
      rowKey: '001787313660000:1:072355b35ef5c6deca6e1ceae6e2e1544fbe03b5e1271ef2f9eb172230ab490f',
    });
  });

  it('are legal for the longest names, and say when it is due and which look it is', () => {
    fc.assert(
      fc.property(tagName, dueAt, fc.constantFrom(1 as const, 2 as const), ({ registry, repository }, moment, look) => {
        const region = 'r'.repeat(40) as Region;
        const digest = numberedDigest(moment, 'sha512');
        const { partitionKey, rowKey } = deletionOf({ registry, repository, region, digest }, { dueAt: moment, look });
        expectLegal(partitionKey, rowKey);
        expect(parseDeletionRowKey(rowKey)).toEqual({ dueAt: moment, look });
      }),
    );
  });

  it('sort by the moment, and a bound parts those that are due from the others', () => {
    fc.assert(
      fc.property(dueAt, dueAt, (moment, until) => {
        const bound = dueRowKeyBound(until);
        const isBelow = bound === undefined || deletionOf({}, { dueAt: moment }).rowKey < bound;
        expect(isBelow).toBe(moment <= until);
      }),
    );
  });

  it('are the same whenever the notice was received', () => {
    const { receivedAt: _, ...fromHistory } = notice;
    expect(deletionOf({ receivedAt: at(99) })).toEqual(deletionOf());
    expect(deletionEntityKey({ notice: fromHistory, dueAt: at(60), look: 1 })).toEqual(deletionOf());
  });

  it('are different for different notices, in whichever partition', () => {
    const keys = [
      deletionOf(),
      deletionOf({}, { look: 2 }),
      deletionOf({}, { dueAt: at(61) }),
      deletionEntityKey({ notice: ofRepository, dueAt: at(60), look: 1 }),
      deletionOf({ digest: digestB }),
      deletionOf({ region: eastus }),
      deletionOf({ repository: 'web' as Repository }),
      deletionOf({ registry: 'fabrikam' as Registry }),
      deletionOf({ eventAt: eventAt(1) }),
    ];
    expect(new Set(keys.map(({ rowKey }) => rowKey)).size).toBe(keys.length);
  });

  it('are spread over all partitions that are read, and no other', () => {
    const keys = Array.from({ length: 400 }, (_, index) => deletionOf({ digest: numberedDigest(index) }));
    const partitions = Array.from({ length: DELETION_SHARDS }, (_, shard) => deletionPartitionKey(shard));
    expect([...new Set(keys.map(({ partitionKey }) => partitionKey))].sort()).toEqual(partitions);
  });

  it.for(['', '001787313660000', '001787313660000:3:', '001787313660000:1:contoso', '1787313660000:1:aa'])(
    'are not mistaken for "%s"',
    (text) => {
      expect(parseDeletionRowKey(text)).toBeUndefined();
    },
  );
});
