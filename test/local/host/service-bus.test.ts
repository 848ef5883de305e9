import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../../src/local/broker/broker.ts';
import { type RunningHost, startHost } from '../../../src/local/host/host.ts';
import { events, gates } from './apps/stage.ts';

const QUEUE = 'messages/Subscriptions/forward';
const lines: string[] = [];
let broker: Broker;
let host: RunningHost;
let client: ServiceBusClient;

beforeAll(async () => {
  broker = await startBroker({
    topics: [
      {
        name: 'messages',
        duplicateDetectionSeconds: 60,
        subscriptions: [{ name: 'forward', maxDeliveryCount: 3 }],
      },
    ],
  });
  process.env['BUS'] = broker.connectionString;
  process.env['TOPIC'] = 'messages';
  client = new ServiceBusClient(broker.connectionString);
  host = await startHost({
    entry: path.resolve(import.meta.dirname, 'apps/messages.ts'),
    port: 0,
    keys: { host: 'key-of-the-host', master: 'key-of-the-master' },
    log: ({ level, category, message }) => void lines.push(`${level} ${category}: ${message}`),
  });
});
afterAll(async () => {
  await client?.close();
  await host?.close();
  await broker?.close();
});
afterEach(() => {
  events.length = 0;
  lines.length = 0;
});

async function send(message: ServiceBusMessage): Promise<void> {
  const sender = client.createSender('messages');
  await sender.sendMessages(message);
  await sender.close();
}

async function untilSettled(): Promise<void> {
  for (let { ready, locked } = broker.depth(QUEUE); ready + locked > 0; { ready, locked } = broker.depth(QUEUE)) {
    await sleep(5);
  }
}

describe('a function with a Service Bus trigger', () => {
  it('is known by name and type', () => {
    expect(host.functions).toEqual([{ name: 'take', type: 'serviceBusTrigger' }]);
  });

  it('gets JSON as an object and the rest as metadata, and completes the message', async () => {
    await send({ body: { n: 1 }, messageId: 'm-1', applicationProperties: { type: 'x' }, sessionId: 's' });
    await untilSettled();
    expect(events).toEqual(['[{"n":1},1,"m-1",{"type":"x"}]']);
    expect(broker.depth(`${QUEUE}/$DeadLetterQueue`).ready).toBe(0);
  });

  it('gets what is no JSON as text', async () => {
    await send({ body: Buffer.from('{no json'), messageId: 'm-2' });
    await untilSettled();
    expect(events).toEqual(['["{no json",1,"m-2",{}]']);
  });

  it('gets a message again when it threw', async () => {
    await send({ body: { failTimes: 2 }, messageId: 'm-3' });
    await untilSettled();
    expect(events.map((event) => JSON.parse(event)[1])).toEqual([1, 2, 3]);
    expect(broker.depth(`${QUEUE}/$DeadLetterQueue`).ready).toBe(0);
    expect(
      lines.filter((line) => line.startsWith('error Function.take: Failed: Error: failed as planned')),
    ).toHaveLength(2);
  });

  it('finds it among the dead letters after so many deliveries', async () => {
    await send({ body: { failTimes: 9 }, messageId: 'm-4' });
    await untilSettled();
    expect(events).toHaveLength(3);
    expect(broker.depth(`${QUEUE}/$DeadLetterQueue`).ready).toBe(1);
  });

  it('ends before the host does, and its message is completed', async () => {
    await send({ body: { isSlow: true }, messageId: 'm-5' });
    await gates.slow.reached;
    const closed = host.close();
    await send({ body: {}, messageId: 'm-6' });
    gates.slow.open();
    await closed;
    expect(events).toHaveLength(1);
    expect(broker.depth(QUEUE)).toEqual({ ready: 1, locked: 0, dead: 1 });
  });
});
