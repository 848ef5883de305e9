import { describe, expect, it } from 'vitest';
import { receiveOne, START, startWorld, TOPIC, type World } from './harness.ts';

const LOCK_MS = 30_000;

async function withOneMessage(options = {}): Promise<World> {
  const world = await startWorld([{ name: 'all', lockSeconds: LOCK_MS / 1000, ...options }]);
  await world.send({ body: 1, messageId: 'a', applicationProperties: { kept: 1 } });
  return world;
}

const depth = (world: World) => world.broker.depth(world.path('all'));

describe('a message that is locked', () => {
  it('is gone when it is completed', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    const message = await receiveOne(receiver);
    expect(depth(world)).toEqual({ ready: 0, locked: 1, dead: 0 });
    await receiver.completeMessage(message);
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('comes back when it is abandoned, with what was changed', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    await receiver.abandonMessage(await receiveOne(receiver), { added: 'yes' });
    expect(await receiveOne(receiver)).toMatchObject({
      messageId: 'a',
      deliveryCount: 1,
      applicationProperties: { kept: 1, added: 'yes' },
    });
  });

  it('can be settled after its receiver has closed', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    const message = await receiveOne(receiver);
    await receiver.close();
    await world.receiver('all').completeMessage(message);
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('can not be deferred', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    await expect(receiver.deferMessage(await receiveOne(receiver))).rejects.toThrow(
      'The local broker does not support deferring messages.',
    );
    expect(depth(world).locked).toBe(1);
  });

  it('goes to another receiver when the lock ends, and is lost to the first', async () => {
    const world = await withOneMessage();
    const first = world.receiver('all');
    const message = await receiveOne(first);
    world.advance(LOCK_MS);
    await expect(first.completeMessage(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
    expect(await receiveOne(world.receiver('all'))).toMatchObject({ messageId: 'a', deliveryCount: 1 });
  });

  it('is held longer when the lock is renewed', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    const message = await receiveOne(receiver);
    world.advance(LOCK_MS - 1);
    expect(await receiver.renewMessageLock(message)).toEqual(new Date(START + LOCK_MS - 1 + LOCK_MS));
    world.advance(LOCK_MS - 1);
    await receiver.completeMessage(message);
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('can not be renewed when the lock is lost', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    const message = await receiveOne(receiver);
    world.advance(LOCK_MS);
    await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
  });
});

describe('the dead-letter queue', () => {
  it('gets what a receiver gives up on, with the reason', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    await receiver.deadLetterMessage(await receiveOne(receiver), {
      deadLetterReason: 'bad digest',
      deadLetterErrorDescription: 'Expected sha256',
      extra: 7,
    });
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 1 });
    const dead = world.receiver('all', { subQueueType: 'deadLetter' });
    const message = await receiveOne(dead);
    expect(message).toMatchObject({
      messageId: 'a',
      deadLetterReason: 'bad digest',
      deadLetterErrorDescription: 'Expected sha256',
      deadLetterSource: world.path('all'),
      applicationProperties: { kept: 1, extra: 7 },
    });
    await dead.completeMessage(message);
    expect(depth(world).dead).toBe(0);
  });

  it('gets what was delivered too often', async () => {
    const world = await withOneMessage({ maxDeliveryCount: 2 });
    const receiver = world.receiver('all');
    await receiver.abandonMessage(await receiveOne(receiver));
    await receiver.abandonMessage(await receiveOne(receiver));
    const dead = await receiveOne(world.receiver('all', { subQueueType: 'deadLetter' }));
    expect(dead).toMatchObject({ messageId: 'a', deadLetterReason: 'MaxDeliveryCountExceeded', deliveryCount: 2 });
  });

  it('can not be used twice for one message', async () => {
    const world = await withOneMessage({ maxDeliveryCount: 1 });
    const receiver = world.receiver('all');
    await receiver.abandonMessage(await receiveOne(receiver));
    const dead = world.receiver('all', { subQueueType: 'deadLetter' });
    await expect(dead.deadLetterMessage(await receiveOne(dead))).rejects.toThrow(
      'Expected to dead-letter a message of a subscription',
    );
  });
});

describe('a receiver', () => {
  it('may write the names of topic and subscription in any case', async () => {
    const world = await withOneMessage();
    const receiver = world.client.createReceiver(TOPIC.toUpperCase(), 'ALL', { maxAutoLockRenewalDurationInMs: 0 });
    expect((await receiveOne(receiver)).messageId).toBe('a');
  });

  it('that receives and deletes leaves nothing', async () => {
    const world = await withOneMessage();
    const message = await receiveOne(world.receiver('all', { receiveMode: 'receiveAndDelete' }));
    expect(message).toMatchObject({ messageId: 'a', lockToken: undefined });
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('that asks for more than there is gets what there is, and can ask again', async () => {
    const world = await withOneMessage();
    const receiver = world.receiver('all');
    const first = await receiver.receiveMessages(5, { maxWaitTimeInMs: 50 });
    await world.send({ body: 1, messageId: 'b' });
    const second = await receiver.receiveMessages(1, { maxWaitTimeInMs: 4_000 });
    expect([...first, ...second].map(({ messageId }) => messageId)).toEqual(['a', 'b']);
  });

  it('that asks for nothing new waits and gets nothing', async () => {
    const world = await startWorld([{ name: 'all' }]);
    expect(await world.receiver('all').receiveMessages(1, { maxWaitTimeInMs: 20 })).toEqual([]);
  });

  it('that subscribes gets what comes, once each', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const ids: unknown[] = [];
    const errors: Error[] = [];
    world.receiver('all').subscribe({
      processMessage: async ({ messageId }) => void ids.push(messageId),
      processError: async ({ error }) => void errors.push(error),
    });
    await world.send({ body: 1, messageId: 'a' });
    await world.send([
      { body: 1, messageId: 'b' },
      { body: 1, messageId: 'c' },
    ]);
    await expect.poll(() => ids).toEqual(['a', 'b', 'c']);
    await expect.poll(() => depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
    expect(errors).toEqual([]);
  });

  it('shares the work with others', async () => {
    const world = await startWorld([{ name: 'all' }]);
    await world.send(['a', 'b'].map((messageId) => ({ body: 1, messageId })));
    const messages = await Promise.all([receiveOne(world.receiver('all')), receiveOne(world.receiver('all'))]);
    expect(messages.map(({ messageId }) => messageId).sort()).toEqual(['a', 'b']);
  });

  it('can get more messages on one link than rhea has places for unsettled deliveries', async () => {
    const world = await startWorld([{ name: 'all' }]);
    for (let round = 0; round < 21; round += 1) {
      await world.send(Array.from({ length: 100 }, (_, index) => ({ body: index })));
    }
    const receiver = world.receiver('all');
    for (let round = 0; round < 21; round += 1) {
      const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 4_000 });
      expect(messages).toHaveLength(100);
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    }
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('is told when its subscription is removed', async () => {
    const world = await startWorld([{ name: 'all' }]);
    const errors: unknown[] = [];
    world.receiver('all').subscribe({
      processMessage: async () => {},
      processError: async ({ error }) => void errors.push('code' in error ? error.code : error),
    });
    await world.send({ body: 1 });
    await expect.poll(() => depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
    world.broker.removeSubscription(TOPIC, 'all');
    await expect.poll(() => errors).toContain('MessagingEntityNotFound');
  });
});
