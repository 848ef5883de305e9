import { describe, expect, it } from 'vitest';
import { receiveOne, START, startWorld, TOPIC, type World } from './harness.ts';

const LOCK_MS = 30_000;
const OPTIONS = { maxAutoLockRenewalDurationInMs: 0 };

const start = () => startWorld([{ name: 'ordered', requiresSession: true, lockSeconds: LOCK_MS / 1000 }]);
const accept = (world: World, id: string) => world.client.acceptSession(TOPIC, 'ordered', id, OPTIONS);
const acceptNext = (world: World) => world.client.acceptNextSession(TOPIC, 'ordered', OPTIONS);
const message = (sessionId: string, body: unknown) => ({ body, sessionId });
const depth = (world: World) => world.broker.depth(world.path('ordered'));

describe('a session receiver', () => {
  it('gets the messages of its session, in order', async () => {
    const world = await start();
    await world.send([message('a', 1), message('b', 2), message('a', 3)]);
    const receiver = await accept(world, 'a');
    expect(receiver.sessionId).toBe('a');
    expect(receiver.sessionLockedUntilUtc).toEqual(new Date(START + LOCK_MS));
    const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: 4_000 });
    expect(messages.map(({ body }) => body)).toEqual([1, 3]);
    for (const received of messages) {
      await receiver.completeMessage(received);
    }
    expect(depth(world)).toEqual({ ready: 1, locked: 0, dead: 0 });
  });

  it('takes the next session that has messages and is free', async () => {
    const world = await start();
    await world.send([message('a', 1), message('b', 2)]);
    const receivers = [await acceptNext(world), await acceptNext(world)];
    expect(receivers.map(({ sessionId }) => sessionId)).toEqual(['a', 'b']);
  });

  it('waits for a session to have messages', async () => {
    const world = await start();
    const receiver = acceptNext(world);
    await world.send(message('a', 1));
    expect((await receiver).sessionId).toBe('a');
    expect((await receiveOne(await receiver)).body).toBe(1);
  });

  it('is told when no session came in time', async () => {
    const world = await start();
    let answer: unknown;
    acceptNext(world).catch((error: unknown) => {
      answer = error;
    });
    await expect
      .poll(() => {
        world.advance(5_000);
        return answer;
      })
      .toMatchObject({ code: 'ServiceTimeout' });
  });

  it('can not have a session that another one holds', async () => {
    const world = await start();
    await accept(world, 'a');
    await expect(accept(world, 'a')).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });
  });

  it('leaves the session, and what it did not settle, to the next one when it closes', async () => {
    const world = await start();
    await world.send(message('a', 1));
    const first = await accept(world, 'a');
    await receiveOne(first);
    await first.close();
    const second = await acceptNext(world);
    expect(await receiveOne(second)).toMatchObject({ body: 1, deliveryCount: 1 });
  });

  it('loses the session when the lock ends', async () => {
    const world = await start();
    await world.send(message('a', 1));
    const first = await accept(world, 'a');
    const received = await receiveOne(first);
    world.advance(LOCK_MS);
    const second = await acceptNext(world);
    expect((await receiveOne(second)).body).toBe(1);
    await expect(first.completeMessage(received)).rejects.toThrow();
    expect(depth(world).locked).toBe(1);
  });

  it('holds the session longer when the lock is renewed', async () => {
    const world = await start();
    await world.send(message('a', 1));
    const receiver = await accept(world, 'a');
    const received = await receiveOne(receiver);
    world.advance(LOCK_MS - 1);
    expect(await receiver.renewSessionLock()).toEqual(new Date(START + LOCK_MS - 1 + LOCK_MS));
    world.advance(LOCK_MS - 1);
    await receiver.completeMessage(received);
    expect(depth(world)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('can keep state in the session', async () => {
    const world = await start();
    const receiver = await accept(world, 'a');
    expect(await receiver.getSessionState()).toBeNull();
    await receiver.setSessionState({ sequence: 7 });
    expect(await receiver.getSessionState()).toEqual({ sequence: 7 });
  });

  it('peeks into its session only', async () => {
    const world = await start();
    await world.send([message('a', 1), message('b', 2), message('a', 3)]);
    const receiver = await accept(world, 'a');
    expect((await receiver.peekMessages(9)).map(({ body }) => body)).toEqual([1, 3]);
  });

  it('can dead-letter and abandon', async () => {
    const world = await start();
    await world.send([message('a', 1), message('a', 2)]);
    const receiver = await accept(world, 'a');
    const [first, second] = await receiver.receiveMessages(2, { maxWaitTimeInMs: 4_000 });
    if (first === undefined || second === undefined) {
      throw new Error('Expected two messages');
    }
    await receiver.deadLetterMessage(first);
    await receiver.abandonMessage(second);
    expect(depth(world)).toEqual({ ready: 1, locked: 0, dead: 1 });
    expect((await receiveOne(world.receiver('ordered', { subQueueType: 'deadLetter' }))).body).toBe(1);
  });
});
