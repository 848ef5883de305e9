import { randomUUID } from 'node:crypto';
import type { Message } from 'rhea';
import { idText } from './filter-input.ts';
import { requireName, Subscription, type SubscriptionOptions } from './subscription.ts';

export interface TopicOptions {
  name: string;
  /** A message id that comes again within this time is accepted and dropped. 0 switches the detection off. */
  duplicateDetectionSeconds: number;
  subscriptions: SubscriptionOptions[];
}

export interface TopicStats {
  /** Messages that clients sent and the broker accepted, duplicates and scheduled ones included. */
  sent: number;
  duplicates: number;
}

type ScheduledMessage = { readonly sequenceNumber: number; readonly dueAt: number; readonly content: Message };

/** Copies each message that is sent to it to the subscriptions whose rule matches. Keeps none itself but scheduled ones. */
export class Topic {
  readonly name: string;
  readonly stats: TopicStats = { sent: 0, duplicates: 0 };
  readonly #now: () => number;
  readonly #duplicateDetectionMs: number;
  readonly #subscriptions = new Map<string, Subscription>();
  /** When each message id was first seen; oldest first. */
  readonly #seenAt = new Map<string, number>();
  #scheduled: ScheduledMessage[] = [];
  #lastScheduled = 0;

  constructor({ name, duplicateDetectionSeconds, subscriptions }: TopicOptions, now: () => number) {
    requireName(name);
    if (!(duplicateDetectionSeconds >= 0)) {
      const expected = `Expected duplicateDetectionSeconds of "${name}" to be a number from 0 up`;
      throw new RangeError(`${expected}, got ${duplicateDetectionSeconds}`);
    }
    this.name = name;
    this.#now = now;
    this.#duplicateDetectionMs = duplicateDetectionSeconds * 1000;
    for (const subscription of subscriptions) {
      this.addSubscription(subscription);
    }
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()];
  }

  subscription(name: string): Subscription | undefined {
    return this.#subscriptions.get(name.toLowerCase());
  }

  addSubscription(options: SubscriptionOptions): void {
    if (this.subscription(options.name) !== undefined) {
      throw new TypeError(`Expected a new subscription of topic "${this.name}", got "${options.name}", which exists`);
    }
    this.#subscriptions.set(options.name.toLowerCase(), new Subscription(this.name, options, this.#now));
  }

  removeSubscription(name: string): void {
    const subscription = this.subscription(name);
    if (subscription === undefined) {
      throw new TypeError(`Expected a subscription of topic "${this.name}", got "${name}", which does not exist`);
    }
    this.#subscriptions.delete(name.toLowerCase());
    subscription.remove();
  }

  /** At once, or at the time that the sender asked for if that is still to come. */
  publish(message: Message): void {
    const content = this.#accept(message);
    const dueAt = scheduledAt(message);
    if (content !== undefined && dueAt !== undefined && dueAt > this.#now()) {
      this.#schedule(content, dueAt);
    } else if (content !== undefined) {
      this.#fanOut(content);
    }
  }

  /** The sequence number that `cancel` takes. A duplicate is dropped, but gets one too. */
  schedule(message: Message): number {
    const content = this.#accept(message);
    return this.#schedule(content, scheduledAt(message) ?? this.#now());
  }

  /** False if no scheduled message has the number, perhaps because it has been published. */
  cancel(sequenceNumber: number): boolean {
    const index = this.#scheduled.findIndex((message) => message.sequenceNumber === sequenceNumber);
    return index !== -1 && this.#scheduled.splice(index, 1).length === 1;
  }

  /** Does what time has made due, here and in the subscriptions. */
  sweep(): void {
    const now = this.#now();
    const due = this.#scheduled.filter((message) => message.dueAt <= now);
    this.#scheduled = this.#scheduled.filter((message) => message.dueAt > now);
    for (const { content } of due.sort((left, right) => left.dueAt - right.dueAt)) {
      this.#fanOut(content);
    }
    for (const subscription of this.#subscriptions.values()) {
      subscription.sweep();
    }
  }

  /** Undefined for a duplicate. Azure gives an id to a message that has none, and the SDK's lock renewal needs it. */
  #accept(message: Message): Message | undefined {
    this.stats.sent += 1;
    const content = { ...message, message_id: message.message_id ?? randomUUID() };
    if (this.#duplicateDetectionMs > 0 && this.#isSeen(idText(content.message_id))) {
      this.stats.duplicates += 1;
      return undefined;
    }
    return content;
  }

  #isSeen(messageId: string): boolean {
    const now = this.#now();
    for (const [id, seenAt] of this.#seenAt) {
      if (seenAt + this.#duplicateDetectionMs > now) {
        break;
      }
      this.#seenAt.delete(id);
    }
    if (this.#seenAt.has(messageId)) {
      return true;
    }
    this.#seenAt.set(messageId, now);
    return false;
  }

  #schedule(content: Message | undefined, dueAt: number): number {
    this.#lastScheduled += 1;
    if (content !== undefined) {
      this.#scheduled.push({ sequenceNumber: this.#lastScheduled, dueAt, content });
    }
    return this.#lastScheduled;
  }

  #fanOut(content: Message): void {
    for (const subscription of this.#subscriptions.values()) {
      subscription.offer(content);
    }
  }
}

function scheduledAt(content: Message): number | undefined {
  const value: unknown = content.message_annotations?.['x-opt-scheduled-enqueue-time'];
  return value instanceof Date ? value.getTime() : undefined;
}
