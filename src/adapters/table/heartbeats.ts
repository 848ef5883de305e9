import * as z from 'zod/mini';
import type { Instant } from '../../core/instant.ts';
import type { Region, Registry } from '../../core/names.ts';
import { type Heartbeats, type Version, VersionConflict, type Versioned } from '../../usecases/ports.ts';
import { heartbeatEntityKey } from './keys.ts';
import { CorruptEntity } from './storage-errors.ts';
import { type OpenTable, Table } from './table.ts';

/** Name of a sign of life, and when it was last given. */
type Beats = ReadonlyMap<string, Instant>;

const SWEEP = 'sweep';
const StoredBeats = z.record(z.string(), z.number());

/**
 * One entity for the sweep and one per registry, beside the registries. Instances beat at the same time, so they compare
 * and swap; what this instance last saw or wrote spares the read, and if it is too old the swap finds that out.
 */
export class TableHeartbeats implements Heartbeats {
  readonly #table: Table;
  readonly #seen = new Map<Registry | undefined, Versioned<Beats>>();

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'registries');
  }

  async beatSweep(at: Instant, signal: AbortSignal): Promise<void> {
    await this.#beat(undefined, new Map([[SWEEP, at]]), signal);
  }

  async beatWebhooks(registry: Registry, receivedAt: ReadonlyMap<Region, Instant>, signal: AbortSignal): Promise<void> {
    await this.#beat(registry, receivedAt, signal);
  }

  async lastSweep(signal: AbortSignal): Promise<Instant | undefined> {
    return (await this.#load(undefined, signal))?.value.get(SWEEP);
  }

  async lastWebhooks(registry: Registry, signal: AbortSignal): Promise<ReadonlyMap<Region, Instant>> {
    const beats = (await this.#load(registry, signal))?.value ?? new Map<string, Instant>();
    return beats as ReadonlyMap<Region, Instant>;
  }

  async #beat(registry: Registry | undefined, beats: Beats, signal: AbortSignal): Promise<void> {
    for (;;) {
      const before = this.#seen.get(registry) ?? (await this.#load(registry, signal));
      const value = newest(before?.value ?? new Map(), beats);
      if (value === before?.value) {
        return;
      }
      try {
        const version = await this.#commit(registry, value, before?.version, signal);
        this.#seen.set(registry, { value, version });
        return;
      } catch (error) {
        this.#seen.delete(registry);
        if (!(error instanceof VersionConflict)) {
          throw error;
        }
      }
    }
  }

  async #load(registry: Registry | undefined, signal: AbortSignal): Promise<Versioned<Beats> | undefined> {
    const { partitionKey, rowKey } = heartbeatEntityKey(registry);
    const entity = await this.#table.read(signal, (client, options) => client.getEntity(partitionKey, rowKey, options));
    return entity === undefined ? undefined : { value: parseBeats(rowKey, entity['beats']), version: entity.etag };
  }

  #commit(registry: Registry | undefined, beats: Beats, expected: Version | undefined, signal: AbortSignal) {
    const text = JSON.stringify(Object.fromEntries(beats));
    return this.#table.commit({ ...heartbeatEntityKey(registry), beats: text }, expected, signal);
  }
}

/** @returns the same map when none of the others is newer */
function newest(beats: Beats, others: Beats): Beats {
  const newer = [...others].filter(([name, at]) => at > (beats.get(name) ?? Number.NEGATIVE_INFINITY));
  return newer.length === 0 ? beats : new Map([...beats, ...newer]);
}

function parseBeats(rowKey: string, text: unknown): Beats {
  try {
    return new Map(Object.entries(StoredBeats.parse(JSON.parse(String(text)))));
  } catch (error) {
    throw new CorruptEntity(`expected readable signs of life in ${rowKey}, got ${error}`, { cause: error });
  }
}
