import type { Announcement } from '../../src/core/announcements.ts';
import { type TagName, tagKey } from '../../src/core/names.ts';
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

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  async send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    for (const announcement of announcements) {
      await this.#calls.call('sender.send', signal, () => this.#take(tag, announcement));
    }
  }

  check(signal: AbortSignal): Promise<void> {
    return this.#calls.call('sender.check', signal, () => {});
  }

  /** What a tag's subscribers got, in that order. */
  messages(tag: TagName): readonly Announcement[] {
    return this.#messagesByTag.get(tagKey(tag)) ?? [];
  }

  /** What all subscribers got, in that order. */
  all(): readonly { readonly tag: TagName; readonly announcement: Announcement }[] {
    return this.#messages;
  }

  #take(tag: TagName, announcement: Announcement): void {
    if (this.#ids.has(announcement.id)) {
      return;
    }
    this.#ids.add(announcement.id);
    this.#messages.push({ tag, announcement });
    const ofTag = this.#messagesByTag.get(tagKey(tag)) ?? [];
    this.#messagesByTag.set(tagKey(tag), ofTag);
    ofTag.push(announcement);
  }
}
