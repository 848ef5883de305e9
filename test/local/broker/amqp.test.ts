import { once } from 'node:events';
import rhea, { type Connection, type EventContext, type Receiver } from 'rhea';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { receiveOne, startWorld, TOPIC, type World } from './harness.ts';

// What the SDK hides or mends by itself, seen by a client that speaks AMQP directly.

function connect(world: World): Connection {
  const connection = rhea.create_container().connect({
    host: '127.0.0.1',
    port: world.broker.port,
    username: 'anyone',
    reconnect: false,
  });
  connection.on('disconnected', () => {});
  onTestFinished(() => connection.close());
  return connection;
}

function attach(connection: Connection, world: World, subscription: string, filter?: Record<string, unknown>) {
  const address = world.path(subscription);
  const source = filter === undefined ? { address } : { address, filter };
  return connection.open_receiver({ source, credit_window: 0, autoaccept: false });
}

const event = (receiver: Receiver, name: string): Promise<[EventContext]> =>
  once(receiver, name) as Promise<[EventContext]>;

describe('a receiving link', () => {
  it('is told at once when it has got all there was', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body: 1 });
    const receiver = attach(connect(world), world, 'all');
    let received = 0;
    receiver.on('message', () => {
      received += 1;
    });
    await event(receiver, 'receiver_open');
    receiver.add_credit(5);
    receiver.drain_credit();
    await event(receiver, 'receiver_drained');
    expect(received).toBe(1);
  });

  it('gets a message when it gives credit or a message comes, without the broker having to look again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body: 1, messageId: 'a' });
    const receiver = attach(connect(world), world, 'all');
    await event(receiver, 'receiver_open');
    for (const expected of ['a', 'b']) {
      const arrival = event(receiver, 'message');
      receiver.add_credit(1);
      const [{ message }] = await arrival;
      expect(message?.message_id).toBe(expected);
      await world.send({ body: 1, messageId: 'b' });
    }
  });
});

describe('a session is free again at once', () => {
  it.for([
    { name: 'when the link is closed', end: (receiver: Receiver) => receiver.close() },
    { name: 'when the AMQP session is closed', end: (receiver: Receiver) => receiver.session.close() },
    { name: 'when the connection breaks', end: (receiver: Receiver) => receiver.connection['socket'].destroy() },
  ])('$name', async ({ end }) => {
    const world = await startWorld([{ name: 'ordered', requiresSession: true }]);
    await world.send({ body: 1, sessionId: 'a' });
    const receiver = attach(connect(world), world, 'ordered', { 'com.microsoft:session-filter': 'a' });
    await event(receiver, 'receiver_open');
    const next = world.client.acceptNextSession(TOPIC, 'ordered', { maxAutoLockRenewalDurationInMs: 0 });
    end(receiver);
    expect((await receiveOne(await next)).body).toBe(1);
  });

  it('when the client that was waiting for it is gone', async () => {
    const world = await startWorld([{ name: 'ordered', requiresSession: true }]);
    const connection = connect(world);
    const waiting = attach(connection, world, 'ordered', { 'com.microsoft:session-filter': null });
    waiting.close();
    // The broker reads what a connection sends in order: when it answers this one, it knows of the close.
    await event(attach(connection, world, 'ordered', { 'com.microsoft:session-filter': 'b' }), 'receiver_open');
    await world.send({ body: 1, sessionId: 'a' });
    const receiver = await world.client.acceptNextSession(TOPIC, 'ordered', { maxAutoLockRenewalDurationInMs: 0 });
    expect((await receiveOne(receiver)).body).toBe(1);
  });
});
