import { ServiceBusClient, type ServiceBusClientOptions, type ServiceBusReceiver } from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import { type Broker, type SubscriptionOptions, startBroker } from '../../../src/local/broker/broker.ts';

export const TOPIC = 'replication-events';
export const START = Date.parse('2026-11-21T08:00:00Z');

export interface World {
  broker: Broker;
  client: ServiceBusClient;
  connect(options?: ServiceBusClientOptions): ServiceBusClient;
  /** Locks are not renewed on their own: time in these tests is not the SDK's. */
  receiver(subscription: string, options?: ReceiverOptions): ServiceBusReceiver;
  send(...messages: Parameters<ReturnType<ServiceBusClient['createSender']>['sendMessages']>): Promise<void>;
  advance(ms: number): void;
  path(subscription: string): string;
}

type ReceiverOptions = Omit<NonNullable<Parameters<ServiceBusClient['createReceiver']>[2]>, 'receiveMode'> & {
  receiveMode?: 'peekLock' | 'receiveAndDelete';
};

/** A broker of its own with a clock that stands still, and a client; both are closed when the test is over. */
export async function startWorld(subscriptions: SubscriptionOptions[], duplicateDetectionSeconds = 60): Promise<World> {
  let now = START;
  const broker = await startBroker({
    topics: [{ name: TOPIC, duplicateDetectionSeconds, subscriptions }],
    now: () => now,
  });
  onTestFinished(() => broker.close());
  const connect = (options: ServiceBusClientOptions = {}) => connectTo(broker, options);
  const client = connect();
  const sender = client.createSender(TOPIC);
  return {
    broker,
    client,
    connect,
    receiver: (subscription, options = {}) =>
      client.createReceiver(TOPIC, subscription, {
        maxAutoLockRenewalDurationInMs: 0,
        receiveMode: 'peekLock',
        ...options,
      } as { receiveMode: 'peekLock' }),
    send: (messages, options) => sender.sendMessages(messages, options),
    advance: (ms) => {
      now += ms;
    },
    path: (subscription) => `${TOPIC}/Subscriptions/${subscription}`,
  };
}

export function connectTo(broker: Broker, options: ServiceBusClientOptions = {}): ServiceBusClient {
  const client = new ServiceBusClient(broker.connectionString, {
    retryOptions: { maxRetries: 0, timeoutInMs: 5_000 },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** The only message there is. Asking for one exactly, the SDK does not wait for more. */
export async function receiveOne(receiver: ServiceBusReceiver) {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 4_000 });
  if (message === undefined) {
    throw new Error(`Expected a message from ${receiver.entityPath}, got none`);
  }
  return message;
}
