// The floor: what the store takes at most when nobody does anything but insert. One durable write per webhook is the
// least that a webhook can cost.
import { TableClient } from '@azure/data-tables';
import { type Cpu, cpuMsOf, cpuPer, ownCpuMs } from './cpu.ts';
import { IN_FLIGHT } from './load.ts';
import type { Storage } from './processes.ts';

const PARTITIONS = 50;

export interface FloorRound {
  readonly perSecond: number;
  /** Per insert. */
  readonly cpu: Cpu;
}

export class Floor {
  readonly #client: TableClient;
  readonly #storagePid: number;
  #inserted = 0;

  private constructor(client: TableClient, storagePid: number) {
    this.#client = client;
    this.#storagePid = storagePid;
  }

  static async open({ connectionString, pid }: Storage): Promise<Floor> {
    const client = TableClient.fromConnectionString(connectionString, 'floor', { allowInsecureConnection: true });
    await client.createTable();
    return new Floor(client, pid);
  }

  #cpu(): Cpu {
    return { storage: cpuMsOf(this.#storagePid), client: ownCpuMs() };
  }

  /** One small entity each, of a key that was never used before. */
  async measure(inserts: number): Promise<FloorRound> {
    const last = this.#inserted + inserts;
    const strand = async () => {
      while (this.#inserted < last) {
        this.#inserted += 1;
        const number = this.#inserted;
        await this.#client.createEntity({
          partitionKey: `part${number % PARTITIONS}`,
          rowKey: `row${number}`,
          value: 'a small value',
          number,
        });
      }
    };
    const before = this.#cpu();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, strand));
    const seconds = (performance.now() - startedAt) / 1000;
    return { perSecond: inserts / seconds, cpu: cpuPer(inserts, before, this.#cpu()) };
  }
}
