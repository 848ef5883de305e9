import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/local/broker/faults.ts';
import { type Consumer, type Lock, MessageQueue, type StoredMessage } from '../../../src/local/broker/queue.ts';

const LOCK_MS = 60_000;

/** Takes as many messages as it was given credit for, and remembers them. */
class FakeConsumer implements Consumer {
  readonly isPeekLock: boolean;
  readonly delivered: { message: StoredMessage; lock: Lock | undefined }[] = [];
  closedBy: Fault | undefined;
  #credit: number;

  constructor(credit: number, isPeekLock = true) {
    this.#credit = credit;
    this.isPeekLock = isPeekLock;
  }

  credit = () => this.#credit - this.delivered.length;

  deliver(message: StoredMessage, lock: Lock | undefined): void {
    this.delivered.push({ message, lock });
  }

  close(fault: Fault): void {
    this.closedBy = fault;
  }

  get bodies(): unknown[] {
    return this.delivered.map(({ message }) => message.content.body);
  }

  token(index: number): string {
    return this.delivered[index]?.lock?.token ?? '';
  }
}

function setUp({ maxDeliveryCount = 10 } = {}) {
  let now = 1_000_000;
  let last = 0;
  const shared = {
    now: () => now,
    lockUntil: () => now + LOCK_MS,
    maxDeliveryCount,
    nextSequenceNumber: () => {
      last += 1;
      return last;
    },
  };
  const dead = new MessageQueue({ ...shared, path: 't/Subscriptions/s/$DeadLetterQueue' });
  const queue = new MessageQueue({ ...shared, path: 't/Subscriptions/s', deadLetterQueue: dead });
  const advance = (ms: number) => {
    now += ms;
    queue.sweep();
  };
  const attach = (credit: number, isPeekLock = true, to = queue) => {
    const consumer = new FakeConsumer(credit, isPeekLock);
    to.attach(consumer);
    return consumer;
  };
  return { queue, dead, advance, attach, passWithoutSweep: (ms: number) => (now += ms) };
}

describe('delivery', () => {
  it('is in order, and only as far as there is credit', () => {
    const { queue, attach } = setUp();
    for (const body of ['a', 'b', 'c']) {
      queue.enqueue({ body });
    }
    expect(attach(2).bodies).toEqual(['a', 'b']);
    expect(queue.depth()).toEqual({ ready: 1, locked: 2, dead: 0 });
  });

  it('takes turns between consumers', () => {
    const { queue, attach } = setUp();
    const consumers = [attach(9), attach(9)];
    for (const body of ['a', 'b', 'c', 'd']) {
      queue.enqueue({ body });
    }
    expect(consumers.map(({ bodies }) => bodies)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('stops when the consumer is detached; its locks stay', () => {
    const { queue, attach } = setUp();
    const consumer = attach(9);
    queue.enqueue({ body: 'a' });
    queue.detach(consumer);
    queue.enqueue({ body: 'b' });
    expect(consumer.bodies).toEqual(['a']);
    expect(queue.depth()).toEqual({ ready: 1, locked: 1, dead: 0 });
  });

  it('leaves nothing behind for a consumer that receives and deletes', () => {
    const { queue, attach } = setUp();
    queue.enqueue({ body: 'a' });
    expect(attach(1, false).delivered[0]?.lock).toBeUndefined();
    expect(queue.depth()).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('ends with the fault that the queue is closed by', () => {
    const { queue, attach } = setUp();
    const consumer = attach(1);
    const fault = { condition: 'amqp:not-found', description: 'gone' };
    queue.closeConsumers(fault);
    queue.enqueue({ body: 'a' });
    expect(consumer.closedBy).toBe(fault);
    expect(consumer.bodies).toEqual([]);
  });
});

describe('settlement', () => {
  it.for([
    { name: 'complete removes the message', type: 'complete', expected: { ready: 0, locked: 0, dead: 0 }, count: 0 },
    { name: 'abandon counts a delivery', type: 'abandon', expected: { ready: 1, locked: 0, dead: 0 }, count: 1 },
    { name: 'release counts none', type: 'release', expected: { ready: 1, locked: 0, dead: 0 }, count: 0 },
  ] as const)('$name', ({ type, expected, count }) => {
    const { queue, attach } = setUp();
    queue.enqueue({ body: 'a' });
    const consumer = attach(1);
    expect(queue.settle(consumer.token(0), { type })).toBeUndefined();
    expect(queue.depth()).toEqual(expected);
    expect(consumer.delivered[0]?.message.deliveryCount).toBe(count);
  });

  it('puts an abandoned message back in its place', () => {
    const { queue, attach } = setUp();
    for (const body of ['a', 'b', 'c']) {
      queue.enqueue({ body });
    }
    const first = attach(2);
    queue.settle(first.token(1), { type: 'abandon' });
    queue.settle(first.token(0), { type: 'abandon' });
    expect(attach(3).bodies).toEqual(['a', 'b', 'c']);
  });

  it('adds the properties of an abandon to this copy of the message only', () => {
    const { queue, attach } = setUp();
    const content = { body: 'a', application_properties: { kept: 1 } };
    queue.enqueue(content);
    queue.settle(attach(1).token(0), { type: 'abandon', properties: { added: 2 } });
    expect(attach(1).delivered[0]?.message.content.application_properties).toEqual({ kept: 1, added: 2 });
    expect(content.application_properties).toEqual({ kept: 1 });
  });

  it('dead-letters with the properties given', () => {
    const { queue, dead, attach } = setUp();
    queue.enqueue({ body: 'a' });
    queue.settle(attach(1).token(0), { type: 'deadLetter', properties: { DeadLetterReason: 'bad' } });
    expect(queue.depth()).toEqual({ ready: 0, locked: 0, dead: 1 });
    const { message } = attach(1, true, dead).delivered[0] ?? {};
    expect(message?.content.application_properties).toEqual({ DeadLetterReason: 'bad' });
    expect(message?.deadLetterSource).toBe('t/Subscriptions/s');
  });

  it('refuses to dead-letter what is dead-lettered, and keeps the lock', () => {
    const { queue, dead, attach } = setUp();
    queue.enqueue({ body: 'a' });
    queue.settle(attach(1).token(0), { type: 'deadLetter', properties: {} });
    const consumer = attach(1, true, dead);
    const fault = dead.settle(consumer.token(0), { type: 'deadLetter', properties: {} });
    expect(fault?.condition).toBe('amqp:not-allowed');
    expect(dead.depth().locked).toBe(1);
  });

  it('can be done once', () => {
    const { queue, attach } = setUp();
    queue.enqueue({ body: 'a' });
    const token = attach(1).token(0);
    queue.settle(token, { type: 'complete' });
    expect(queue.settle(token, { type: 'complete' })?.condition).toBe('com.microsoft:message-lock-lost');
  });
});

describe('the number of deliveries', () => {
  it.for([
    { name: 'below the maximum the message comes back', failures: 2, expected: { ready: 1, locked: 0, dead: 0 } },
    { name: 'at the maximum it is dead-lettered', failures: 3, expected: { ready: 0, locked: 0, dead: 1 } },
  ])('$name', ({ failures, expected }) => {
    const { queue, attach } = setUp({ maxDeliveryCount: 3 });
    queue.enqueue({ body: 'a' });
    for (let failure = 0; failure < failures; failure += 1) {
      queue.settle(attach(1).token(0), { type: 'abandon' });
    }
    expect(queue.depth()).toEqual(expected);
  });

  it('has no maximum in the dead-letter queue', () => {
    const { queue, dead, attach } = setUp({ maxDeliveryCount: 1 });
    queue.enqueue({ body: 'a' });
    queue.settle(attach(1).token(0), { type: 'abandon' });
    for (let failure = 0; failure < 5; failure += 1) {
      dead.settle(attach(1, true, dead).token(0), { type: 'abandon' });
    }
    const { message } = attach(1, true, dead).delivered[0] ?? {};
    expect(message?.deliveryCount).toBe(6);
    expect(message?.content.application_properties?.['DeadLetterReason']).toBe('MaxDeliveryCountExceeded');
  });
});

describe('a lock', () => {
  it.for([
    { name: 'holds just before it ends', afterMs: LOCK_MS - 1, expected: undefined },
    { name: 'is lost when it ends', afterMs: LOCK_MS, expected: 'com.microsoft:message-lock-lost' },
    { name: 'is lost later', afterMs: LOCK_MS + 1, expected: 'com.microsoft:message-lock-lost' },
  ])('$name, swept or not', ({ afterMs, expected }) => {
    for (const pass of ['advance', 'passWithoutSweep'] as const) {
      const world = setUp();
      world.queue.enqueue({ body: 'a' });
      const token = world.attach(1).token(0);
      world[pass](afterMs);
      expect(world.queue.settle(token, { type: 'complete' })?.condition).toBe(expected);
    }
  });

  it('that ends gives the message to the next consumer as one more failed delivery', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a' });
    attach(1);
    const next = attach(1);
    advance(LOCK_MS - 1);
    expect(next.bodies).toEqual([]);
    advance(1);
    expect(next.bodies).toEqual(['a']);
    expect(next.delivered[0]?.message.deliveryCount).toBe(1);
  });

  it('that is renewed ends later', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a' });
    const token = attach(1).token(0);
    advance(LOCK_MS - 1);
    expect(queue.renewLock(token)).toBe(1_000_000 + LOCK_MS - 1 + LOCK_MS);
    advance(LOCK_MS - 1);
    expect(queue.settle(token, { type: 'complete' })).toBeUndefined();
  });

  it('that is lost can not be renewed', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a' });
    const token = attach(1).token(0);
    advance(LOCK_MS);
    expect(queue.renewLock(token)).toBeUndefined();
  });
});

describe('a message that expires', () => {
  it.for([
    { name: 'is there just before', afterMs: 4_999, expected: 1 },
    { name: 'is gone at its time', afterMs: 5_000, expected: 0 },
    { name: 'is gone later', afterMs: 5_001, expected: 0 },
  ])('$name', ({ afterMs, expected }) => {
    const { queue, passWithoutSweep, attach } = setUp();
    queue.enqueue({ body: 'lasts' });
    queue.enqueue({ body: 'expires', ttl: 5_000 });
    passWithoutSweep(afterMs);
    expect(queue.depth().ready).toBe(1 + expected);
    expect(queue.peek(0, 9)).toHaveLength(1 + expected);
    expect(attach(9).bodies).toHaveLength(1 + expected);
  });

  it('stays with the consumer that has locked it', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a', ttl: 5_000 });
    const token = attach(1).token(0);
    advance(5_000);
    expect(queue.settle(token, { type: 'complete' })).toBeUndefined();
  });

  it('does not come back when it is abandoned too late', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a', ttl: 5_000 });
    const token = attach(1).token(0);
    advance(5_000);
    queue.settle(token, { type: 'abandon' });
    expect(queue.depth()).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('no longer does so in the dead-letter queue', () => {
    const { queue, advance, attach } = setUp();
    queue.enqueue({ body: 'a', ttl: 5_000 });
    queue.settle(attach(1).token(0), { type: 'deadLetter', properties: {} });
    advance(5_000);
    expect(queue.depth().dead).toBe(1);
  });
});

describe('peek', () => {
  it.for([
    { name: 'shows ready and locked messages in order', from: 0, count: 9, expected: ['a', 'b', 'c'] },
    { name: 'starts at the sequence number', from: 2, count: 9, expected: ['b', 'c'] },
    { name: 'shows no more than was asked for', from: 0, count: 2, expected: ['a', 'b'] },
  ])('$name', ({ from, count, expected }) => {
    const { queue, attach } = setUp();
    for (const body of ['a', 'b', 'c']) {
      queue.enqueue({ body });
    }
    const consumer = attach(2);
    queue.settle(consumer.token(0), { type: 'release' });
    expect(queue.peek(from, count).map(({ content }) => content.body)).toEqual(expected);
  });
});
