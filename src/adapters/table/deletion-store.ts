import type { Instant } from '../../core/instant.ts';
import type { DeletionStore, PendingDeletion } from '../../usecases/ports.ts';
import type { Properties } from './columns.ts';
import { fromDeletionEntity, toDeletionEntity } from './deletion-entity.ts';
import { DELETION_SHARDS, deletionEntityKey, deletionPartitionKey, dueRowKeyBound } from './keys.ts';
import { isAlreadyThere } from './storage-errors.ts';
import { type OpenTable, Table } from './table.ts';

/** One row per deletion and look: written once, deleted, never updated. */
export class TableDeletionStore implements DeletionStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'deletions');
  }

  async add(deletion: PendingDeletion, signal: AbortSignal): Promise<void> {
    const entity = toDeletionEntity(deletion);
    try {
      await this.#table.write(signal, (client, options) => client.createEntity(entity, options));
    } catch (error) {
      if (!isAlreadyThere(error)) {
        throw error;
      }
    }
  }

  async remove(deletion: PendingDeletion, signal: AbortSignal): Promise<void> {
    const { partitionKey, rowKey } = deletionEntityKey(deletion);
    await this.#table.read(signal, (client, options) => client.deleteEntity(partitionKey, rowKey, options));
  }

  async *due(until: Instant, signal: AbortSignal): AsyncIterable<PendingDeletion> {
    const bound = dueRowKeyBound(until);
    let fault: unknown;
    for (let shard = 0; shard < DELETION_SHARDS; shard += 1) {
      const partition = `PartitionKey eq '${deletionPartitionKey(shard)}'`;
      const filter = bound === undefined ? partition : `${partition} and RowKey lt '${bound}'`;
      for await (const entity of this.#table.list({ filter }, signal)) {
        const read = readDeletion(entity);
        if (read.deletion !== undefined) {
          yield read.deletion;
        } else {
          fault = read.fault;
        }
      }
    }
    // Said at the end, so that a row that cannot be read holds no other deletion back.
    if (fault !== undefined) {
      throw fault;
    }
  }
}

function readDeletion(entity: Properties): { readonly deletion?: PendingDeletion; readonly fault?: unknown } {
  try {
    return { deletion: fromDeletionEntity(entity) };
  } catch (fault) {
    return { fault };
  }
}
