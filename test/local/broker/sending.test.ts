import type { ServiceBusMessage } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { receiveOne, START, startWorld, TOPIC, type World } from './harness.ts';

/** Takes all messages and returns their ids, in order. Asking for as many as there are, the SDK does not wait for more. */
async function takeIds(world: World, subscription: string): Promise<unknown[]> {
  const { ready } = world.broker.depth(world.path(subscription));
  const receiver = world.receiver(subscription, { receiveMode: 'receiveAndDelete' });
  const messages = ready === 0 ? [] : await receiver.receiveMessages(ready, { maxWaitTimeInMs: 4_000 });
  return messages.map(({ messageId }) => messageId);
}

describe('a message', () => {
  it('arrives with all its properties', async () => {
    const world = await startWorld([{ name: 'all', lockSeconds: 30 }]);
    const sent: ServiceBusMessage = {
      body: { image: 'public/products/web:1.2' },
      messageId: 'm-1',
      correlationId: 'c-1',
      subject: 'web:1.2',
      sessionId: 'contoso/web:1.2',
      to: 'to',
      replyTo: 'reply',
      replyToSessionId: 'reply-session',
      contentType: 'application/cloudevents+json',
      partitionKey: 'contoso/web:1.2',
      timeToLive: 3_600_000,
      applicationProperties: { type: 'replication.completed', lagSeconds: 90, share: 0.5, isLagging: true, none: null },
    };
    await world.send(sent);
    const received = await receiveOne(world.receiver('all'));
    expect(received).toMatchObject({
      ...sent,
      deliveryCount: 0,
      enqueuedTimeUtc: new Date(START),
      lockedUntilUtc: new Date(START + 30_000),
      expiresAtUtc: new Date(START + 3_600_000),
      state: 'active',
    });
    expect(received.sequenceNumber?.toNumber()).toBe(1);
    expect(received.lockToken).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.for([
    { name: 'text', body: 'plain' },
    { name: 'a list', body: [1, 'two', null] },
    { name: 'nothing', body: null },
  ])('arrives with a body of $name', async ({ body }) => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body });
    expect((await receiveOne(world.receiver('all'))).body).toEqual(body);
  });

  it('arrives with a body of bytes', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const body = Buffer.from([0, 1, 254, 255]);
    await world.send({ body });
    expect((await receiveOne(world.receiver('all', { skipParsingBodyAsJson: true }))).body).toEqual(body);
  });

  it('gets an id if it has none', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body: 'a' });
    expect((await receiveOne(world.receiver('all'))).messageId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a batch', () => {
  it('arrives as its messages, in order', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const ids = ['a', 'b', 'c'];
    await world.send(ids.map((messageId) => ({ body: 'x', messageId, sessionId: `session-${messageId}` })));
    expect(await takeIds(world, 'all')).toEqual(ids);
    expect(world.broker.stats(TOPIC)).toEqual({ sent: 3, duplicates: 0 });
  });

  it('of one message is a message', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send([{ body: 'x', messageId: 'a' }]);
    expect(await takeIds(world, 'all')).toEqual(['a']);
  });

  it('that the SDK fills is as large as the broker allows', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const sender = world.client.createSender(TOPIC);
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(262_144);
    let count = 0;
    while (batch.tryAddMessage({ body: 'x'.repeat(50_000) })) {
      count += 1;
    }
    await sender.sendMessages(batch);
    expect(world.broker.depth(world.path('all')).ready).toBe(count);
  });
});

describe('a message that is too large', () => {
  it('is refused, and the sender goes on', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await expect(world.send({ body: Buffer.alloc(300_000) })).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
      message: expect.stringContaining('Expected a message of at most 262144 bytes, got 3'),
    });
    await world.send({ body: Buffer.alloc(200_000) });
    expect(world.broker.stats(TOPIC)).toEqual({ sent: 1, duplicates: 0 });
  });
});

describe('rules', () => {
  it('decide which subscription gets a message', async () => {
    const world = await startWorld([
      { name: 'all' },
      {
        name: 'web-completed',
        rule: { sql: "type = 'replication.completed' AND repository = 'public/products/web' AND lagSeconds >= 1.5" },
      },
      { name: 'sessions', rule: { sql: "sys.SessionId LIKE 'contoso/%' AND NOT EXISTS(region)" } },
      { name: 'lagging', rule: { correlation: { label: 'web:1.2', properties: { type: 'replica.lagging' } } } },
    ]);
    const properties = { repository: 'public/products/web', lagSeconds: 90 };
    await world.send([
      {
        body: 1,
        messageId: 'completed',
        applicationProperties: { ...properties, type: 'replication.completed' },
        sessionId: 'contoso/web:1.2',
      },
      {
        body: 2,
        messageId: 'lagging',
        subject: 'web:1.2',
        applicationProperties: { ...properties, type: 'replica.lagging', region: 'westeurope' },
        sessionId: 'contoso/web:1.2',
      },
      { body: 3, messageId: 'bare' },
    ]);
    expect(await takeIds(world, 'all')).toEqual(['completed', 'lagging', 'bare']);
    expect(await takeIds(world, 'web-completed')).toEqual(['completed']);
    expect(await takeIds(world, 'sessions')).toEqual(['completed']);
    expect(await takeIds(world, 'lagging')).toEqual(['lagging']);
  });

  it('of a subscription that is added at run time work from then on', async () => {
    const world = await startWorld([]);
    await world.send({ body: 1, messageId: 'a', subject: 'web:1.2' });
    world.broker.addSubscription(TOPIC, { name: 'late', rule: { sql: "sys.label = 'web:1.2'" } });
    await world.send({ body: 1, messageId: 'b', subject: 'web:1.2' });
    await world.send({ body: 1, messageId: 'c', subject: 'web:1.3' });
    expect(await takeIds(world, 'late')).toEqual(['b']);
  });

  it('that are not valid are refused, and the subscription does not come to be', async () => {
    const world = await startWorld([]);
    expect(() => world.broker.addSubscription(TOPIC, { name: 'late', rule: { sql: 'tag =' } })).toThrow(
      'Expected a property or a value at position 6, got the end in SQL filter: tag =',
    );
    expect(() => world.broker.depth(world.path('late'))).toThrow('Expected the path of a subscription');
  });
});

describe('duplicate detection', () => {
  it.for([
    { name: 'drops a repeated message id within the window', afterMs: 59_999, expected: ['a'] },
    { name: 'forgets it when the window ends', afterMs: 60_000, expected: ['a', 'a'] },
  ])('$name', async ({ afterMs, expected }) => {
    const world = await startWorld([{ name: 'all' }], 60);
    await world.send({ body: 1, messageId: 'a' });
    world.advance(afterMs);
    await world.send({ body: 2, messageId: 'a' });
    expect(await takeIds(world, 'all')).toEqual(expected);
    expect(world.broker.stats(TOPIC)).toEqual({ sent: 2, duplicates: 2 - expected.length });
  });
});

describe('time', () => {
  it('takes away what has lived long enough', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send([
      { body: 1, messageId: 'short', timeToLive: 1_000 },
      { body: 1, messageId: 'long', timeToLive: 2_000 },
    ]);
    world.advance(1_000);
    expect((await receiveOne(world.receiver('all'))).messageId).toBe('long');
  });

  it('brings what was scheduled with the message', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body: 1, messageId: 'a', scheduledEnqueueTimeUtc: new Date(START + 5_000) });
    expect(await takeIds(world, 'all')).toEqual([]);
    world.advance(5_000);
    const message = await receiveOne(world.receiver('all'));
    expect(message).toMatchObject({ messageId: 'a', enqueuedTimeUtc: new Date(START + 5_000) });
  });

  it('brings what was scheduled by request and not cancelled', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const sender = world.client.createSender(TOPIC);
    const messages = ['a', 'b', 'c'].map((messageId) => ({ body: 1, messageId }));
    const numbers = await sender.scheduleMessages(messages, new Date(START + 5_000));
    await sender.cancelScheduledMessages(numbers.slice(1, 2));
    await expect(sender.cancelScheduledMessages(numbers.slice(1, 2))).rejects.toMatchObject({
      code: 'MessageNotFound',
      message: 'Expected sequence numbers of scheduled messages, got 2.',
    });
    world.advance(5_000);
    await expect.poll(() => takeIds(world, 'all')).toEqual(['a', 'c']);
  });
});

describe('peek', () => {
  it('shows messages in order, locked ones too, and takes none', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send(['a', 'b', 'c'].map((messageId) => ({ body: 1, messageId })));
    const receiver = world.receiver('all');
    await receiveOne(receiver);
    const [first, second] = await receiver.peekMessages(2);
    const rest = await receiver.peekMessages(2);
    expect([first, second, ...rest].map((message) => message?.messageId)).toEqual(['a', 'b', 'c']);
    expect(await receiver.peekMessages(2)).toEqual([]);
    expect(world.broker.depth(world.path('all'))).toEqual({ ready: 2, locked: 1, dead: 0 });
  });

  it('can be asked more often than rhea has places for unsettled deliveries', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send({ body: 1, messageId: 'a' });
    const receiver = world.receiver('all');
    const [first] = await receiver.peekMessages(1);
    const again = () => receiver.peekMessages(1, first?.sequenceNumber && { fromSequenceNumber: first.sequenceNumber });
    for (let round = 0; round < 21; round += 1) {
      expect((await Promise.all(Array.from({ length: 100 }, again))).flat()).toHaveLength(100);
    }
  });
});
