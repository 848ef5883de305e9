// An announcement of a registry's replica as a message of the topic. Pure: the same one always gives the same message.
import type { ServiceBusMessage } from '@azure/service-bus';
import type { Registry } from '../../core/names.ts';
import type { ReplicaAnnouncement } from '../../core/replica-announcements.ts';
import { CONTENT_TYPE, toEnvelope, toIso } from './envelope.ts';
import type { ReplicaEvent } from './replica-event.ts';

export interface ReplicaMessage extends ServiceBusMessage {
  readonly body: ReplicaEvent;
}

/** As `DATA_SCHEMA` of a replication's messages. */
export const REPLICA_DATA_SCHEMA = 'urn:landfall:schema:replica-event:1';

/** Messages of a session come in order: each registry is its own, and no tag's key is like a registry's name. */
export function toReplicaMessage(registry: Registry, announcement: ReplicaAnnouncement): ReplicaMessage {
  const { id, type, region, condition, notReadySince, decidedAt } = announcement;
  return {
    messageId: id,
    contentType: CONTENT_TYPE,
    subject: region,
    sessionId: registry,
    applicationProperties: { type, registry, region },
    body: {
      ...toEnvelope(registry, region, announcement, REPLICA_DATA_SCHEMA),
      type,
      data: {
        registry,
        region,
        condition,
        notReadySince: toIso(notReadySince),
        // Another instance's clock, which saw it first, may be ahead of this one's.
        durationMs: Math.max(0, decidedAt - notReadySince),
      },
    },
  };
}
