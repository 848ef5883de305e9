// What comes out of the topic, for the terminal view: received with the SDK, as everybody else does.
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import type { ReplicaEvent } from '../../adapters/service-bus/replica-event.ts';
import type { ReplicationEvent } from '../../adapters/service-bus/replication-event.ts';
import type { Digest, Region } from '../../core/names.ts';
import { type AnnouncedEvent, nowText, type ReplicaAnnouncedEvent } from './events.ts';

export interface AnnouncementReader {
  close(): Promise<void>;
}

export interface AnnouncementReaderOptions {
  readonly connectionString: string;
  readonly topic: string;
  readonly subscription: string;
  /** The next one comes when this has resolved. */
  readonly onAnnounced: (event: AnnouncedEvent | ReplicaAnnouncedEvent) => Promise<void>;
}

export function readAnnouncements(options: AnnouncementReaderOptions): AnnouncementReader {
  const client = new ServiceBusClient(options.connectionString);
  const receiver = client.createReceiver(options.topic, options.subscription, { receiveMode: 'receiveAndDelete' });
  receiver.subscribe({
    processMessage: async (message) => options.onAnnounced(toAnnounced(message)),
    // The SDK reconnects by itself; without the broker, which is in this process, nothing is worth telling.
    processError: async () => {},
  });
  return { close: () => client.close() };
}

function toAnnounced({ body }: ServiceBusReceivedMessage): AnnouncedEvent | ReplicaAnnouncedEvent {
  const event = body as ReplicationEvent | ReplicaEvent;
  const of = { at: nowText(), id: event.id, sequence: Number(event.sequence) };
  switch (event.type) {
    case 'replica.not-ready':
    case 'replica.ready':
    case 'replica.removed': {
      const { region, condition, durationMs } = event.data;
      const { type } = event;
      return { event: 'replica-announced', ...of, type, region: region as Region, condition, durationMs };
    }
    default:
      return toReplicationAnnounced(event, of);
  }
}

function toReplicationAnnounced(
  { type, subject, data }: ReplicationEvent,
  of: Pick<AnnouncedEvent, 'at' | 'id' | 'sequence'>,
): AnnouncedEvent {
  return {
    ...{ event: 'announced', ...of, type, image: subject, digest: data.digest as Digest },
    durationMs: data.durationMs,
    missing: data.missing as Region[],
    ...('region' in data && { region: data.region as Region }),
    ...('reason' in data && { reason: data.reason }),
    ...('supersededBy' in data && { supersededBy: data.supersededBy as Digest }),
  };
}
