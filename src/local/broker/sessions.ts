import type { Message } from 'rhea';
import { type Fault, noSessionInTime, sessionCannotBeLocked, sessionLockLost } from './faults.ts';
import { type Depth, MessageQueue, type QueueOptions, type StoredMessage } from './queue.ts';

/** One session: its messages in order, for the one receiver that holds its lock. */
export interface Session {
  readonly id: string;
  readonly queue: MessageQueue;
  /** In the past if no receiver holds the session. */
  lockedUntil: number;
  /** Bytes that receivers hand on to each other. */
  state: Buffer | undefined;
}

/** A receiver that takes any session which has messages. */
export interface SessionRequest {
  readonly deadlineAt: number;
  accepted(session: Session): void;
  refused(fault: Fault): void;
}

export type SessionQueueOptions = Omit<QueueOptions, 'deadLetterQueue'> & { readonly deadLetterQueue: MessageQueue };

/** Messages of a subscription that requires sessions. Every one lies in the queue of its session. */
export class SessionQueue {
  readonly #options: SessionQueueOptions;
  readonly #sessions = new Map<string, Session>();
  #requests: SessionRequest[] = [];

  constructor(options: SessionQueueOptions) {
    this.#options = options;
  }

  enqueue(content: Message): void {
    if (content.group_id === undefined) {
      this.#options.deadLetterQueue.bury({ content, deliveryCount: 0 }, this.#options.path, {
        DeadLetterReason: 'SessionIdMissing',
        DeadLetterErrorDescription: 'Expected a session id, as the subscription requires sessions; got none.',
      });
      return;
    }
    this.#open(content.group_id).queue.enqueue(content);
    this.#serveRequests();
  }

  /** Locks the session, whether it has messages or not. */
  accept(id: string): Session | Fault {
    const session = this.#open(id);
    return this.#isLocked(session) ? sessionCannotBeLocked(id) : this.#lock(session);
  }

  /** Answers at once if it can, else when a session has messages or the deadline has come. */
  acceptNext(request: SessionRequest): void {
    this.#requests.push(request);
    this.#serveRequests();
  }

  withdraw(request: SessionRequest): void {
    this.#requests = this.#requests.filter((other) => other !== request);
  }

  /** The receiver has closed: what it did not settle goes to the next one. */
  release(session: Session): void {
    session.lockedUntil = Number.NEGATIVE_INFINITY;
    session.queue.abandonLocks();
    this.#serveRequests();
  }

  renew(id: string): number | Fault {
    const session = this.held(id);
    if (session === undefined) {
      return sessionLockLost(id);
    }
    this.#lock(session);
    session.queue.renewLocks();
    return session.lockedUntil;
  }

  /** The session, if some receiver holds its lock. */
  held(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    return session !== undefined && this.#isLocked(session) ? session : undefined;
  }

  peek(fromSequenceNumber: number, count: number, sessionId?: string): StoredMessage[] {
    return [...this.#sessions.values()]
      .filter((session) => sessionId === undefined || session.id === sessionId)
      .flatMap((session) => session.queue.peek(fromSequenceNumber, count))
      .sort((left, right) => left.sequenceNumber - right.sequenceNumber)
      .slice(0, count);
  }

  sweep(): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.lockedUntil !== Number.NEGATIVE_INFINITY && !this.#isLocked(session)) {
        session.queue.closeConsumers(sessionLockLost(session.id));
        this.release(session);
      }
      session.queue.sweep();
      this.#forgetIfEmpty(session);
    }
    for (const request of this.#requests.filter(({ deadlineAt }) => deadlineAt <= this.#options.now())) {
      this.withdraw(request);
      request.refused(noSessionInTime);
    }
  }

  depth(): Depth {
    const depths = [...this.#sessions.values()].map((session) => session.queue.depth());
    const dead = this.#options.deadLetterQueue.depth();
    return {
      ready: depths.reduce((sum, { ready }) => sum + ready, 0),
      locked: depths.reduce((sum, { locked }) => sum + locked, 0),
      dead: dead.ready + dead.locked,
    };
  }

  closeConsumers(fault: Fault): void {
    for (const request of this.#requests.splice(0)) {
      request.refused(fault);
    }
    for (const session of this.#sessions.values()) {
      session.queue.closeConsumers(fault);
    }
  }

  #open(id: string): Session {
    const known = this.#sessions.get(id);
    if (known !== undefined) {
      return known;
    }
    const session: Session = {
      id,
      queue: new MessageQueue({ ...this.#options, lockUntil: () => session.lockedUntil }),
      lockedUntil: Number.NEGATIVE_INFINITY,
      state: undefined,
    };
    this.#sessions.set(id, session);
    return session;
  }

  #isLocked(session: Session): boolean {
    return session.lockedUntil > this.#options.now();
  }

  #lock(session: Session): Session {
    session.lockedUntil = this.#options.lockUntil();
    return session;
  }

  #serveRequests(): void {
    if (this.#requests.length === 0) {
      return;
    }
    for (const session of this.#sessions.values()) {
      if (this.#requests.length > 0 && !this.#isLocked(session) && session.queue.depth().ready > 0) {
        this.#requests.shift()?.accepted(this.#lock(session));
      }
    }
  }

  #forgetIfEmpty(session: Session): void {
    const { ready, locked } = session.queue.depth();
    if (ready + locked === 0 && session.state === undefined && !this.#isLocked(session)) {
      this.#sessions.delete(session.id);
    }
  }
}
