import { alarmEntityKey, alarmPartitionKey, dueRowKeyBound, parseAlarmRowKey } from '../../src/adapters/table/keys.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Alarm, AlarmStore } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

interface Options extends GateOption {
  /** Rows per answer, as of the real store. A smaller one lets a simulation put something in between. */
  readonly pageSize?: number;
}

/** Keeps the row keys that the real store would write: they are all there is of an alarm, and they make the order. */
export class InMemoryAlarmStore implements AlarmStore {
  readonly #calls: GatedCalls;
  readonly #pageSize: number;
  readonly #shards = new Map<string, Set<string>>();

  constructor({ pageSize = 1000, ...options }: Options = {}) {
    this.#calls = new GatedCalls(options);
    this.#pageSize = pageSize;
  }

  /** When the next alarm of all is due. */
  nextDueAt(): Instant | undefined {
    const [first] = [...this.#shards.values()].flatMap((rows) => [...rows]).sort();
    return first === undefined ? undefined : parseAlarmRowKey(first)?.dueAt;
  }

  async add(alarm: Alarm, signal: AbortSignal): Promise<void> {
    const { partitionKey, rowKey } = alarmEntityKey(alarm);
    await this.#calls.call('alarms.add', signal, () => {
      this.#shards.set(partitionKey, (this.#shards.get(partitionKey) ?? new Set()).add(rowKey));
    });
  }

  async remove(alarm: Alarm, signal: AbortSignal): Promise<void> {
    const { partitionKey, rowKey } = alarmEntityKey(alarm);
    await this.#calls.call('alarms.remove', signal, () => {
      this.#shards.get(partitionKey)?.delete(rowKey);
    });
  }

  async *due(shard: number, until: Instant | undefined, signal: AbortSignal): AsyncIterable<Alarm> {
    const bound = dueRowKeyBound(until);
    let last = '';
    for (;;) {
      const page = await this.#calls.call('alarms.due', signal, () => this.#rowsAfter(last, shard, bound));
      for (const rowKey of page) {
        yield parseAlarmRowKey(rowKey) as Alarm;
      }
      if (page.length < this.#pageSize) {
        return;
      }
      last = page.at(-1) ?? last;
    }
  }

  #rowsAfter(last: string, shard: number, bound: string | undefined): readonly string[] {
    return [...(this.#shards.get(alarmPartitionKey(shard)) ?? [])]
      .filter((rowKey) => rowKey > last && (bound === undefined || rowKey < bound))
      .sort()
      .slice(0, this.#pageSize);
  }
}
