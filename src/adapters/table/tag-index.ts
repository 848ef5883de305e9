import type { Digest, Registry, Repository, TagName } from '../../core/names.ts';
import type { TagIndex } from '../../usecases/ports.ts';
import { parseTagRowKey, tagPartitionKey } from './keys.ts';
import { CorruptEntity } from './storage-errors.ts';
import { type OpenTable, Table } from './table.ts';
import { namingAnyOf } from './tag-digests.ts';

/** Reads of a repository's tags no more than their names and which digests they are about. */
export class TableTagIndex implements TagIndex {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'tags');
  }

  async *tags(
    registry: Registry,
    repository: Repository,
    digests: ReadonlySet<Digest> | undefined,
    signal: AbortSignal,
  ): AsyncIterable<TagName> {
    const isWanted = digests === undefined ? () => true : namingAnyOf(digests);
    const filter = `PartitionKey eq '${tagPartitionKey({ registry, repository })}'`;
    let foreign: unknown;
    for await (const { rowKey, digests: column } of this.#table.list(
      { filter, select: ['rowKey', 'digests'] },
      signal,
    )) {
      const tag = parseTagRowKey(String(rowKey));
      if (tag === undefined) {
        foreign = rowKey;
      } else if (isWanted(column)) {
        yield tag;
      }
    }
    // Said at the end, so that a row that somebody put there by hand holds no tag back.
    if (foreign !== undefined) {
      throw new CorruptEntity(`expected row keys of tags of ${registry}:${repository}, got ${JSON.stringify(foreign)}`);
    }
  }
}
