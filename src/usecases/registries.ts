// What is known of the registries, as every instance agrees on it: the replicas as last seen, and since when each region
// counts. What is decided of a replica is put into the outbox by the write that decides it, as for a tag.
import { afterSight, countingRegions, type OptedIn, type RegionRules } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import { type Replica, watchReplicas } from '../core/replicas.ts';
import {
  type NewId,
  type RegistrySight,
  type RegistryStore,
  type Timing,
  VersionConflict,
  type Versioned,
} from './ports.ts';

/** An instance reads the regions again at least this often. */
const FRESH_MS = 60_000;
/** While they are not known, everything waits for them. */
const UNKNOWN_FRESH_MS = 5_000;
/** A region that is added counts from now on plus this: by then every instance has read it, so none announces early. */
const SETTLE_MS = 3 * FRESH_MS;

/** Only replicas that come and go for days while the bus is down can fill it; the gap in `sequence` tells. */
const OUTBOX_LIMIT = 200;

interface Dependencies {
  readonly store: RegistryStore;
  readonly timing: Timing;
  readonly newId: NewId;
  readonly rules: (registry: Registry) => RegionRules;
  /** A replica that is not ready for this long is announced. */
  readonly notReadyAfterMs: number;
}

/** @returns the same object when there is nothing to write */
type Change = (before: RegistrySight, now: Instant) => RegistrySight;

export class Registries {
  readonly #dependencies: Dependencies;
  readonly #known = new Map<Registry, { readonly sight: RegistrySight; readonly readAt: Instant }>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** `unknown` when they cannot be read now: then nothing is announced as completed, and a minute later it is tried again. */
  async optedIn(registry: Registry, signal: AbortSignal): Promise<OptedIn> {
    return (await this.sight(registry, signal))?.optedIn ?? 'unknown';
  }

  /** As last read, up to a minute ago; undefined when it cannot be read now. */
  async sight(registry: Registry, signal: AbortSignal): Promise<RegistrySight | undefined> {
    const known = this.#known.get(registry);
    const freshMs = known?.sight.optedIn === 'unknown' ? UNKNOWN_FRESH_MS : FRESH_MS;
    if (known !== undefined && this.#dependencies.timing.now() - known.readAt < freshMs) {
      return known.sight;
    }
    try {
      return (await this.refresh(registry, signal)).value;
    } catch {
      return undefined;
    }
  }

  /** Reads what is stored and, where by the configuration other regions count, stores those. */
  refresh(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight>> {
    return this.#change(registry, (before) => before, signal);
  }

  /** The registry told of its replicas. */
  async see(registry: Registry, replicas: readonly Replica[], signal: AbortSignal): Promise<RegistrySight> {
    const change: Change = ({ failure: _, ...before }, now) => {
      const watch = watchReplicas(before.replicas, replicas, this.#dependencies.notReadyAfterMs, now);
      const decided = watch.decided.map((announcement, index) => {
        const sequence = before.sequence + index + 1;
        return { ...announcement, id: `${before.idPrefix}-${sequence}`, sequence };
      });
      return {
        ...before,
        ...{ replicas: watch.replicas, seenAt: now },
        sequence: before.sequence + decided.length,
        outbox: [...before.outbox, ...decided].slice(-OUTBOX_LIMIT),
      };
    };
    return (await this.#change(registry, change, signal)).value;
  }

  /** The registry did not tell: what is known stays in force. */
  async noteFailure(registry: Registry, reason: string, signal: AbortSignal): Promise<RegistrySight> {
    const change: Change = (before, now) =>
      before.failure?.reason === reason
        ? before
        : { ...before, failure: { since: before.failure?.since ?? now, reason } };
    return (await this.#change(registry, change, signal)).value;
  }

  /** These announcements are known to be sent. */
  async markSent(registry: Registry, ids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const change: Change = (before) => {
      const outbox = before.outbox.filter(({ id }) => !ids.has(id));
      return outbox.length === before.outbox.length ? before : { ...before, outbox };
    };
    await this.#change(registry, change, signal);
  }

  /** Notes that every tag in flight was advanced with the regions of this sight. */
  async markSwept(registry: Registry, { value }: Versioned<RegistrySight>, signal: AbortSignal): Promise<void> {
    // If the regions changed once more meanwhile, the next sweep does it.
    const change: Change = (before) =>
      before.revision === value.revision ? { ...before, sweptRevision: value.revision } : before;
    await this.#change(registry, change, signal);
  }

  async #change(registry: Registry, change: Change, signal: AbortSignal): Promise<Versioned<RegistrySight>> {
    const { store, timing } = this.#dependencies;
    for (;;) {
      const readAt = timing.now();
      const stored = await store.load(registry, signal);
      const sight = this.#counted(registry, stored?.value, change, readAt);
      if (stored !== undefined && sight === stored.value) {
        this.#known.set(registry, { sight, readAt });
        return stored;
      }
      try {
        const version = await store.commit(registry, sight, stored?.version, signal);
        this.#known.set(registry, { sight, readAt });
        return { value: sight, version };
      } catch (error) {
        if (!(error instanceof VersionConflict)) {
          throw error;
        }
      }
    }
  }

  #counted(registry: Registry, stored: RegistrySight | undefined, change: Change, now: Instant): RegistrySight {
    const { rules, newId } = this.#dependencies;
    const before = stored ?? emptySight(newId());
    const changed = change(before, now);
    const regions = countingRegions(rules(registry), changed.replicas);
    const optedIn = regions === undefined ? changed.optedIn : afterSight(changed.optedIn, regions, now + SETTLE_MS);
    if (stored !== undefined && optedIn === changed.optedIn) {
      return changed;
    }
    const revision = changed.revision + 1;
    // At the first sight of a registry there is nothing in flight that would have to be swept.
    return { ...changed, optedIn, revision, sweptRevision: stored === undefined ? revision : changed.sweptRevision };
  }
}

function emptySight(idPrefix: string): RegistrySight {
  return { optedIn: 'unknown', revision: 0, sweptRevision: 0, replicas: [], idPrefix, sequence: 0, outbox: [] };
}
