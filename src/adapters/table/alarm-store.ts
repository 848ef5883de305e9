import type { Instant } from '../../core/instant.ts';
import type { Alarm, AlarmStore } from '../../usecases/ports.ts';
import { alarmEntityKey, alarmPartitionKey, dueRowKeyBound, parseAlarmRowKey } from './keys.ts';
import { CorruptEntity, isAlreadyThere } from './storage-errors.ts';
import { type OpenTable, Table } from './table.ts';

/** One row per alarm; its keys say everything but whether its tag lags: rows of earlier releases do not say that. */
export class TableAlarmStore implements AlarmStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'alarms');
  }

  async add(alarm: Alarm, signal: AbortSignal): Promise<void> {
    try {
      await this.#table.write(signal, (client, options) => client.createEntity(alarmEntity(alarm), options));
    } catch (error) {
      if (!isAlreadyThere(error)) {
        throw error;
      }
    }
  }

  async remove(alarm: Alarm, signal: AbortSignal): Promise<void> {
    const { partitionKey, rowKey } = alarmEntityKey(alarm);
    await this.#table.read(signal, (client, options) => client.deleteEntity(partitionKey, rowKey, options));
  }

  async *due(shard: number, until: Instant | undefined, signal: AbortSignal): AsyncIterable<Alarm> {
    const partition = `PartitionKey eq '${alarmPartitionKey(shard)}'`;
    const bound = dueRowKeyBound(until);
    const filter = bound === undefined ? partition : `${partition} and RowKey lt '${bound}'`;
    let foreign: unknown;
    const select = ['rowKey', 'lagging'];
    for await (const { rowKey, lagging } of this.#table.list({ filter, select }, signal)) {
      const alarm = parseAlarmRowKey(String(rowKey));
      if (alarm !== undefined) {
        yield lagging === true ? { ...alarm, isLagging: true } : alarm;
      } else {
        foreign = rowKey;
      }
    }
    // Said at the end, so that a row that somebody put there by hand holds no alarm back.
    if (foreign !== undefined) {
      throw new CorruptEntity(`expected row keys of alarms in shard ${shard}, got ${JSON.stringify(foreign)}`);
    }
  }
}

function alarmEntity(alarm: Alarm) {
  return { ...alarmEntityKey(alarm), ...(alarm.isLagging ? { lagging: true } : {}) };
}
