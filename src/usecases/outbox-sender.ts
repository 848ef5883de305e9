// Sends what a tag's outbox holds, oldest first, then takes it out of the outbox. A tag's outbox is sent by one at a time
// on this instance; two instances may send the same one, with the same message ids, and the topic drops the second.
import type { Announcement } from '../core/announcements.ts';
import { type TagName, tagKey } from '../core/names.ts';
import type { AnnouncementSender, Journal, Log, Metrics, Timing } from './ports.ts';
import type { TagWriter } from './tag-writer.ts';

const SEND_TIMEOUT_MS = 10_000;
const JOURNAL_TIMEOUT_MS = 3_000;

interface Dependencies {
  readonly writer: TagWriter;
  readonly sender: AnnouncementSender;
  readonly journal: Journal;
  readonly timing: Timing;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class OutboxSender {
  readonly #dependencies: Dependencies;
  readonly #running = new Map<string, Promise<number>>();
  readonly #queued = new Map<string, Promise<number>>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Never rejects: what could not be sent stays in the outbox, and the sweep is brought to it.
   * @returns how many announcements were sent
   */
  send(tag: TagName): Promise<number> {
    const key = tagKey(tag);
    const running = this.#running.get(key);
    if (running === undefined) {
      return this.#start(tag, key);
    }
    // Whoever waits for a turn waits for the same one: it sends everything that is there by then.
    const queued =
      this.#queued.get(key) ??
      running.then(() => {
        this.#queued.delete(key);
        return this.#start(tag, key);
      });
    this.#queued.set(key, queued);
    return queued;
  }

  #start(tag: TagName, key: string): Promise<number> {
    const running = this.#sendAll(tag).finally(() => {
      this.#running.delete(key);
    });
    this.#running.set(key, running);
    return running;
  }

  async #sendAll(tag: TagName): Promise<number> {
    const { writer, sender, journal, timing, log } = this.#dependencies;
    let sent = 0;
    try {
      for (let state = await writer.known(tag); state !== undefined && state.outbox.length > 0; ) {
        const { outbox } = state;
        await sender.send(tag, outbox, timing.timeout(SEND_TIMEOUT_MS));
        sent += outbox.length;
        this.#note(tag, outbox);
        // Without its row in the journal an announcement is still sent; sending it for ever would be worse.
        await journal.append(tag, outbox, timing.timeout(JOURNAL_TIMEOUT_MS)).catch((error: unknown) => {
          log.error('announcements not in the journal', { ...tag, reason: String(error) });
        });
        const ids = new Set(outbox.map(({ id }) => id));
        ({ state } = await writer.update(tag, { type: 'sent', ids }));
      }
    } catch (error) {
      log.warn('announcements left for the sweep', { ...tag, reason: String(error) });
      await this.#leaveToSweep(tag);
    }
    return sent;
  }

  /** The bus has them. What is sent again after a crash is noted again. */
  #note(tag: TagName, announcements: readonly Announcement[]): void {
    const { log, metrics } = this.#dependencies;
    for (const announcement of announcements) {
      const { id, type, sequence, digest, pushedAt, region, reason, supersededBy, missing } = announcement;
      metrics.record({ name: 'landfall.announcements', value: 1, attributes: { type, registry: tag.registry } });
      log.info('announced', { type, ...tag, digest, pushedAt, region, reason, supersededBy, missing, sequence, id });
    }
  }

  /** Moves the alarm near; if even that fails, the alarm that the state names already brings the sweep, only later. */
  async #leaveToSweep(tag: TagName): Promise<void> {
    try {
      await this.#dependencies.writer.update(tag, { type: 'unsent' });
    } catch (error) {
      this.#dependencies.log.warn('alarm not moved near', { ...tag, reason: String(error) });
    }
  }
}
