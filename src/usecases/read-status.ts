// Where is my tag? Always read from the store: another instance may have written since.
import type { Policy } from '../core/advance.ts';
import type { OptedIn } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Digest, TagName } from '../core/names.ts';
import { type ReplicationStatus, replicationStatus } from '../core/status.ts';
import { type TagStore, type Timing, Unavailable } from './ports.ts';

const READ_TIMEOUT_MS = 3_000;
const POLL_MS = 1_000;

interface Dependencies {
  readonly tags: TagStore;
  readonly timing: Timing;
  readonly optedIn: (tag: TagName, signal: AbortSignal) => Promise<OptedIn>;
  readonly policy: (tag: TagName) => Policy;
}

export class ReadStatus {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param waitUntil holds the answer back until it is final or this moment has come; a tag that nobody has heard of
   *   yet is waited for as well
   * @returns undefined when no such push is known. Rejects with `Unavailable` when the store cannot be read.
   */
  async read(tag: TagName, digest: Digest | undefined, waitUntil: Instant): Promise<ReplicationStatus | undefined> {
    const { timing } = this.#dependencies;
    for (;;) {
      const status = await this.#readOnce(tag, digest).catch((error: unknown) => {
        if (error instanceof Unavailable && timing.now() < waitUntil) {
          return undefined;
        }
        throw error;
      });
      const leftMs = waitUntil - timing.now();
      if (leftMs <= 0 || (status !== undefined && status.status !== 'replicating')) {
        return status;
      }
      await timing.sleep(Math.min(POLL_MS, leftMs));
    }
  }

  async #readOnce(tag: TagName, digest: Digest | undefined): Promise<ReplicationStatus | undefined> {
    const { tags, timing, optedIn, policy } = this.#dependencies;
    const signal = timing.timeout(READ_TIMEOUT_MS);
    const stored = await tags.load(tag, signal);
    if (stored === undefined) {
      return undefined;
    }
    return replicationStatus(stored.value, await optedIn(tag, signal), policy(tag), timing.now(), digest);
  }
}
