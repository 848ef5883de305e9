// A region reported that a digest, or a whole repository, is gone: make it durable, then tell the tags that it concerns.
import { toInstant } from '../core/instant.ts';
import type { DeletionNotice } from '../core/notification.ts';
import type { DeletionStore, Timing } from './ports.ts';
import type { ResolveDeletions } from './resolve-deletions.ts';

const ADD_TIMEOUT_MS = 3_400;

export class RecordDeletion {
  readonly #deletions: DeletionStore;
  readonly #resolveDeletions: ResolveDeletions;
  readonly #timing: Timing;

  constructor(deletions: DeletionStore, resolveDeletions: ResolveDeletions, timing: Timing) {
    this.#deletions = deletions;
    this.#resolveDeletions = resolveDeletions;
    this.#timing = timing;
  }

  /**
   * Resolves when it is durable. Rejects with `Unavailable` when it is not known to be. Repeating it does no harm.
   * `told` ends when the tags are told, or left to the sweep; it never rejects. Worth waiting for, but not for long.
   */
  async record(notice: DeletionNotice): Promise<{ readonly told: Promise<void> }> {
    const dueAt = notice.receivedAt ?? toInstant(notice.eventAt);
    await this.#deletions.add({ notice, dueAt, look: 1 }, this.#timing.timeout(ADD_TIMEOUT_MS));
    return { told: this.#resolveDeletions.tell(notice) };
  }
}
