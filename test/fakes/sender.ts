import type { Announcement } from '../../src/core/announcements.ts';
import { type Registry, type TagName, tagKey } from '../../src/core/names.ts';
import type { ReplicaAnnouncement } from '../../src/core/replica-announcements.ts';
import type { AnnouncementSender } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

/**
 * A topic with duplicate detection that forgets no id. Each message passes the gate on its own: a fault may leave the
 * first ones of a call sent and the others not, as when they do not fit in one transfer.
 */
export class InMemoryBus implements AnnouncementSender {
  readonly #calls: GatedCalls;
  readonly #ids = new Set<string>();
  readonly #messages: { readonly tag: TagName; readonly announcement: Announcement }[] = [];
  readonly #messagesByTag = new Map<string, Announcement[]>();
  readonly #messagesByRegistry = new Map<Registry, ReplicaAnnouncement[]>();

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  async send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    for (const announcement of announcements) {
      await this.#calls.call('sender.send', signal, () => {
        if (this.#isNew(announcement)) {
          this.#messages.push({ tag, announcement });
          append(this.#messagesByTag, tagKey(tag), announcement);
        }
      });
    }
  }

  async sendOfReplicas(
    registry: Registry,
    announcements: readonly ReplicaAnnouncement[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const announcement of announcements) {
      await this.#calls.call('sender.sendOfReplicas', signal, () => {
        if (this.#isNew(announcement)) {
          append(this.#messagesByRegistry, registry, announcement);
        }
      });
    }
  }

  check(signal: AbortSignal): Promise<void> {
    return this.#calls.call('sender.check', signal, () => {});
  }

  /** What a tag's subscribers got, in that order. */
  messages(tag: TagName): readonly Announcement[] {
    return this.#messagesByTag.get(tagKey(tag)) ?? [];
  }

  /** What all subscribers got of tags, in that order. */
  all(): readonly { readonly tag: TagName; readonly announcement: Announcement }[] {
    return this.#messages;
  }

  /** What subscribers got of a registry's replicas, in that order. */
  ofReplicas(registry: Registry): readonly ReplicaAnnouncement[] {
    return this.#messagesByRegistry.get(registry) ?? [];
  }

  /** Of all messages that subscribers got, in that order. */
  ids(): readonly string[] {
    return [...this.#ids];
  }

  #isNew({ id }: { readonly id: string }): boolean {
    const isNew = !this.#ids.has(id);
    this.#ids.add(id);
    return isNew;
  }
}

function append<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(item);
}
