// Keys of the tables. Table Storage forbids / \ # ? and control characters in them and allows 512 characters
// (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model). `/` of a repository
// becomes `|`, the parts are joined by `:`, and no name or id can hold either: different things get different keys.
// Row keys are unique across partitions too: the emulator looks an entity up by its row key first.
import { createHash } from 'node:crypto';
import { type Instant, toEventTime } from '../../core/instant.ts';
import type { Registry, Repository, Tag, TagName } from '../../core/names.ts';
import { tagKey } from '../../core/names.ts';
import { ALARM_SHARDS, type Alarm, type PendingDeletion } from '../../usecases/ports.ts';

export interface EntityKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const escaped = (repository: Repository) => repository.replaceAll('/', '|');

/** `contoso:public|products|web`: all tags of this repository, and of no other, `public/products/web/api` included. */
export function tagPartitionKey({ registry, repository }: Pick<TagName, 'registry' | 'repository'>): string {
  return `${registry}:${escaped(repository)}`;
}

/** `contoso:public|products|web` / `contoso:public|products|web:1.2`; at most 436 characters. */
export function tagEntityKey({ registry, repository, tag }: TagName): EntityKey {
  const partitionKey = tagPartitionKey({ registry, repository });
  return { partitionKey, rowKey: `${partitionKey}:${tag}` };
}

/** @returns undefined for what is no row key of a tag */
export function parseTagRowKey(rowKey: string): TagName | undefined {
  const [registry, repository, tag, ...rest] = rowKey.split(':');
  if (!registry || !repository || !tag || rest.length > 0) {
    return undefined;
  }
  return {
    registry: registry as Registry,
    repository: repository.replaceAll('|', '/') as Repository,
    tag: tag as Tag,
  };
}

/** Until the year 33658. */
const INSTANT_DIGITS = 15;
const LAST_INSTANT = 10 ** INSTANT_DIGITS - 1;

function instantText(instant: Instant): string {
  if (!Number.isInteger(instant) || instant < 0 || instant > LAST_INSTANT) {
    throw new RangeError(`expected an instant of whole milliseconds from 0 to ${LAST_INSTANT}, got ${instant}`);
  }
  return String(instant).padStart(INSTANT_DIGITS, '0');
}

/** Which of `ALARM_SHARDS` a tag's alarms are in; stored rows depend on it. FNV-1a, then mixed as by MurmurHash3. */
export function shardOf(tag: TagName): number {
  let hash = 0x811c9dc5;
  for (const character of tagKey(tag)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % ALARM_SHARDS;
}

export function alarmPartitionKey(shard: number): string {
  return shard.toString(16).padStart(2, '0');
}

/** `0a` / `001787313600000:k3v9:contoso:public|products|web:1.2`: the row is in the order of time and says it all. */
export function alarmEntityKey({ id, dueAt, tag }: Alarm): EntityKey {
  return {
    partitionKey: alarmPartitionKey(shardOf(tag)),
    rowKey: `${instantText(dueAt)}:${id}:${tagEntityKey(tag).rowKey}`,
  };
}

/** Row keys of alarms, and of deletions, due at this moment or earlier are less than this; undefined when all are. */
export function dueRowKeyBound(until: Instant | undefined): string | undefined {
  return until === undefined || until >= LAST_INSTANT ? undefined : instantText(Math.max(0, Math.floor(until) + 1));
}

/** @returns undefined for what is no row key of an alarm */
export function parseAlarmRowKey(rowKey: string): Alarm | undefined {
  const [, dueAt, id, rest] = /^(\d{15}):([^:]+):(.+)$/.exec(rowKey) ?? [];
  const tag = rest === undefined ? undefined : parseTagRowKey(rest);
  return id === undefined || tag === undefined ? undefined : { id, dueAt: Number(dueAt), tag };
}

export function registryEntityKey(registry: Registry): EntityKey {
  return { partitionKey: 'registries', rowKey: registry };
}

/** As its signs of life: a colon sets it apart from every registry's name. */
export function webhooksEntityKey(registry: Registry): EntityKey {
  return { partitionKey: 'webhooks', rowKey: `webhooks:${registry}` };
}

/** A colon sets it apart from every registry's name. */
export function heartbeatEntityKey(registry: Registry | undefined): EntityKey {
  return {
    partitionKey: 'heartbeats',
    rowKey: registry === undefined ? 'heartbeat:sweep' : `heartbeat:webhooks:${registry}`,
  };
}

/** Enough to write a registry's announcements side by side, and few enough to merge on reading. */
export const JOURNAL_SHARDS = 4;

/** `contoso:2026-11-21:03`; an announcement is in the day on which it was decided, in UTC. */
export function journalPartitionKey(registry: Registry, decidedAt: Instant, shard: number): string {
  return `${registry}:${toEventTime(decidedAt).slice(0, 10)}:${alarmPartitionKey(shard)}`;
}

/** Newest first: time and, within one tag and moment, sequence count down. At most 476 characters. */
export function journalEntityKey(
  tag: TagName,
  { id, sequence, decidedAt }: { readonly id: string; readonly sequence: number; readonly decidedAt: Instant },
): EntityKey {
  const countdown = String(Number.MAX_SAFE_INTEGER - sequence).padStart(16, '0');
  return {
    partitionKey: journalPartitionKey(tag.registry, decidedAt, shardOf(tag) % JOURNAL_SHARDS),
    rowKey: `${instantText(LAST_INSTANT - decidedAt)}:${escaped(tag.repository)}:${tag.tag}:${countdown}:${id}`,
  };
}

/** Enough to write the deletions of a clean-up side by side, and few enough to ask every minute. */
export const DELETION_SHARDS = 4;

/** `00` to `03` */
export function deletionPartitionKey(shard: number): string {
  return alarmPartitionKey(shard);
}

/**
 * `03` / `001787313660000:1:0723…`: in the order of time, and the same for the same notice, whenever it reached us. A
 * hash stands for the notice, as its names may be longer than a key. Stored rows depend on it.
 */
export function deletionEntityKey({ notice, dueAt, look }: PendingDeletion): EntityKey {
  const { registry, repository, digest, region, eventAt } = notice;
  const identity = JSON.stringify([registry, repository, digest ?? null, region, eventAt]);
  const hash = createHash('sha256').update(identity).digest('hex');
  return {
    partitionKey: deletionPartitionKey(Number.parseInt(hash.slice(0, 2), 16) % DELETION_SHARDS),
    rowKey: `${instantText(dueAt)}:${look}:${hash}`,
  };
}

/** @returns undefined for what is no row key of a deletion */
export function parseDeletionRowKey(rowKey: string): Pick<PendingDeletion, 'dueAt' | 'look'> | undefined {
  const [, dueAt, look] = /^(\d{15}):([12]):[0-9a-f]{64}$/.exec(rowKey) ?? [];
  return dueAt === undefined ? undefined : { dueAt: Number(dueAt), look: look === '1' ? 1 : 2 };
}
