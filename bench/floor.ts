// The floor: what the store takes at most when nobody does anything but write. One durable write per webhook is the least
// that a webhook can cost.
import { TableClient } from '@azure/data-tables';
import { type Cpu, cpuMsOf, cpuPer, ownCpuMs } from './cpu.ts';
import { IN_FLIGHT } from './load.ts';
import type { Storage } from './processes.ts';

const PARTITIONS = 50;

export type Write = 'insert' | 'replace';

export interface FloorRound {
  readonly perSecond: number;
  /** Per write. */
  readonly cpu: Cpu;
}

/** Writes by the SDK as it comes. */
export class RawWriter {
  readonly #client: TableClient;
  readonly #storagePid: number;
  #written = 0;

  constructor({ connectionString, pid }: Storage, table: string) {
    this.#client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
    this.#storagePid = pid;
  }

  /** Does nothing when the table is there. */
  async createTable(): Promise<void> {
    await this.#client.createTable();
  }

  /** Small entities of keys that were never used before; each is written in these ways, one after the other. */
  async measure(entities: number, ways: readonly Write[]): Promise<FloorRound> {
    const last = this.#written + entities;
    const strand = async () => {
      while (this.#written < last) {
        this.#written += 1;
        await this.#write(this.#written, ways);
      }
    };
    const before = this.#cpu();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, strand));
    const seconds = (performance.now() - startedAt) / 1000;
    const writes = entities * ways.length;
    return { perSecond: writes / seconds, cpu: cpuPer(writes, before, this.#cpu()) };
  }

  async #write(number: number, ways: readonly Write[]): Promise<void> {
    const partitionKey = `bench:part${number % PARTITIONS}`;
    const entity = { partitionKey, rowKey: `${partitionKey}:row${number}`, value: 'a small value', number };
    for (const way of ways) {
      await (way === 'insert' ? this.#client.createEntity(entity) : this.#client.updateEntity(entity, 'Replace'));
    }
  }

  #cpu(): Cpu {
    return { storage: cpuMsOf(this.#storagePid), client: ownCpuMs() };
  }
}
