// Where is my tag? Always read from the store: another instance may have written since.
import type { Policy } from '../core/advance.ts';
import type { OptedIn } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Digest, Region, Registry, TagName } from '../core/names.ts';
import { type ReplicationStatus, replicationStatus } from '../core/status.ts';
import type { TagState } from '../core/tag-state.ts';
import { type RegistrySight, type TagStore, type Timing, Unavailable } from './ports.ts';
import type { Registries } from './registries.ts';
import type { Verification, VerifyReplicas } from './verify-replicas.ts';

const READ_TIMEOUT_MS = 3_000;
const POLL_MS = 1_000;
const VERIFY_TIMEOUT_MS = 5_000;

export interface TagStatus {
  readonly status: ReplicationStatus;
  /** What is known of the registry; undefined when that cannot be read now. */
  readonly sight: RegistrySight | undefined;
  /** What the replicas said when they were asked for this answer. */
  readonly verification?: ReadonlyMap<Region, Verification>;
}

export interface StatusQuery {
  /** Asks for the newest replication of this digest instead of the tag's current one. */
  readonly digest?: Digest;
  /** Holds the answer back until it is final or this moment has come; waits for a tag nobody has heard of yet as well. */
  readonly waitUntil: Instant;
  /** Asks the replicas of regions that are missing first. */
  readonly isVerified?: boolean;
}

interface Dependencies {
  readonly tags: TagStore;
  readonly timing: Timing;
  readonly registries: Registries;
  readonly verify: VerifyReplicas;
  readonly optedIn: (tag: TagName, signal: AbortSignal) => Promise<OptedIn>;
  readonly policy: (tag: TagName) => Policy;
}

export class ReadStatus {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether the replicas of this registry may be asked. */
  canVerify(registry: Registry): boolean {
    return this.#dependencies.verify.canAsk(registry);
  }

  /** @returns undefined when no such push is known. Rejects with `Unavailable` when the store cannot be read. */
  async read(tag: TagName, query: StatusQuery): Promise<TagStatus | undefined> {
    const verification = query.isVerified ? await this.#verify(tag, query.digest) : undefined;
    const status = await this.#await(tag, query);
    if (status === undefined) {
      return undefined;
    }
    const { registries, timing } = this.#dependencies;
    const sight = await registries.sight(tag.registry, timing.timeout(READ_TIMEOUT_MS));
    return { status, sight, ...(verification === undefined ? {} : { verification }) };
  }

  async #await(tag: TagName, { digest, waitUntil }: StatusQuery): Promise<ReplicationStatus | undefined> {
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

  /** Only what the tag points to now can be asked for: a replica says what it holds under the tag. */
  async #verify(tag: TagName, digest: Digest | undefined): Promise<ReadonlyMap<Region, Verification>> {
    const { tags, timing, verify } = this.#dependencies;
    const state = (await tags.load(tag, timing.timeout(READ_TIMEOUT_MS)))?.value;
    const status = state === undefined ? undefined : await this.#statusOf(tag, state, undefined);
    if (state === undefined || status === undefined || (digest !== undefined && digest !== status.digest)) {
      return new Map();
    }
    const missing = status.regions.filter(({ isExpected, arrivedAt }) => isExpected && arrivedAt === undefined);
    const regions = missing.map(({ region }) => region);
    return await verify.verify(tag, state, regions, VERIFY_TIMEOUT_MS);
  }

  async #readOnce(tag: TagName, digest: Digest | undefined): Promise<ReplicationStatus | undefined> {
    const { tags, timing } = this.#dependencies;
    const stored = await tags.load(tag, timing.timeout(READ_TIMEOUT_MS));
    return stored === undefined ? undefined : await this.#statusOf(tag, stored.value, digest);
  }

  async #statusOf(tag: TagName, state: TagState, digest: Digest | undefined): Promise<ReplicationStatus | undefined> {
    const { timing, optedIn, policy } = this.#dependencies;
    const regions = await optedIn(tag, timing.timeout(READ_TIMEOUT_MS));
    return replicationStatus(state, regions, policy(tag), timing.now(), digest);
  }
}
