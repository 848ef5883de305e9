// How an announcement lies in the journal: whole, as JSON, beside plain columns for a person who opens the table.
import type { Announcement } from '../../core/announcements.ts';
import { toEventTime } from '../../core/instant.ts';
import type { Registry, Repository, Tag, TagName } from '../../core/names.ts';
import { type EntityKey, journalEntityKey } from './keys.ts';
import { joinText, splitText, toAsciiJson } from './long-text.ts';
import { CorruptEntity } from './storage-errors.ts';

export type JournalEntity = EntityKey & Readonly<Record<string, string>>;

export function toJournalEntity(tag: TagName, announcement: Announcement): JournalEntity {
  const { type, digest, decidedAt, region } = announcement;
  return {
    ...journalEntityKey(tag, announcement),
    ...tag,
    type,
    digest,
    decidedAt: toEventTime(decidedAt),
    ...(region === undefined ? {} : { region }),
    ...splitText('announcement', toAsciiJson(announcement)),
  };
}

export interface JournalEntry {
  readonly tag: TagName;
  readonly announcement: Announcement;
}

export function fromJournalEntity(entity: Readonly<Record<string, unknown>>): JournalEntry {
  const { registry, repository, tag } = entity;
  try {
    return {
      tag: { registry: registry as Registry, repository: repository as Repository, tag: tag as Tag },
      announcement: JSON.parse(joinText('announcement', entity)) as Announcement,
    };
  } catch (error) {
    const message = `expected a readable announcement in ${entity['rowKey']}, got ${error}`;
    throw new CorruptEntity(message, { cause: error });
  }
}
