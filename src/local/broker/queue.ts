import { randomBytes } from 'node:crypto';
import type { Message } from 'rhea';
import { type Fault, lockLost, notAllowed } from './faults.ts';

export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAt: number;
  /** Never, if undefined. */
  readonly expiresAt: number | undefined;
  /** Path of the queue that gave up on it. */
  readonly deadLetterSource: string | undefined;
  /** Only its application properties ever change, when an abandon modifies them. */
  content: Message;
  /** Deliveries that ended without the message being settled. */
  deliveryCount: number;
}

export interface Lock {
  /** 32 hex digits: the delivery tag on the wire. */
  readonly token: string;
  readonly message: StoredMessage;
  until: number;
}

/** A receiving link, as the queue sees it. */
export interface Consumer {
  /** A peek-lock consumer settles each message; to the other kind a message is gone once it is delivered. */
  readonly isPeekLock: boolean;
  /** How many messages it takes at this moment. */
  credit(): number;
  deliver(message: StoredMessage, lock: Lock | undefined): void;
  /** The queue has come to its end, or its session has. */
  close(fault: Fault): void;
}

export type Properties = Readonly<Record<string, unknown>>;

export type Settlement =
  | { readonly type: 'complete' }
  /** Back to its place in the queue; counts as a delivery that failed. */
  | { readonly type: 'abandon'; readonly properties?: Properties }
  /** Back to its place in the queue as if it had not been delivered. */
  | { readonly type: 'release' }
  | { readonly type: 'deadLetter'; readonly properties: Properties };

export interface QueueOptions {
  readonly path: string;
  readonly now: () => number;
  readonly nextSequenceNumber: () => number;
  /** When a lock that is taken at this moment ends. */
  readonly lockUntil: () => number;
  readonly maxDeliveryCount: number;
  /** A dead-letter queue itself has none: it keeps its messages until they are completed. */
  readonly deadLetterQueue?: MessageQueue;
}

export interface Depth {
  readonly ready: number;
  readonly locked: number;
  readonly dead: number;
}

/**
 * Messages of one subscription, of one of its sessions or of its dead-letter queue. Knows nothing of AMQP and sets no
 * timers: whoever owns it calls `sweep` as time goes by.
 */
export class MessageQueue {
  readonly #options: QueueOptions;
  /** In order of sequence number. */
  readonly #ready: StoredMessage[] = [];
  readonly #locks = new Map<string, Lock>();
  /** The first that has credit is served, and then goes to the end. */
  #consumers: Consumer[] = [];
  /** No ready message expires before this. */
  #nextExpiryAt = Number.POSITIVE_INFINITY;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  enqueue(content: Message): void {
    const now = this.#options.now();
    this.#append(content, { expiresAt: content.ttl ? now + content.ttl : undefined });
  }

  /** Takes over a message that another queue gave up on. It no longer expires. */
  bury(message: Pick<StoredMessage, 'content' | 'deliveryCount'>, source: string, properties: Properties): void {
    const { content, deliveryCount } = message;
    this.#append(withProperties(content, properties), { deliveryCount, deadLetterSource: source });
  }

  attach(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.pump();
  }

  /** Locks of the consumer stay until they expire, as on Azure. */
  detach(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** Delivers what is ready to whoever has credit. */
  pump(): void {
    this.#dropExpired();
    while (this.#ready.length > 0) {
      const consumer = this.#consumers.find((candidate) => candidate.credit() > 0);
      const message = consumer && this.#ready.shift();
      if (message === undefined || consumer === undefined) {
        return;
      }
      this.#consumers.push(...this.#consumers.splice(this.#consumers.indexOf(consumer), 1));
      consumer.deliver(message, consumer.isPeekLock ? this.#lock(message) : undefined);
    }
  }

  /** Undefined if it was done. */
  settle(token: string, settlement: Settlement): Fault | undefined {
    const lock = this.#heldLock(token);
    if (lock === undefined) {
      return lockLost;
    }
    if (settlement.type === 'deadLetter' && this.#options.deadLetterQueue === undefined) {
      return notAllowed(`Expected to dead-letter a message of a subscription, got one of '${this.path}'.`);
    }
    this.#locks.delete(token);
    this.#settle(lock.message, settlement);
    return undefined;
  }

  /** When the lock now ends, or undefined if it was lost. */
  renewLock(token: string): number | undefined {
    const lock = this.#heldLock(token);
    if (lock !== undefined) {
      lock.until = this.#options.lockUntil();
    }
    return lock?.until;
  }

  /** Locks of a session all end with the lock on the session. */
  renewLocks(): void {
    for (const lock of this.#locks.values()) {
      lock.until = this.#options.lockUntil();
    }
  }

  abandonLocks(): void {
    for (const token of [...this.#locks.keys()]) {
      this.#expire(token);
    }
  }

  /** Locked messages are shown too, in their place. */
  peek(fromSequenceNumber: number, count: number): StoredMessage[] {
    this.#dropExpired();
    return [...this.#ready, ...[...this.#locks.values()].map((lock) => lock.message)]
      .filter((message) => message.sequenceNumber >= fromSequenceNumber)
      .sort((left, right) => left.sequenceNumber - right.sequenceNumber)
      .slice(0, count);
  }

  /** Does what time has made due: locks and messages that expire. */
  sweep(): void {
    const now = this.#options.now();
    for (const lock of [...this.#locks.values()]) {
      if (lock.until <= now) {
        this.#expire(lock.token);
      }
    }
    this.pump();
  }

  depth(): Depth {
    this.#dropExpired();
    const dead = this.#options.deadLetterQueue?.depth() ?? { ready: 0, locked: 0 };
    return { ready: this.#ready.length, locked: this.#locks.size, dead: dead.ready + dead.locked };
  }

  closeConsumers(fault: Fault): void {
    for (const consumer of this.#consumers.splice(0)) {
      consumer.close(fault);
    }
  }

  #append(content: Message, fields: Partial<StoredMessage>): void {
    this.#place({
      sequenceNumber: this.#options.nextSequenceNumber(),
      enqueuedAt: this.#options.now(),
      expiresAt: undefined,
      deadLetterSource: undefined,
      deliveryCount: 0,
      ...fields,
      content,
    });
  }

  #lock(message: StoredMessage): Lock {
    const lock = { token: randomBytes(16).toString('hex'), message, until: this.#options.lockUntil() };
    this.#locks.set(lock.token, lock);
    return lock;
  }

  /** A lock that expired is lost from that moment on, even if no sweep has taken the message back yet. */
  #heldLock(token: string): Lock | undefined {
    const lock = this.#locks.get(token);
    return lock !== undefined && lock.until > this.#options.now() ? lock : undefined;
  }

  #expire(token: string): void {
    const lock = this.#locks.get(token);
    this.#locks.delete(token);
    if (lock !== undefined) {
      this.#settle(lock.message, { type: 'abandon' });
    }
  }

  #settle(message: StoredMessage, settlement: Settlement): void {
    switch (settlement.type) {
      case 'complete':
        return;
      case 'release':
        this.#place(message);
        return;
      case 'deadLetter':
        this.#options.deadLetterQueue?.bury(message, this.path, settlement.properties);
        return;
      case 'abandon':
        if (settlement.properties !== undefined) {
          message.content = withProperties(message.content, settlement.properties);
        }
        message.deliveryCount += 1;
        this.#retry(message);
    }
  }

  #retry(message: StoredMessage): void {
    const { deadLetterQueue, maxDeliveryCount } = this.#options;
    if (deadLetterQueue === undefined || message.deliveryCount < maxDeliveryCount) {
      this.#place(message);
    } else {
      deadLetterQueue.bury(message, this.path, {
        DeadLetterReason: 'MaxDeliveryCountExceeded',
        DeadLetterErrorDescription: `Expected to be settled within ${maxDeliveryCount} deliveries, got none that did.`,
      });
    }
  }

  /** From the end, since most messages are new. */
  #place(message: StoredMessage): void {
    const index = this.#ready.findLastIndex((other) => other.sequenceNumber < message.sequenceNumber);
    this.#ready.splice(index + 1, 0, message);
    this.#nextExpiryAt = Math.min(this.#nextExpiryAt, message.expiresAt ?? Number.POSITIVE_INFINITY);
    this.pump();
  }

  #dropExpired(): void {
    const now = this.#options.now();
    if (now < this.#nextExpiryAt) {
      return;
    }
    const expiryOf = (message: StoredMessage) => message.expiresAt ?? Number.POSITIVE_INFINITY;
    const alive = this.#ready.filter((message) => expiryOf(message) > now);
    this.#ready.splice(0, this.#ready.length, ...alive);
    this.#nextExpiryAt = Math.min(...alive.map(expiryOf));
  }
}

/** Messages are shared between subscriptions: a copy is changed, never the message itself. */
function withProperties(content: Message, properties: Properties): Message {
  return { ...content, application_properties: { ...content.application_properties, ...properties } };
}
