import type { TagName } from '../../core/names.ts';
import type { TagState } from '../../core/tag-state.ts';
import type { TagStore, Version, Versioned } from '../../usecases/ports.ts';
import { tagEntityKey } from './keys.ts';
import { type OpenTable, Table } from './table.ts';
import { fromTagProperties, toTagProperties } from './tag-document.ts';

/** One entity per tag; its etag is the version. */
export class TableTagStore implements TagStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'tags');
  }

  async load(tag: TagName, signal: AbortSignal): Promise<Versioned<TagState> | undefined> {
    const { partitionKey, rowKey } = tagEntityKey(tag);
    const entity = await this.#table.read(signal, (client, options) => client.getEntity(partitionKey, rowKey, options));
    return entity === undefined ? undefined : { value: fromTagProperties(tag, entity), version: entity.etag };
  }

  async commit(tag: TagName, state: TagState, expected: Version | undefined, signal: AbortSignal): Promise<Version> {
    return await this.#table.commit({ ...tagEntityKey(tag), ...toTagProperties(state) }, expected, signal);
  }
}
