import type { TransactionAction } from '@azure/data-tables';
import type { Announcement } from '../../core/announcements.ts';
import type { TagName } from '../../core/names.ts';
import type { Journal } from '../../usecases/ports.ts';
import { type JournalEntity, toJournalEntity } from './journal-entity.ts';
import { type OpenTable, Table } from './table.ts';

/** https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
const MAX_OPERATIONS = 100;
/** Of 4 MiB, as every character may take two bytes and the requests have headers. */
const MAX_CHARACTERS = 1_500_000;

/** One entity per announcement, upserted, because its keys are made of what never changes. */
export class TableJournal implements Journal {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'journal');
  }

  async append(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    for (const batch of batches(announcements.map((announcement) => toJournalEntity(tag, announcement)))) {
      await this.#upsert(batch, signal);
    }
  }

  /** A transaction costs more than twice as much as a single operation, and mostly there is one announcement. */
  async #upsert(entities: readonly JournalEntity[], signal: AbortSignal): Promise<void> {
    const [first, ...rest] = entities;
    if (first !== undefined && rest.length === 0) {
      await this.#table.write(signal, (client, options) => client.upsertEntity(first, 'Replace', options));
      return;
    }
    const actions = entities.map((entity): TransactionAction => ['upsert', entity, 'Replace']);
    await this.#table.write(signal, (client, options) => client.submitTransaction(actions, options));
  }
}

/** Transactions do not reach across partitions: a day's end may lie between two announcements. */
function batches(entities: readonly JournalEntity[]): readonly (readonly JournalEntity[])[] {
  const found: JournalEntity[][] = [];
  let characters = 0;
  for (const entity of entities) {
    const last = found.at(-1);
    const size = JSON.stringify(entity).length;
    const isSamePartition = last?.[0]?.partitionKey === entity.partitionKey;
    if (last !== undefined && isSamePartition && last.length < MAX_OPERATIONS && characters + size <= MAX_CHARACTERS) {
      last.push(entity);
      characters += size;
    } else {
      found.push([entity]);
      characters = size;
    }
  }
  return found;
}
