import { fromRegistryProperties, toRegistryProperties } from '../../src/adapters/table/registry-document.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Region, Registry } from '../../src/core/names.ts';
import type { Heartbeats, RegistrySight, RegistryStore, Version, Versioned } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';
import { VersionedValues } from './versioned-values.ts';

/** Registries as the real store would write them and, as in the real table, the signs of life beside them. */
export class InMemoryRegistryStore implements RegistryStore, Heartbeats {
  readonly #calls: GatedCalls;
  readonly #values = new VersionedValues();
  readonly #webhooks = new Map<Registry, ReadonlyMap<Region, Instant>>();
  #sweptAt: Instant | undefined;

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  load(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight> | undefined> {
    return this.#calls.call('registries.load', signal, () => {
      const stored = this.#values.load(registry);
      return (
        stored && {
          value: fromRegistryProperties(registry, JSON.parse(stored.value), stored.version),
          version: stored.version,
        }
      );
    });
  }

  async commit(
    registry: Registry,
    sight: RegistrySight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> {
    const text = JSON.stringify(toRegistryProperties(sight));
    return await this.#calls.call('registries.commit', signal, () => this.#values.commit(registry, text, expected));
  }

  beatSweep(at: Instant, signal: AbortSignal): Promise<void> {
    return this.#calls.call('heartbeats.beatSweep', signal, () => {
      this.#sweptAt = Math.max(at, this.#sweptAt ?? at);
    });
  }

  beatWebhooks(registry: Registry, receivedAt: ReadonlyMap<Region, Instant>, signal: AbortSignal): Promise<void> {
    const given = [...receivedAt];
    return this.#calls.call('heartbeats.beatWebhooks', signal, () => {
      const known = this.#webhooks.get(registry) ?? new Map();
      const newest = given.map(([region, at]) => [region, Math.max(at, known.get(region) ?? at)] as const);
      this.#webhooks.set(registry, new Map([...known, ...newest]));
    });
  }

  lastSweep(signal: AbortSignal): Promise<Instant | undefined> {
    return this.#calls.call('heartbeats.lastSweep', signal, () => this.#sweptAt);
  }

  lastWebhooks(registry: Registry, signal: AbortSignal): Promise<ReadonlyMap<Region, Instant>> {
    return this.#calls.call('heartbeats.lastWebhooks', signal, () => new Map(this.#webhooks.get(registry)));
  }
}
