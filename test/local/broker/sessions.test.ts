import { describe, expect, it, vi } from 'vitest';
import { type Fault, isFault, sessionLockLost } from '../../../src/local/broker/faults.ts';
import { MessageQueue } from '../../../src/local/broker/queue.ts';
import { type Session, SessionQueue } from '../../../src/local/broker/sessions.ts';

const LOCK_MS = 60_000;

function setUp() {
  let now = 1_000_000;
  let last = 0;
  const shared = {
    now: () => now,
    lockUntil: () => now + LOCK_MS,
    maxDeliveryCount: 10,
    nextSequenceNumber: () => {
      last += 1;
      return last;
    },
  };
  const deadLetterQueue = new MessageQueue({ ...shared, path: 't/Subscriptions/s/$DeadLetterQueue' });
  const sessions = new SessionQueue({ ...shared, path: 't/Subscriptions/s', deadLetterQueue });
  const advance = (ms: number) => {
    now += ms;
    sessions.sweep();
  };
  const request = (waitMs = 1_000) => {
    const answer: { accepted?: string; refused?: string } = {};
    const asked = {
      deadlineAt: now + waitMs,
      accepted: (session: Session) => {
        answer.accepted = session.id;
      },
      refused: (fault: Fault) => {
        answer.refused = fault.condition;
      },
    };
    sessions.acceptNext(asked);
    return { answer, withdraw: () => sessions.withdraw(asked) };
  };
  const accept = (id: string): Session => {
    const session = sessions.accept(id);
    if (isFault(session)) {
      throw new Error(`Expected session ${id}, got ${session.description}`);
    }
    return session;
  };
  return { sessions, advance, request, accept };
}

const message = (id: string, body = id) => ({ body, group_id: id });

describe('a session', () => {
  it('is held by one receiver at a time', () => {
    const { sessions, accept } = setUp();
    const session = accept('a');
    expect(sessions.accept('a')).toMatchObject({ condition: 'com.microsoft:session-cannot-be-locked' });
    sessions.release(session);
    expect(sessions.accept('a')).toMatchObject({ id: 'a' });
  });

  it('holds its own messages only, in order', () => {
    const { sessions, accept } = setUp();
    for (const [id, body] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const) {
      sessions.enqueue(message(id, body));
    }
    expect(
      accept('a')
        .queue.peek(0, 9)
        .map(({ content }) => content.body),
    ).toEqual(['1', '3']);
    expect(sessions.peek(0, 9).map(({ content }) => content.body)).toEqual(['1', '2', '3']);
    expect(sessions.peek(0, 9, 'b').map(({ content }) => content.body)).toEqual(['2']);
    expect(sessions.depth()).toEqual({ ready: 3, locked: 0, dead: 0 });
  });

  it.for([
    { name: 'is still held just before its lock ends', afterMs: LOCK_MS - 1, expected: true },
    { name: 'is free when its lock ends', afterMs: LOCK_MS, expected: false },
  ])('$name', ({ afterMs, expected }) => {
    const { sessions, advance, accept } = setUp();
    accept('a');
    advance(afterMs);
    expect(sessions.held('a') !== undefined).toBe(expected);
  });

  it('that is lost ends for its receiver, which gets nothing more', () => {
    const { sessions, advance, accept } = setUp();
    const consumer = { isPeekLock: true, credit: () => 9, deliver: vi.fn(), close: vi.fn() };
    accept('a').queue.attach(consumer);
    sessions.enqueue(message('a'));
    expect(consumer.deliver).toHaveBeenCalledTimes(1);
    advance(LOCK_MS);
    expect(consumer.close).toHaveBeenCalledWith(sessionLockLost('a'));
    expect(consumer.deliver).toHaveBeenCalledTimes(1);
    expect(sessions.depth()).toEqual({ ready: 1, locked: 0, dead: 0 });
  });

  it('that is renewed is held longer', () => {
    const { sessions, advance, accept } = setUp();
    accept('a');
    advance(LOCK_MS - 1);
    expect(sessions.renew('a')).toBe(1_000_000 + LOCK_MS - 1 + LOCK_MS);
    advance(LOCK_MS - 1);
    expect(sessions.held('a')).toBeDefined();
  });

  it('that is lost can not be renewed', () => {
    const { sessions, advance, accept } = setUp();
    accept('a');
    advance(LOCK_MS);
    expect(sessions.renew('a')).toMatchObject({ condition: 'com.microsoft:session-lock-lost' });
  });

  it('keeps its state for the next receiver', () => {
    const { sessions, advance, accept } = setUp();
    const session = accept('a');
    session.state = Buffer.from('seen');
    sessions.release(session);
    advance(1);
    expect(accept('a').state?.toString()).toBe('seen');
  });
});

describe('who asks for the next session', () => {
  it('gets one that has messages and is free', () => {
    const { sessions, request, accept } = setUp();
    sessions.enqueue(message('a'));
    sessions.enqueue(message('b'));
    accept('a');
    expect(request().answer).toEqual({ accepted: 'b' });
  });

  it('waits until there is one', () => {
    const { sessions, request } = setUp();
    const { answer } = request();
    expect(answer).toEqual({});
    sessions.enqueue(message('a'));
    expect(answer).toEqual({ accepted: 'a' });
  });

  it('waits until one is released', () => {
    const { sessions, request, accept } = setUp();
    const session = accept('a');
    sessions.enqueue(message('a'));
    const { answer } = request();
    expect(answer).toEqual({});
    sessions.release(session);
    expect(answer).toEqual({ accepted: 'a' });
  });

  it.for([
    { name: 'still waits just before the deadline', afterMs: 999, expected: {} },
    { name: 'is refused at the deadline', afterMs: 1_000, expected: { refused: 'com.microsoft:timeout' } },
  ])('$name', ({ afterMs, expected }) => {
    const { advance, request } = setUp();
    const { answer } = request(1_000);
    advance(afterMs);
    expect(answer).toEqual(expected);
  });

  it('gets none after having withdrawn', () => {
    const { sessions, request } = setUp();
    const { answer, withdraw } = request();
    withdraw();
    sessions.enqueue(message('a'));
    expect(answer).toEqual({});
  });
});

it('a message without a session is dead-lettered', () => {
  const { sessions } = setUp();
  sessions.enqueue({ body: 'a' });
  expect(sessions.depth()).toEqual({ ready: 0, locked: 0, dead: 1 });
});
