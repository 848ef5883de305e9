import type { Message } from 'rhea';
import { entityNotFound } from './faults.ts';
import { MessageQueue } from './queue.ts';
import { compileRule, type Matcher, type Rule } from './rules.ts';
import { SessionQueue } from './sessions.ts';

export interface SubscriptionOptions {
  /** Unlike any other of its topic, whatever the case of its letters. */
  name: string;
  /** Without one, the subscription receives every message of the topic. */
  rule?: Rule;
  /** For how long a receiver holds a message (or a session) before another may have it. Default 60, as on Azure. */
  lockSeconds?: number;
  /** Deliveries that may fail before the message goes to the dead-letter queue. From 1 up; default 10, as on Azure. */
  maxDeliveryCount?: number;
  /** Receivers take a session at a time and get its messages in order; plain receivers are refused. Default false. */
  requiresSession?: boolean;
}

export class Subscription {
  readonly path: string;
  readonly queue: MessageQueue | SessionQueue;
  readonly deadLetterQueue: MessageQueue;
  readonly #matches: Matcher;

  /** Throws an error that names the fault if an option can't be used. */
  constructor(topic: string, options: SubscriptionOptions, now: () => number) {
    const { name, rule, lockSeconds = 60, maxDeliveryCount = 10, requiresSession = false } = options;
    requireName(name);
    if (!(lockSeconds > 0)) {
      throw new RangeError(`Expected lockSeconds of "${name}" to be a number above 0, got ${lockSeconds}`);
    }
    if (!(Number.isInteger(maxDeliveryCount) && maxDeliveryCount >= 1)) {
      throw new RangeError(`Expected maxDeliveryCount of "${name}" to be from 1 up, got ${maxDeliveryCount}`);
    }
    this.path = `${topic}/Subscriptions/${name}`;
    this.#matches = compileRule(rule);
    const shared = { now, lockUntil: () => now() + lockSeconds * 1000, maxDeliveryCount };
    this.deadLetterQueue = new MessageQueue({
      ...shared,
      path: `${this.path}/$DeadLetterQueue`,
      nextSequenceNumber: sequence(),
    });
    const own = { ...shared, path: this.path, nextSequenceNumber: sequence(), deadLetterQueue: this.deadLetterQueue };
    this.queue = requiresSession ? new SessionQueue(own) : new MessageQueue(own);
  }

  /** Takes the message if the rule matches it. */
  offer(content: Message): void {
    if (this.#matches(content)) {
      this.queue.enqueue(content);
    }
  }

  sweep(): void {
    this.queue.sweep();
    this.deadLetterQueue.sweep();
  }

  /** Its receivers are told that it is gone. */
  remove(): void {
    for (const queue of [this.queue, this.deadLetterQueue]) {
      queue.closeConsumers(entityNotFound(this.path, 'the subscription was removed'));
    }
  }
}

/** A slash or a dollar sign would make the path of one entity read like that of another. */
export function requireName(name: string): void {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new TypeError(`Expected a name of letters, digits, ".", "-" and "_", got ${JSON.stringify(name)}`);
  }
}

function sequence(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}
