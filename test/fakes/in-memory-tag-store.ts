import { parseTagRowKey, tagEntityKey, tagPartitionKey } from '../../src/adapters/table/keys.ts';
import { namingAnyOf } from '../../src/adapters/table/tag-digests.ts';
import { fromTagProperties, toTagProperties } from '../../src/adapters/table/tag-document.ts';
import type { Digest, Registry, Repository, TagName } from '../../src/core/names.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { TagIndex, TagStore, Version, Versioned } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';
import { VersionedValues } from './versioned-values.ts';

interface Options extends GateOption {
  /** Rows per answer of a listing, as of the real store. A smaller one lets a simulation put something in between. */
  readonly pageSize?: number;
}

/**
 * Keeps what the real store would write, by its row keys, so that what its document leaves out is missing here as well.
 * The index reads the same rows.
 */
export class InMemoryTagStore implements TagStore, TagIndex {
  readonly #calls: GatedCalls;
  readonly #pageSize: number;
  readonly #values = new VersionedValues();

  constructor({ pageSize = 1000, ...options }: Options = {}) {
    this.#calls = new GatedCalls(options);
    this.#pageSize = pageSize;
  }

  load(tag: TagName, signal: AbortSignal): Promise<Versioned<TagState> | undefined> {
    return this.#calls.call('tags.load', signal, () => {
      const stored = this.#values.load(tagEntityKey(tag).rowKey);
      return stored && { value: fromTagProperties(tag, JSON.parse(stored.value)), version: stored.version };
    });
  }

  async commit(tag: TagName, state: TagState, expected: Version | undefined, signal: AbortSignal): Promise<Version> {
    const { rowKey } = tagEntityKey(tag);
    const text = JSON.stringify(toTagProperties(state));
    return await this.#calls.call('tags.commit', signal, () => this.#values.commit(rowKey, text, expected));
  }

  async *tags(
    registry: Registry,
    repository: Repository,
    digests: ReadonlySet<Digest> | undefined,
    signal: AbortSignal,
  ): AsyncIterable<TagName> {
    const isWanted = digests === undefined ? () => true : namingAnyOf(digests);
    const prefix = `${tagPartitionKey({ registry, repository })}:`;
    let last = prefix;
    for (;;) {
      const page = await this.#calls.call('tags.list', signal, () => this.#rowsAfter(last, prefix));
      for (const { rowKey, column } of page) {
        const tag = parseTagRowKey(rowKey);
        if (tag !== undefined && isWanted(column)) {
          yield tag;
        }
      }
      if (page.length < this.#pageSize) {
        return;
      }
      last = page.at(-1)?.rowKey ?? last;
    }
  }

  #rowsAfter(last: string, prefix: string): readonly { readonly rowKey: string; readonly column: unknown }[] {
    const rowKeys = this.#values.keys().filter((rowKey) => rowKey.startsWith(prefix) && rowKey > last);
    return rowKeys
      .sort()
      .slice(0, this.#pageSize)
      .map((rowKey) => ({ rowKey, column: JSON.parse(this.#values.load(rowKey)?.value ?? '{}').digests }));
  }
}
