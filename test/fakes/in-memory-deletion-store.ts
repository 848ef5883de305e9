import { fromDeletionEntity, toDeletionEntity } from '../../src/adapters/table/deletion-entity.ts';
import { deletionEntityKey, dueRowKeyBound } from '../../src/adapters/table/keys.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { DeletionStore, PendingDeletion } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

interface Options extends GateOption {
  /** Rows per answer, as of the real store. A smaller one lets a simulation put something in between. */
  readonly pageSize?: number;
}

/** Keeps the entities that the real store would write, by their row keys. */
export class InMemoryDeletionStore implements DeletionStore {
  readonly #calls: GatedCalls;
  readonly #pageSize: number;
  readonly #rows = new Map<string, string>();

  constructor({ pageSize = 1000, ...options }: Options = {}) {
    this.#calls = new GatedCalls(options);
    this.#pageSize = pageSize;
  }

  /** All that are pending, the one that is due first in front. */
  pending(): readonly PendingDeletion[] {
    return this.#rowsAfter('', undefined, this.#rows.size).map((rowKey) => this.#deletion(rowKey));
  }

  async add(deletion: PendingDeletion, signal: AbortSignal): Promise<void> {
    const entity = toDeletionEntity(deletion);
    await this.#calls.call('deletions.add', signal, () => {
      if (!this.#rows.has(entity.rowKey)) {
        this.#rows.set(entity.rowKey, JSON.stringify(entity));
      }
    });
  }

  async remove(deletion: PendingDeletion, signal: AbortSignal): Promise<void> {
    const { rowKey } = deletionEntityKey(deletion);
    await this.#calls.call('deletions.remove', signal, () => {
      this.#rows.delete(rowKey);
    });
  }

  async *due(until: Instant, signal: AbortSignal): AsyncIterable<PendingDeletion> {
    const bound = dueRowKeyBound(until);
    let last = '';
    for (;;) {
      const page = await this.#calls.call('deletions.due', signal, () =>
        this.#rowsAfter(last, bound, this.#pageSize).map((rowKey) => ({ rowKey, deletion: this.#deletion(rowKey) })),
      );
      for (const { deletion } of page) {
        yield deletion;
      }
      if (page.length < this.#pageSize) {
        return;
      }
      last = page.at(-1)?.rowKey ?? last;
    }
  }

  #rowsAfter(last: string, bound: string | undefined, count: number): readonly string[] {
    return [...this.#rows.keys()]
      .filter((rowKey) => rowKey > last && (bound === undefined || rowKey < bound))
      .sort()
      .slice(0, count);
  }

  #deletion(rowKey: string): PendingDeletion {
    return fromDeletionEntity(JSON.parse(this.#rows.get(rowKey) ?? '{}'));
  }
}
