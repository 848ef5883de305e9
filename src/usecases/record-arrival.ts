// A region reported an arrival: make it durable, then tell the world what follows from it.
import type { Arrival } from '../core/facts.ts';
import type { TagName } from '../core/names.ts';
import type { RecordOutcome } from '../core/tag-state.ts';
import type { OutboxSender } from './outbox-sender.ts';
import type { TagWriter } from './tag-writer.ts';

export interface Recorded {
  readonly outcome: RecordOutcome;
  /** Ends when what follows is announced, or left to the sweep; never rejects. Worth waiting for, but not for long. */
  readonly announced: Promise<unknown>;
}

export class RecordArrival {
  readonly #writer: TagWriter;
  readonly #outbox: OutboxSender;

  constructor(writer: TagWriter, outbox: OutboxSender) {
    this.#writer = writer;
    this.#outbox = outbox;
  }

  /** Resolves when the arrival is durable. Rejects with `Unavailable` when it is not known to be. */
  async record(tag: TagName, arrival: Arrival): Promise<Recorded> {
    const { outcome, state, isFresh } = await this.#writer.update(tag, { type: 'fact', fact: arrival });
    const announced = state.outbox.length > 0 ? this.#announce(tag, isFresh) : Promise.resolve();
    return { outcome: outcome as RecordOutcome, announced };
  }

  /** What this instance last knew may be hours old, and others may have sent that outbox since: it is read again first. */
  async #announce(tag: TagName, isFresh: boolean): Promise<void> {
    const isUnsent = isFresh || (await this.#isUnsent(tag));
    if (isUnsent) {
      await this.#outbox.send(tag);
    }
  }

  async #isUnsent(tag: TagName): Promise<boolean> {
    try {
      return (await this.#writer.update(tag, { type: 'look' })).state.outbox.length > 0;
    } catch {
      // The alarm that the state names brings the sweep.
      return false;
    }
  }
}
