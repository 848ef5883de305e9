import { describe, expect, it, onTestFinished } from 'vitest';
import { type Broker, startBroker } from '../../../src/local/broker/broker.ts';
import { connectTo, TOPIC } from './harness.ts';

const start = (port = 0) =>
  startBroker({ port, topics: [{ name: TOPIC, duplicateDetectionSeconds: 60, subscriptions: [{ name: 'all' }] }] });

const path = `${TOPIC}/Subscriptions/all`;
const idle = { ready: 0, locked: 0, dead: 0 };

describe.for([
  { name: 'closed politely', hard: false },
  { name: 'closed hard', hard: true },
])('when the broker is $name and starts on the same port', ({ hard }) => {
  async function setUp() {
    let broker: Broker = await start();
    onTestFinished(() => broker.close({ hard: true }));
    const client = connectTo(broker, {
      // The SDK waits this long for the answer to a message that it wrote to a connection which was already dead.
      retryOptions: { maxRetries: 50, retryDelayInMs: 20, maxRetryDelayInMs: 50, timeoutInMs: 500 },
    });
    const restart = async () => {
      await broker.close({ hard });
      broker = await start(broker.port);
    };
    return { client, restart, depth: () => broker.depth(path), sent: () => broker.stats(TOPIC).sent };
  }

  it('a sender goes on', async () => {
    const { client, restart, sent } = await setUp();
    const sender = client.createSender(TOPIC);
    await sender.sendMessages({ body: 1 });
    await restart();
    await sender.sendMessages({ body: 2 });
    expect(sent()).toBe(1);
  });

  it('a receiver that subscribes goes on', async () => {
    const { client, restart, depth } = await setUp();
    const bodies: unknown[] = [];
    client.createReceiver(TOPIC, 'all').subscribe({
      processMessage: async ({ body }) => void bodies.push(body),
      processError: async () => {},
    });
    const sender = client.createSender(TOPIC);
    await sender.sendMessages({ body: 'before' });
    await expect.poll(() => bodies).toEqual(['before']);
    await expect.poll(depth).toEqual(idle);
    await restart();
    await sender.sendMessages({ body: 'after' });
    await expect.poll(() => bodies, { timeout: 5_000 }).toEqual(['before', 'after']);
    await expect.poll(depth).toEqual(idle);
  });
});

it('nothing of before a restart is left', async () => {
  const first = await start();
  const client = connectTo(first);
  await client.createSender(TOPIC).sendMessages({ body: 1 });
  expect(first.depth(path).ready).toBe(1);
  await first.close();
  const second = await start(first.port);
  onTestFinished(() => second.close());
  expect(second.depth(path)).toEqual(idle);
});

it('a client that finds no broker fails, and works when there is one', async () => {
  const first = await start();
  const client = connectTo(first);
  await first.close();
  await expect(client.createSender(TOPIC).sendMessages({ body: 1 })).rejects.toThrow('ECONNREFUSED');
  const second = await start(first.port);
  onTestFinished(() => second.close());
  await client.createSender(TOPIC).sendMessages({ body: 1 });
  expect(second.stats(TOPIC).sent).toBe(1);
});

it('a broker can be closed twice', async () => {
  const broker = await start();
  await Promise.all([broker.close(), broker.close({ hard: true })]);
  await broker.close();
});
