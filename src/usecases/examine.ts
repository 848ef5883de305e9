// Before a region is announced as lagging: is it the webhook that is lost, rather than the image that is late? The
// registry's record of deliveries is read, and the replica itself is asked, as far as either may be. What cannot be read
// does not keep the announcement back: staying silent about lag would be worse.
import { type Examined, overdueRegions, type Policy } from '../core/advance.ts';
import type { OptedIn } from '../core/expected.ts';
import { type Instant, toInstant } from '../core/instant.ts';
import type { Region, Registry, TagName } from '../core/names.ts';
import { replications } from '../core/replications.ts';
import type { TagState } from '../core/tag-state.ts';
import type { Log, Timing } from './ports.ts';
import type { Reconcile } from './reconcile.ts';
import type { TagWriter } from './tag-writer.ts';
import type { VerifyReplicas } from './verify-replicas.ts';

/** Many tags that are due together share one reading of a region's history. */
const SHARED_MS = 15_000;
const HOUR_MS = 60 * 60_000;
const HISTORY_TIMEOUT_MS = 20_000;
const VERIFY_TIMEOUT_MS = 5_000;
const REGIONS_TIMEOUT_MS = 1_000;

interface Dependencies {
  readonly writer: TagWriter;
  readonly reconcile: Reconcile;
  readonly verify: VerifyReplicas;
  readonly timing: Timing;
  readonly log: Log;
  readonly optedIn: (tag: TagName, signal: AbortSignal) => Promise<OptedIn>;
  readonly policy: (tag: TagName) => Policy;
}

interface Reading {
  /** How far back it goes at least. */
  readonly since: Instant;
  readonly sharedUntil: Instant;
  readonly done: Promise<unknown>;
}

export class Examine {
  readonly #dependencies: Dependencies;
  readonly #readings = new Map<string, Reading>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns the regions that may be announced as lagging now, should they still be missing. Rejects when storage fails. */
  async examine(tag: TagName): Promise<Examined> {
    const { writer, reconcile, verify } = this.#dependencies;
    const state = await writer.known(tag);
    const overdue = state === undefined ? [] : await this.#overdue(tag, state);
    if (overdue.length > 0 && reconcile.canAsk(tag.registry)) {
      const since = heardSince(state);
      await Promise.all(overdue.map((region) => this.#readHistory(tag.registry, region, since)));
    }
    if (overdue.length > 0 && verify.canAsk(tag.registry)) {
      const after = (await writer.known(tag)) ?? state;
      const still = after === undefined ? [] : await this.#overdue(tag, after);
      if (after !== undefined && still.length > 0) {
        await verify.verify(tag, after, still, VERIFY_TIMEOUT_MS);
      }
    }
    return new Set(overdue);
  }

  async #overdue(tag: TagName, state: TagState): Promise<readonly Region[]> {
    const { optedIn, policy, timing } = this.#dependencies;
    const regions = await optedIn(tag, timing.timeout(REGIONS_TIMEOUT_MS));
    return overdueRegions(state, regions, policy(tag), timing.now());
  }

  async #readHistory(registry: Registry, region: Region, since: Instant): Promise<void> {
    const { timing } = this.#dependencies;
    const key = `${registry}:${region}`;
    const now = timing.now();
    const last = this.#readings.get(key);
    if (last !== undefined && now < last.sharedUntil && last.since <= since) {
      await last.done;
      return;
    }
    const reading = { since, sharedUntil: Number.POSITIVE_INFINITY, done: this.#read(registry, region, since) };
    this.#readings.set(key, reading);
    let isRead = false;
    try {
      isRead = await reading.done;
    } finally {
      // One that failed may have taken long: a sweep that waited for each try would not come far.
      reading.sharedUntil = (isRead ? now : timing.now()) + SHARED_MS;
    }
  }

  /** Rejects when storage fails: then nothing can be said now. */
  async #read(registry: Registry, region: Region, since: Instant): Promise<boolean> {
    const { reconcile, log } = this.#dependencies;
    const { unread } = await reconcile.readRegion(registry, region, since, HISTORY_TIMEOUT_MS);
    if (unread !== undefined) {
      log.warn('a region may be announced as lagging though only its webhook was lost: its history cannot be read', {
        ...{ registry, region, reason: String(unread) },
      });
    }
    return unread === undefined;
  }
}

/** The hour in which the current push began: tags that are due together ask for the same. */
function heardSince(state: TagState | undefined): Instant {
  const current = state === undefined ? undefined : replications(state.facts, state.forgotten).at(-1);
  const since = current === undefined ? 0 : Math.min(current.firstHeardAt, toInstant(current.bornAt));
  return Math.floor(since / HOUR_MS) * HOUR_MS;
}
