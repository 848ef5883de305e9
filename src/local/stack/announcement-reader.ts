// What comes out of the topic, for the terminal view: received with the SDK, as everybody else does.
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import type { ReplicationEvent } from '../../adapters/service-bus/replication-event.ts';
import type { Digest, Region } from '../../core/names.ts';
import { type AnnouncedEvent, nowText } from './events.ts';

export interface AnnouncementReader {
  close(): Promise<void>;
}

export interface AnnouncementReaderOptions {
  readonly connectionString: string;
  readonly topic: string;
  readonly subscription: string;
  /** The next one comes when this has resolved. */
  readonly onAnnounced: (event: AnnouncedEvent) => Promise<void>;
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

function toAnnounced({ body }: ServiceBusReceivedMessage): AnnouncedEvent {
  const { type, id, sequence, subject, data } = body as ReplicationEvent;
  return {
    event: 'announced',
    at: nowText(),
    ...{ type, id, sequence: Number(sequence), image: subject, digest: data.digest as Digest },
    durationMs: data.durationMs,
    missing: data.missing as Region[],
    ...('region' in data && { region: data.region as Region }),
    ...('reason' in data && { reason: data.reason }),
    ...('supersededBy' in data && { supersededBy: data.supersededBy as Digest }),
  };
}
