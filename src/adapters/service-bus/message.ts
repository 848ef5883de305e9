// An announcement as a message of the topic. Pure: the same announcement always gives the same message.
import { createHash } from 'node:crypto';
import type { ServiceBusMessage } from '@azure/service-bus';
import type { Announcement } from '../../core/announcements.ts';
import { imageName, type TagName, tagKey } from '../../core/names.ts';
import { CONTENT_TYPE, toEnvelope, toIso } from './envelope.ts';
import type { ReplicationEvent } from './replication-event.ts';

export interface ReplicationMessage extends ServiceBusMessage {
  readonly body: ReplicationEvent;
}

/** Names the version of what consumers may rely on. Within one, fields are only added. */
export const DATA_SCHEMA = 'urn:landfall:schema:replication-event:1';

/**
 * The standard tier takes messages of 256 KiB (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas).
 * Azure has some 70 regions; this many of them, with names of 40 characters, take a third of that.
 */
const REGIONS_LIMIT = 400;

/** Service Bus takes session ids of up to this many characters. */
const SESSION_ID_LIMIT = 128;

export function toMessage(
  tag: TagName,
  announcement: Announcement,
  registry: { readonly loginServer: string },
): ReplicationMessage {
  const { id, type, digest, region } = announcement;
  const image = imageName(tag);
  return {
    messageId: id,
    contentType: CONTENT_TYPE,
    subject: image,
    sessionId: sessionId(tag),
    applicationProperties: {
      type,
      registry: tag.registry,
      repository: tag.repository,
      tag: tag.tag,
      digest,
      ...(region === undefined ? {} : { region }),
    },
    body: {
      ...toEnvelope(tag.registry, image, announcement, DATA_SCHEMA),
      ...content(announcement, toData(tag, announcement, registry)),
    },
  };
}

/** Messages of a session come in order: each tag is its own. */
function sessionId(tag: TagName): string {
  const key = tagKey(tag);
  return key.length <= SESSION_ID_LIMIT ? key : createHash('sha256').update(key).digest('hex');
}

function toData(tag: TagName, announcement: Announcement, { loginServer }: { readonly loginServer: string }) {
  const { digest, mediaType, arrivals, missing, firstHeardAt, decidedAt } = announcement;
  const regions = arrivals.slice(0, REGIONS_LIMIT);
  const missingRegions = missing.slice(0, REGIONS_LIMIT);
  const omittedRegions = arrivals.length - regions.length + missing.length - missingRegions.length;
  return {
    registry: tag.registry,
    repository: tag.repository,
    tag: tag.tag,
    digest,
    image: `${loginServer}/${tag.repository}@${digest}`,
    ...(mediaType === undefined ? {} : { mediaType }),
    originRegion: announcement.origin,
    pushedAt: announcement.pushedAt,
    firstHeardAt: toIso(firstHeardAt),
    // The registry's clock, from which a reconciled push counts, may be ahead of ours.
    durationMs: Math.max(0, decidedAt - firstHeardAt),
    regions: regions.map(({ region, arrivedAt, lagMs, source }) => ({
      region,
      arrivedAt: toIso(arrivedAt),
      lagMs,
      source,
    })),
    missing: missingRegions,
    ...(omittedRegions === 0 ? {} : { omittedRegions }),
  };
}

/** What is particular to a type of announcement. */
function content(announcement: Announcement, data: ReturnType<typeof toData>) {
  const { type } = announcement;
  switch (type) {
    case 'replication.completed':
      return { type, data: { ...data, completedAt: toIso(announcement.decidedAt) } };
    case 'replication.lagging':
    case 'replication.recovered':
      return { type, data: { ...data, region: given(announcement, 'region') } };
    case 'replication.superseded':
      return { type, data: { ...data, supersededBy: given(announcement, 'supersededBy') } };
    case 'replication.abandoned':
      return { type, data: { ...data, reason: given(announcement, 'reason') } };
  }
}

function given<K extends 'region' | 'supersededBy' | 'reason'>(
  announcement: Announcement,
  field: K,
): NonNullable<Announcement[K]> {
  const value = announcement[field];
  if (value === undefined) {
    throw new TypeError(`Expected ${announcement.type} ${announcement.id} to have a ${field}, got none`);
  }
  return value;
}
