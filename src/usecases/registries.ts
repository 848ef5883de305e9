// Opted-in regions of a registry, as every instance agrees on them: what the configuration lists, stored together with
// the moment since which each region counts.
import { afterSight, type OptedIn } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import { type RegistrySight, type RegistryStore, type Timing, VersionConflict, type Versioned } from './ports.ts';

/** An instance reads the regions again at least this often. */
const FRESH_MS = 60_000;
/** A region that is added counts from now on plus this: by then every instance has read it, so none announces early. */
const SETTLE_MS = 3 * FRESH_MS;

interface Dependencies {
  readonly store: RegistryStore;
  readonly timing: Timing;
  /** The regions that the configuration lists, exclusions taken off. */
  readonly listed: (registry: Registry) => readonly Region[];
}

export class Registries {
  readonly #dependencies: Dependencies;
  readonly #known = new Map<Registry, { readonly optedIn: OptedIn; readonly readAt: Instant }>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** `unknown` when they cannot be read now: then nothing is announced as completed, and a minute later it is tried again. */
  async optedIn(registry: Registry, signal: AbortSignal): Promise<OptedIn> {
    const known = this.#known.get(registry);
    if (known !== undefined && this.#dependencies.timing.now() - known.readAt < FRESH_MS) {
      return known.optedIn;
    }
    try {
      return (await this.refresh(registry, signal)).value.optedIn;
    } catch {
      return 'unknown';
    }
  }

  /** Reads what is stored and, where the configuration lists other regions, stores those. */
  async refresh(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight>> {
    const { store, timing, listed } = this.#dependencies;
    for (;;) {
      const readAt = timing.now();
      const stored = await store.load(registry, signal);
      const before = stored?.value ?? { optedIn: 'unknown', revision: 0, sweptRevision: 0 };
      const optedIn = afterSight(before.optedIn, listed(registry), readAt + SETTLE_MS);
      if (stored !== undefined && optedIn === before.optedIn) {
        this.#known.set(registry, { optedIn, readAt });
        return stored;
      }
      const revision = before.revision + 1;
      // At the first sight of a registry there is nothing in flight that would have to be swept.
      const sight = { optedIn, revision, sweptRevision: stored === undefined ? revision : before.sweptRevision };
      try {
        const version = await store.commit(registry, sight, stored?.version, signal);
        this.#known.set(registry, { optedIn, readAt });
        return { value: sight, version };
      } catch (error) {
        if (!(error instanceof VersionConflict)) {
          throw error;
        }
      }
    }
  }

  /** Notes that every tag in flight was advanced with these regions. */
  async markSwept(registry: Registry, sight: Versioned<RegistrySight>, signal: AbortSignal): Promise<void> {
    try {
      const swept = { ...sight.value, sweptRevision: sight.value.revision };
      await this.#dependencies.store.commit(registry, swept, sight.version, signal);
    } catch (error) {
      if (!(error instanceof VersionConflict)) {
        throw error;
      }
      // The regions changed once more meanwhile: the next sweep does it.
    }
  }
}
