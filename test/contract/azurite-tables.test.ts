// The adapters keep the contracts of their ports on a real table service. Every store that is opened has tables of its
// own, which do not exist yet.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAlarmStore } from '../../src/adapters/table/alarm-store.ts';
import { openTables } from '../../src/adapters/table/client.ts';
import { TableDeletionStore } from '../../src/adapters/table/deletion-store.ts';
import { TableHeartbeats } from '../../src/adapters/table/heartbeats.ts';
import { TableJournal } from '../../src/adapters/table/journal.ts';
import { fromJournalEntity } from '../../src/adapters/table/journal-entity.ts';
import { registryEntityKey, tagEntityKey, webhooksEntityKey } from '../../src/adapters/table/keys.ts';
import { TableRegistryStore } from '../../src/adapters/table/registry-store.ts';
import type { OpenTable } from '../../src/adapters/table/table.ts';
import { toTagProperties } from '../../src/adapters/table/tag-document.ts';
import { TableTagIndex } from '../../src/adapters/table/tag-index.ts';
import { TableTagStore } from '../../src/adapters/table/tag-store.ts';
import { TableWebhooksStore } from '../../src/adapters/table/webhooks-store.ts';
import type { Registry } from '../../src/core/names.ts';
import { type Azurite, startAzurite } from '../../src/local/azurite/start-azurite.ts';
import { SchemaTooNew, VersionConflict } from '../../src/usecases/ports.ts';
import { digestA, tagState, webTag } from '../builders.ts';
import { alarmStoreContract } from './alarm-store-contract.ts';
import { deletionStoreContract } from './deletion-store-contract.ts';
import { journalContract } from './journal-contract.ts';
import { collect, type Open, type Opened, patient } from './opened.ts';
import { heartbeatsContract, registryStoreContract } from './registry-store-contract.ts';
import { eventfulWebhooks, registrySightOf } from './sights.ts';
import { type IndexedTags, tagIndexContract } from './tag-index-contract.ts';
import { tagStoreContract } from './tag-store-contract.ts';
import { webhooksStoreContract } from './webhooks-store-contract.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.close());

let opened = 0;

function openFreshTables(): OpenTable {
  opened += 1;
  const { connectionString } = azurite;
  return openTables({ type: 'connection string', connectionString }, { prefix: `test${opened}x` });
}

function stall(): () => void {
  process.kill(azurite.pid, 'SIGSTOP');
  return () => process.kill(azurite.pid, 'SIGCONT');
}

function openPort<T>(Store: new (open: OpenTable) => T): Opened<T> & { readonly tables: OpenTable } {
  const tables = openFreshTables();
  return { port: new Store(tables), elsewhere: new Store(tables), stall, tables };
}

const opening =
  <T>(Store: new (open: OpenTable) => T): Open<T> =>
  async () =>
    openPort(Store);

tagStoreContract('azurite', opening(TableTagStore));
alarmStoreContract('azurite', opening(TableAlarmStore));
registryStoreContract('azurite', opening(TableRegistryStore));
heartbeatsContract('azurite', opening(TableHeartbeats));
webhooksStoreContract('azurite', opening(TableWebhooksStore));
deletionStoreContract('azurite', opening(TableDeletionStore));

class TableIndexedTags implements IndexedTags {
  readonly store: TableTagStore;
  readonly index: TableTagIndex;

  constructor(open: OpenTable) {
    this.store = new TableTagStore(open);
    this.index = new TableTagIndex(open);
  }
}
tagIndexContract('azurite', opening(TableIndexedTags));
journalContract('azurite', async () => {
  const { tables, ...port } = openPort(TableJournal);
  const rows = async () => {
    const entities = await collect(tables('journal').listEntities()).catch(() => []);
    const inOrder = entities.toSorted((a, b) => (String(a.rowKey) < String(b.rowKey) ? -1 : 1));
    return inOrder.map(fromJournalEntity);
  };
  return { ...port, rows };
});

describe('what a newer release wrote', () => {
  const newer = { v: 3, document: 'whatever a newer release may write' };

  it('is not read, and not written over: a tag', async () => {
    const { port, tables } = openPort(TableTagStore);
    const before = await port.commit(webTag, tagState(), undefined, patient());
    const key = tagEntityKey(webTag);
    await tables('tags').updateEntity({ ...key, ...toTagProperties(tagState()), ...newer }, 'Replace');
    await expect(port.load(webTag, patient())).rejects.toThrow(SchemaTooNew);
    await expect(port.commit(webTag, tagState(), before, patient())).rejects.toThrow(VersionConflict);
    await expect(port.commit(webTag, tagState(), undefined, patient())).rejects.toThrow(VersionConflict);
    expect(await tables('tags').getEntity(key.partitionKey, key.rowKey)).toMatchObject(newer);
  });

  it('is not read, and not written over: a registry', async () => {
    const { port, tables } = openPort(TableRegistryStore);
    const contoso = 'contoso' as Registry;
    const sight = registrySightOf();
    const before = await port.commit(contoso, sight, undefined, patient());
    const key = registryEntityKey(contoso);
    await tables('registries').updateEntity({ ...key, ...newer }, 'Replace');
    await expect(port.load(contoso, patient())).rejects.toThrow(SchemaTooNew);
    await expect(port.commit(contoso, sight, before, patient())).rejects.toThrow(VersionConflict);
    expect(await tables('registries').getEntity(key.partitionKey, key.rowKey)).toMatchObject(newer);
  });

  it('is not read, and not written over: the webhooks of a registry', async () => {
    const { port, tables } = openPort(TableWebhooksStore);
    const contoso = 'contoso' as Registry;
    const before = await port.commit(contoso, eventfulWebhooks, undefined, patient());
    const key = webhooksEntityKey(contoso);
    await tables('registries').updateEntity({ ...key, ...newer }, 'Replace');
    await expect(port.load(contoso, patient())).rejects.toThrow(SchemaTooNew);
    await expect(port.commit(contoso, eventfulWebhooks, before, patient())).rejects.toThrow(VersionConflict);
    expect(await tables('registries').getEntity(key.partitionKey, key.rowKey)).toMatchObject(newer);
  });
});

describe('the index', () => {
  it('takes a tag that an older release wrote for one that may name any digest', async () => {
    const { port, tables } = openPort(TableIndexedTags);
    await port.store.commit(webTag, tagState(), undefined, patient());
    const { digests: _, ...older } = toTagProperties(tagState());
    await tables('tags').updateEntity({ ...tagEntityKey(webTag), ...older }, 'Replace');
    const { registry, repository } = webTag;
    expect(await collect(port.index.tags(registry, repository, new Set([digestA]), patient()))).toEqual([webTag]);
  });
});
