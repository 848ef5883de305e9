import {
  fromJournalEntity,
  type JournalEntity,
  type JournalEntry,
  toJournalEntity,
} from '../../src/adapters/table/journal-entity.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import { type TagName, tagKey } from '../../src/core/names.ts';
import type { Journal } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

/** Keeps what the real journal would write. */
export class InMemoryJournal implements Journal {
  readonly #calls: GatedCalls;
  readonly #rows = new Map<string, JournalEntity>();

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  async append(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    const entities = announcements.map((announcement) => toJournalEntity(tag, announcement));
    await this.#calls.call('journal.append', signal, () => {
      for (const entity of entities) {
        this.#rows.set(`${entity.partitionKey}/${entity.rowKey}`, entity);
      }
    });
  }

  /** All there are, newest first. */
  rows(): readonly JournalEntry[] {
    const rowKeys = [...this.#rows.values()].sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
    return rowKeys.map(fromJournalEntity);
  }

  /** A tag's announcements, newest first. */
  entries(tag: TagName): readonly Announcement[] {
    return this.rows()
      .filter((row) => tagKey(row.tag) === tagKey(tag))
      .map(({ announcement }) => announcement);
  }
}
