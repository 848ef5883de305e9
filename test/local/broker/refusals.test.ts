import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startBroker } from '../../../src/local/broker/broker.ts';
import { connectTo, startWorld, TOPIC, type World } from './harness.ts';

const receive = (world: World, ...path: [string] | [string, string]) => {
  const [topic, subscription] = path;
  const receiver =
    subscription === undefined ? world.client.createReceiver(topic) : world.client.createReceiver(topic, subscription);
  return receiver.receiveMessages(1, { maxWaitTimeInMs: 1_000 });
};

describe('what is not there is not found, and the error says what is', () => {
  it.for([
    {
      name: 'a topic to send to',
      act: (world: World) => world.client.createSender('none').sendMessages({ body: 1 }),
      expected: `'none' could not be found: there is no topic 'none', only: ${TOPIC}.`,
    },
    {
      name: 'a subscription to receive from',
      act: (world: World) => receive(world, TOPIC, 'none'),
      expected: `topic '${TOPIC}' has no such subscription, only: ${TOPIC}/Subscriptions/all.`,
    },
    {
      name: 'a topic to receive from',
      act: (world: World) => receive(world, 'none', 'all'),
      expected: "there is no topic 'none'",
    },
    {
      name: 'a subscription to peek into',
      act: (world: World) => world.receiver('none').peekMessages(1),
      expected: 'has no such subscription',
    },
    {
      name: 'a topic to schedule for',
      act: (world: World) => world.client.createSender('none').scheduleMessages({ body: 1 }, new Date()),
      expected: "there is no topic 'none'",
    },
  ])('$name', async ({ act, expected }) => {
    const world = await startWorld([{ name: 'all' }]);
    await expect(act(world)).rejects.toMatchObject({
      code: 'MessagingEntityNotFound',
      message: expect.stringContaining(expected),
    });
  });
});

describe('what is not supported, or makes no sense, is refused', () => {
  it.for([
    {
      name: 'receiving from a topic',
      act: (world: World) => receive(world, TOPIC),
      expected: `Expected to receive from a subscription, got topic '${TOPIC}'.`,
    },
    {
      name: 'sending to a subscription',
      act: (world: World) => world.client.createSender(world.path('all')).sendMessages({ body: 1 }),
      expected: "Expected to send to a topic, got the subscription 'replication-events/Subscriptions/all'.",
    },
    {
      name: 'managing rules over AMQP',
      act: (world: World) => world.client.createRuleManager(TOPIC, 'all').createRule('r', { sqlExpression: '1=1' }),
      expected: 'The local broker does not support com.microsoft:add-rule on a subscription.',
    },
    {
      name: 'receiving deferred messages',
      act: async (world: World) => {
        await world.send({ body: 1 });
        const [message] = await world.receiver('all').peekMessages(1);
        return world.receiver('all').receiveDeferredMessages(message?.sequenceNumber ?? []);
      },
      expected: 'The local broker does not support com.microsoft:receive-by-sequence-number on a subscription.',
    },
    {
      name: 'peeking without the bodies',
      act: (world: World) => world.receiver('all').peekMessages(1, { omitMessageBody: true } as object),
      expected: 'The local broker does not support peeking without the bodies.',
    },
    {
      name: 'accepting a session of a subscription that has none',
      act: (world: World) => world.client.acceptSession(TOPIC, 'all', 'a'),
      // The SDK hides the error of the broker when a session was asked for by its id.
      expected: "Failed to create a receiver for the requested session 'a'.",
    },
    {
      name: 'accepting the next session of a subscription that has none',
      act: (world: World) => world.client.acceptNextSession(TOPIC, 'all'),
      expected: `Expected a plain receiver of '${TOPIC}/Subscriptions/all', got one that accepts a session.`,
    },
    {
      name: 'receiving without a session from a subscription that requires them',
      act: (world: World) => receive(world, TOPIC, 'sessions'),
      expected: 'Expected a receiver that accepts a session, since the subscription requires them.',
    },
  ])('$name', async ({ act, expected }) => {
    const world = await startWorld([{ name: 'all' }, { name: 'sessions', requiresSession: true }]);
    await expect(act(world)).rejects.toThrow(expected);
  });
});

describe('a mistake of the caller in this process is an error', () => {
  it.for([
    {
      name: 'statistics of no topic',
      act: ({ broker }: World) => broker.stats('none'),
      expected: 'Expected the name of a topic, got "none"',
    },
    {
      name: 'depth of a topic',
      act: ({ broker }: World) => broker.depth(TOPIC),
      expected: 'Expected the path of a subscription or its dead-letter queue',
    },
    {
      name: 'a subscription that exists',
      act: ({ broker }: World) => broker.addSubscription(TOPIC, { name: 'ALL' }),
      expected: 'got "ALL", which exists',
    },
    {
      name: 'removing what is not there',
      act: ({ broker }: World) => broker.removeSubscription(TOPIC, 'none'),
      expected: 'got "none", which does not exist',
    },
  ])('$name', async ({ act, expected }) => {
    const world = await startWorld([{ name: 'all' }]);
    expect(() => act(world)).toThrow(expected);
  });

  it('two topics of one name', async () => {
    const topic = { duplicateDetectionSeconds: 0, subscriptions: [] };
    const topics = [
      { ...topic, name: 'a' },
      { ...topic, name: 'A' },
    ];
    await expect(startBroker({ topics })).rejects.toThrow('Expected topics of different names, got "A" twice');
  });

  it('a port that is taken', async () => {
    const { broker } = await startWorld([]);
    await expect(startBroker({ topics: [], port: broker.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

it('one client that fails leaves others alone', async () => {
  const world = await startWorld([{ name: 'all' }]);
  const other = connectTo(world.broker);
  await expect(other.createSender('none').sendMessages({ body: 1 })).rejects.toThrow('could not be found');
  await world.send({ body: 1 });
  await other.createSender(TOPIC).sendMessages({ body: 1 });
  expect(world.broker.stats(TOPIC).sent).toBe(2);
});

it('a client that speaks no AMQP loses its connection, and the reason is printed', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => printed.mockRestore());
  const world = await startWorld([{ name: 'all' }]);
  const socket = connect(world.broker.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket.resume(), 'close');
  expect(printed).toHaveBeenCalledWith('local broker: a connection was closed:', expect.any(Error));
  await world.send({ body: 1 });
  expect(world.broker.stats(TOPIC).sent).toBe(1);
});
