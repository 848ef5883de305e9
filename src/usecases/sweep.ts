// Once a minute: every tag whose alarm is due is looked at, and what its outbox still holds is sent. The cost is what is
// due, not what was ever stored. What the time budget leaves over is still due at the next sweep.
import type { Instant } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import { concurrently } from './concurrently.ts';
import type { OutboxSender } from './outbox-sender.ts';
import { ALARM_SHARDS, type Alarm, type AlarmStore, type Heartbeats, type Log, type Timing } from './ports.ts';
import type { Registries } from './registries.ts';
import type { Change, TagWriter } from './tag-writer.ts';

const READ_TIMEOUT_MS = 20_000;

export interface SweepReport {
  /** Alarms that were due and dealt with. */
  readonly due: number;
  /** Of these, rows that no tag named any more. */
  readonly orphans: number;
  /** Announcements sent. */
  readonly sent: number;
  /** Tags that could not be dealt with; they stay due. */
  readonly failed: number;
  /** How long the oldest alarm that was due had been waiting. */
  readonly oldestDueAgeMs: number;
  /** Due tags of registries that the configuration no longer names; left as they are, in case it does again. */
  readonly unwatched: number;
  /** Tags in flight that were looked at because their registry's opted-in regions changed. */
  readonly looked: number;
  /** False when the budget was over before everything due was dealt with. */
  readonly isComplete: boolean;
}

interface Dependencies {
  readonly alarms: AlarmStore;
  readonly writer: TagWriter;
  readonly outbox: OutboxSender;
  readonly registries: Registries;
  readonly heartbeats: Heartbeats;
  readonly timing: Timing;
  readonly log: Log;
  readonly registryNames: readonly Registry[];
  readonly concurrency: number;
  readonly budgetMs: number;
}

type Counts = { -readonly [K in keyof SweepReport]: SweepReport[K] };

export class Sweep {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  async run(): Promise<SweepReport> {
    const { timing, heartbeats, registryNames } = this.#dependencies;
    const now = timing.now();
    const counts: Counts = {
      due: 0,
      orphans: 0,
      sent: 0,
      failed: 0,
      oldestDueAgeMs: 0,
      unwatched: 0,
      looked: 0,
      isComplete: true,
    };
    for (const registry of registryNames) {
      await this.#lookAtChangedRegistry(registry, now, counts);
    }
    await this.#dealWithDue(now, counts);
    await heartbeats.beatSweep(timing.now(), timing.timeout(READ_TIMEOUT_MS));
    return counts;
  }

  async #dealWithDue(now: Instant, counts: Counts): Promise<void> {
    const firstShard = Math.floor(this.#dependencies.timing.random() * ALARM_SHARDS);
    await this.#forEachAlarm(firstShard, now, now, counts, async (alarm) => {
      if (!this.#dependencies.registryNames.includes(alarm.tag.registry)) {
        counts.unwatched += 1;
        return;
      }
      counts.due += 1;
      counts.oldestDueAgeMs = Math.max(counts.oldestDueAgeMs, now - alarm.dueAt);
      await this.#dealWith(alarm, { type: 'rang', alarm }, counts);
    });
  }

  /** When opted-in regions change, what waited for a region that is gone must not wait for its own alarm. */
  async #lookAtChangedRegistry(registry: Registry, now: Instant, counts: Counts): Promise<void> {
    const { registries, timing, log } = this.#dependencies;
    try {
      const sight = await registries.refresh(registry, timing.timeout(READ_TIMEOUT_MS));
      if (sight.value.revision === sight.value.sweptRevision) {
        return;
      }
      const failedBefore = counts.failed;
      await this.#forEachAlarm(0, undefined, now, counts, async (alarm) => {
        if (alarm.tag.registry === registry) {
          counts.looked += 1;
          await this.#dealWith(alarm, { type: 'look' }, counts);
        }
      });
      if (counts.isComplete && counts.failed === failedBefore) {
        await registries.markSwept(registry, sight, timing.timeout(READ_TIMEOUT_MS));
      }
    } catch (error) {
      counts.failed += 1;
      log.error('registry not swept', { registry, reason: String(error) });
    }
  }

  async #forEachAlarm(
    firstShard: number,
    until: Instant | undefined,
    startedAt: Instant,
    counts: Counts,
    work: (alarm: Alarm) => Promise<void>,
  ): Promise<void> {
    const { alarms, timing, concurrency, budgetMs, log } = this.#dependencies;
    const isOver = () => {
      const isBudgetSpent = timing.now() - startedAt >= budgetMs;
      counts.isComplete &&= !isBudgetSpent;
      return isBudgetSpent;
    };
    for (let index = 0; index < ALARM_SHARDS && !isOver(); index += 1) {
      const shard = (firstShard + index) % ALARM_SHARDS;
      try {
        const found = alarms.due(shard, until, timing.timeout(budgetMs + READ_TIMEOUT_MS));
        await concurrently(found, { limit: concurrency, isOver }, work);
      } catch (error) {
        counts.failed += 1;
        log.error('shard not swept', { shard, reason: String(error) });
      }
    }
  }

  async #dealWith(alarm: Alarm, change: Change, counts: Counts): Promise<void> {
    const { writer, outbox, log } = this.#dependencies;
    try {
      const { outcome, state } = await writer.update(alarm.tag, change);
      counts.orphans += outcome === 'orphan' ? 1 : 0;
      if (state.outbox.length > 0) {
        counts.sent += await outbox.send(alarm.tag);
      }
    } catch (error) {
      counts.failed += 1;
      log.error('tag not swept', { ...alarm.tag, reason: String(error) });
    }
  }
}
