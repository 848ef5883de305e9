import { entityNotFound, type Fault, isFault } from './faults.ts';
import type { MessageQueue } from './queue.ts';
import type { SessionQueue } from './sessions.ts';
import type { Subscription } from './subscription.ts';
import type { Topic } from './topic.ts';

export type Entity =
  | { readonly type: 'topic'; readonly topic: Topic }
  | { readonly type: 'subscription'; readonly subscription: Subscription }
  | { readonly type: 'deadLetterQueue'; readonly queue: MessageQueue };

const SUBSCRIPTION_PATH = /^(?<topic>[^/]+)\/subscriptions\/(?<name>[^/]+)(?<dead>\/\$deadletterqueue)?$/i;

/** All topics and what belongs to them, found by their addresses as clients write them: any case, with or without host. */
export class Entities {
  readonly #topics = new Map<string, Topic>();

  add(topic: Topic): void {
    if (this.#topics.has(topic.name.toLowerCase())) {
      throw new TypeError(`Expected topics of different names, got "${topic.name}" twice`);
    }
    this.#topics.set(topic.name.toLowerCase(), topic);
  }

  sweep(): void {
    for (const topic of this.#topics.values()) {
      topic.sweep();
    }
  }

  find(address: string): Entity | Fault {
    const path = address.replace(/^(sb|amqps?):\/\/[^/]+\//i, '');
    const groups = SUBSCRIPTION_PATH.exec(path)?.groups;
    const topicName = groups?.['topic'] ?? path;
    const topic = this.#topics.get(topicName.toLowerCase());
    if (topic === undefined) {
      const known = [...this.#topics.values()].map(({ name }) => name).join(', ');
      return entityNotFound(path, `there is no topic '${topicName}', only: ${known || 'none'}`);
    }
    const name = groups?.['name'];
    if (name === undefined) {
      return { type: 'topic', topic };
    }
    const subscription = topic.subscription(name);
    if (subscription === undefined) {
      const known = topic.subscriptions.map((other) => other.path).join(', ');
      return entityNotFound(path, `topic '${topic.name}' has no such subscription, only: ${known || 'none'}`);
    }
    return groups?.['dead'] === undefined
      ? { type: 'subscription', subscription }
      : { type: 'deadLetterQueue', queue: subscription.deadLetterQueue };
  }

  /** For callers in this process, to whom an unknown topic is a mistake. */
  topic(name: string): Topic {
    const entity = this.find(name);
    if (isFault(entity) || entity.type !== 'topic') {
      throw new TypeError(`Expected the name of a topic, got ${JSON.stringify(name)}`);
    }
    return entity.topic;
  }

  queue(path: string): MessageQueue | SessionQueue {
    const entity = this.find(path);
    if (isFault(entity) || entity.type === 'topic') {
      throw new TypeError(`Expected the path of a subscription or its dead-letter queue, got ${JSON.stringify(path)}`);
    }
    return entity.type === 'subscription' ? entity.subscription.queue : entity.queue;
  }
}
