// A region reported that a digest, or a whole repository, is gone: make it durable. Which tags it concerns is found out
// later, off the webhook's path.
import { toInstant } from '../core/instant.ts';
import type { DeletionNotice } from '../core/notification.ts';
import type { DeletionStore, Timing } from './ports.ts';

const ADD_TIMEOUT_MS = 3_400;

export class RecordDeletion {
  readonly #deletions: DeletionStore;
  readonly #timing: Timing;

  constructor(deletions: DeletionStore, timing: Timing) {
    this.#deletions = deletions;
    this.#timing = timing;
  }

  /** Resolves when it is durable. Rejects with `Unavailable` when it is not known to be. Repeating it does no harm. */
  async record(notice: DeletionNotice): Promise<void> {
    const dueAt = notice.receivedAt ?? toInstant(notice.eventAt);
    await this.#deletions.add({ notice, dueAt, look: 1 }, this.#timing.timeout(ADD_TIMEOUT_MS));
  }
}
