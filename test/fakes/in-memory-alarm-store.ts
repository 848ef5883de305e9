import { alarmEntityKey, alarmPartitionKey, dueRowKeyBound, parseAlarmRowKey } from '../../src/adapters/table/keys.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Alarm, AlarmStore } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

interface Options extends GateOption {
  /** Rows per answer, as of the real store. A smaller one lets a simulation put something in between. */
  readonly pageSize?: number;
}

/** Keeps the row keys that the real store would write, which make the order, and of each whether its tag lags. */
export class InMemoryAlarmStore implements AlarmStore {
  readonly #calls: GatedCalls;
  readonly #pageSize: number;
  readonly #shards = new Map<string, Map<string, Pick<Alarm, 'isLagging'>>>();

  constructor({ pageSize = 1000, ...options }: Options = {}) {
    this.#calls = new GatedCalls(options);
    this.#pageSize = pageSize;
  }

  /** When the next alarm of all is due. */
  nextDueAt(): Instant | undefined {
    const [first] = [...this.#shards.values()].flatMap((rows) => [...rows.keys()]).sort();
    return first === undefined ? undefined : parseAlarmRowKey(first)?.dueAt;
  }

  async add(alarm: Alarm, signal: AbortSignal): Promise<void> {
    const { partitionKey, rowKey } = alarmEntityKey(alarm);
    await this.#calls.call('alarms.add', signal, () => {
      const rows = this.#shards.get(partitionKey) ?? new Map();
      this.#shards.set(partitionKey, rows);
      if (!rows.has(rowKey)) {
        rows.set(rowKey, alarm.isLagging ? { isLagging: true } : {});
      }
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
      for (const [rowKey, flags] of page) {
        yield { ...(parseAlarmRowKey(rowKey) as Alarm), ...flags };
      }
      if (page.length < this.#pageSize) {
        return;
      }
      last = page.at(-1)?.[0] ?? last;
    }
  }

  #rowsAfter(last: string, shard: number, bound: string | undefined) {
    return [...(this.#shards.get(alarmPartitionKey(shard)) ?? [])]
      .filter(([rowKey]) => rowKey > last && (bound === undefined || rowKey < bound))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, this.#pageSize);
  }
}
