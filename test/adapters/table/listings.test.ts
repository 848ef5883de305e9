// What the stores that list rows ask the service for, and what they make of rows that nobody of us wrote.
import { afterEach, describe, expect, it } from 'vitest';
import { toDeletionEntity } from '../../../src/adapters/table/deletion-entity.ts';
import { TableDeletionStore } from '../../../src/adapters/table/deletion-store.ts';
import { DELETION_SHARDS, deletionEntityKey, deletionPartitionKey } from '../../../src/adapters/table/keys.ts';
import { CorruptEntity } from '../../../src/adapters/table/storage-errors.ts';
import { TableTagIndex } from '../../../src/adapters/table/tag-index.ts';
import type { Tag } from '../../../src/core/names.ts';
import { type PendingDeletion, SchemaTooNew } from '../../../src/usecases/ports.ts';
import { at, digestA, digestB, eventAt, webTag, westus } from '../../builders.ts';
import { type Answer, refused, type ScriptedService, startScriptedService } from './scripted-service.ts';

const patient = () => new AbortController().signal;

let service: ScriptedService | undefined;
afterEach(() => service?.close());

async function start(script: (request: string, index: number) => Answer): Promise<ScriptedService> {
  service = await startScriptedService(script);
  return service;
}

/** What was listed until the end, or until it failed. */
async function listed<T>(items: AsyncIterable<T>): Promise<{ readonly found: readonly T[]; readonly error?: unknown }> {
  const found: T[] = [];
  try {
    for await (const item of items) {
      found.push(item);
    }
    return { found };
  } catch (error) {
    return { found, error };
  }
}

const more = { 'x-ms-continuation-nextpartitionkey': 'p', 'x-ms-continuation-nextrowkey': 'r' };

describe('listing the deletions that are due', () => {
  const deletion: PendingDeletion = {
    notice: {
      ...{ registry: webTag.registry, repository: webTag.repository, region: westus },
      ...{ digest: digestA, eventAt: eventAt(0), receivedAt: at(1) },
    },
    dueAt: at(60),
    look: 2,
  };
  /** As the service gives it. */
  const rowOf = (given: PendingDeletion, change: object = {}) => {
    const { partitionKey, rowKey, ...columns } = toDeletionEntity(given);
    return { PartitionKey: partitionKey, RowKey: rowKey, ...columns, ...change };
  };
  const isFirst = (request: string) => request.includes(`PartitionKey eq '${deletionPartitionKey(0)}'`);
  const rows = (...value: readonly object[]): Answer => ({ status: 200, body: { value } });

  it('asks each partition for the rows up to the moment', async () => {
    const { tables, requests } = await start(() => rows());
    await listed(new TableDeletionStore(tables).due(at(60), patient()));
    expect(requests).toHaveLength(DELETION_SHARDS);
    for (const [shard, request] of requests.entries()) {
      expect(request).toContain(`PartitionKey eq '${deletionPartitionKey(shard)}' and RowKey lt '001787313660001'`);
    }
  });

  it('goes on after a page that is empty, while the service says that there is more', async () => {
    const { tables } = await start((_, index) =>
      index === 0 ? { ...rows(), headers: more } : index === 1 ? rows(rowOf(deletion)) : rows(),
    );
    expect(await listed(new TableDeletionStore(tables).due(at(60), patient()))).toEqual({ found: [deletion] });
  });

  it('takes a column that comes as null for one that is not there', async () => {
    const { receivedAt: _, digest: __, ...notice } = deletion.notice;
    const given = { ...deletion, notice };
    const { tables } = await start((request) =>
      isFirst(request) ? rows(rowOf(given, { digest: null, receivedAt: null })) : rows(),
    );
    expect(await listed(new TableDeletionStore(tables).due(at(60), patient()))).toEqual({ found: [given] });
  });

  it.for([
    { name: 'of a newer release', change: { v: 2 }, expected: SchemaTooNew },
    { name: 'with another row key', change: { RowKey: '001787313660000:1:what is this' }, expected: CorruptEntity },
    { name: 'without a version', change: { v: null }, expected: CorruptEntity },
    { name: 'without a repository', change: { repository: null }, expected: CorruptEntity },
    { name: 'received at no time', change: { receivedAt: 'yesterday' }, expected: CorruptEntity },
  ])('is not held up by a row $name, and says so in the end', async ({ change, expected }) => {
    const { tables } = await start((request) =>
      isFirst(request) ? rows(rowOf(deletion, change), rowOf(deletion)) : rows(),
    );
    const { found, error } = await listed(new TableDeletionStore(tables).due(at(60), patient()));
    expect(found).toEqual([deletion]);
    expect(error).toBeInstanceOf(expected);
    expect(String(error)).toContain(change.RowKey ?? deletionEntityKey(deletion).rowKey);
  });
});

describe('listing the tags of a repository', () => {
  const { registry, repository } = webTag;
  const partition = 'contoso:public|products|web';
  const rowOf = (tag: string, digests?: string | null) => ({ RowKey: `${partition}:${tag}`, digests });
  const tagsOf = ({ tables }: ScriptedService, ...digests: readonly (typeof digestA)[]) =>
    listed(new TableTagIndex(tables).tags(registry, repository, new Set(digests), patient()));

  it('asks for one partition, and for two columns of it', async () => {
    const asked = await start(() => ({ status: 200, body: { value: [] } }));
    await tagsOf(asked, digestA);
    expect(asked.requests).toHaveLength(1);
    expect(asked.requests[0]).toMatch(/\$filter=PartitionKey eq 'contoso:public\|products\|web'(?:&|$)/);
    expect(asked.requests[0]).toMatch(/\$select=RowKey,digests(?:&|$)/);
  });

  it('gives what may name a digest, page after page', async () => {
    const pages: readonly Answer[] = [
      { status: 200, headers: more, body: { value: [] } },
      { status: 200, headers: more, body: { value: [rowOf('a', 'aaaaaaaaaaaa'), rowOf('b', 'bbbbbbbbbbbb')] } },
      { status: 200, body: { value: [rowOf('any', '*'), rowOf('old'), rowOf('older', null), rowOf('none', '')] } },
    ];
    const scripted = await start((_, index) => pages[index] ?? refused(400, 'InvalidInput'));
    const { found, error } = await tagsOf(scripted, digestA);
    expect(found.map(({ tag }) => tag)).toEqual(['a', 'any', 'old', 'older']);
    expect(error).toBeUndefined();
  });

  it('is not held up by a row that is no tag, and says so in the end', async () => {
    const value = [{ RowKey: 'what is this' }, rowOf('1.2', 'bbbbbbbbbbbb')];
    const scripted = await start(() => ({ status: 200, body: { value } }));
    const { found, error } = await tagsOf(scripted, digestB);
    expect(found).toEqual([{ ...webTag, tag: '1.2' as Tag }]);
    expect(String(error)).toMatch(/row keys of tags of contoso:public\/products\/web, got "what is this"/);
  });
});
