import { Entities } from './entities.ts';
import { Links } from './links.ts';
import type { Depth } from './queue.ts';
import { AmqpServer } from './server.ts';
import type { SubscriptionOptions } from './subscription.ts';
import { Topic, type TopicOptions, type TopicStats } from './topic.ts';

// An in-memory broker for the Azure Service Bus SDK, on loopback: topics, subscriptions with rules, sessions,
// dead-letter queues. What it does not support it refuses with an AMQP error that says so. Nothing survives `close`.

export type { CorrelationFilter } from './rules.ts';
export type { SubscriptionOptions } from './subscription.ts';
export type { TopicOptions } from './topic.ts';

/** How late a lock may expire, or a scheduled message appear. */
const SWEEP_EVERY_MS = 50;

export interface BrokerOptions {
  /** 0, the default, is any free port. */
  port?: number;
  topics: TopicOptions[];
  /** Epoch milliseconds. Governs locks, schedules, times to live and duplicate detection. */
  now?: () => number;
}

export interface Broker {
  readonly port: number;
  readonly connectionString: string;
  /** Receives what is sent from now on. Throws an error that names the fault, for a rule that can't be used too. */
  addSubscription(topic: string, subscription: SubscriptionOptions): void;
  /** With all its messages. Its receivers get `MessagingEntityNotFound`. */
  removeSubscription(topic: string, name: string): void;
  stats(topic: string): TopicStats;
  /** Of `TOPIC/Subscriptions/NAME`, or of that and `/$DeadLetterQueue`. */
  depth(path: string): Depth;
  /**
   * Tells clients to come back later, or, if `hard`, drops their connections as if the process had been killed. May be
   * called again, to no effect.
   */
  close(options?: { hard?: boolean }): Promise<void>;
}

export async function startBroker({ port = 0, topics, now = Date.now }: BrokerOptions): Promise<Broker> {
  const entities = new Entities();
  for (const topic of topics) {
    entities.add(new Topic(topic, now));
  }
  const server = await AmqpServer.listen(port, new Links(entities, now));
  const sweeper = setInterval(() => entities.sweep(), SWEEP_EVERY_MS);
  const boundPort = server.port;
  return {
    port: boundPort,
    connectionString: connectionString(boundPort),
    addSubscription: (topic, subscription) => entities.topic(topic).addSubscription(subscription),
    removeSubscription: (topic, name) => entities.topic(topic).removeSubscription(name),
    stats: (topic) => ({ ...entities.topic(topic).stats }),
    depth: (path) => entities.queue(path).depth(),
    close: async ({ hard = false } = {}) => {
      clearInterval(sweeper);
      await server.close(hard);
    },
  };
}

/** `UseDevelopmentEmulator` makes the SDK use plain TCP and this port. */
function connectionString(port: number): string {
  const key = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  return `Endpoint=sb://127.0.0.1:${port};${key};UseDevelopmentEmulator=true;`;
}
