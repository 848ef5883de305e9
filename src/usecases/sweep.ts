// Once a minute: every tag whose alarm is due is looked at, and what its outbox still holds is sent. The cost is what is
// due, not what was ever stored. What the time budget leaves over is still due at the next sweep.
import type { Instant } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import { concurrently } from './concurrently.ts';
import type { CountInFlight } from './count-in-flight.ts';
import type { Examine } from './examine.ts';
import type { OutboxSender } from './outbox-sender.ts';
import {
  ALARM_SHARDS,
  type Alarm,
  type AlarmStore,
  type Heartbeats,
  type Log,
  type Metrics,
  type RegistrySight,
  type Timing,
  type Versioned,
} from './ports.ts';
import type { RefreshReplicas } from './refresh-replicas.ts';
import type { Registries } from './registries.ts';
import type { ResolveDeletions } from './resolve-deletions.ts';
import type { Change, TagWriter } from './tag-writer.ts';
import { within } from './within.ts';

/** For one read or write; a sweep has to end soon after its budget even when the store hangs. */
const CALL_TIMEOUT_MS = 5_000;
/** For a registry's first sight: one that does not answer must not cost the others their sweep. */
const FIRST_SIGHT_TIMEOUT_MS = 10_000;

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
  /** Deletions that were looked at. */
  readonly deletions: number;
  /** False when the budget was over before everything due was dealt with. */
  readonly isComplete: boolean;
}

interface Dependencies {
  readonly alarms: AlarmStore;
  readonly writer: TagWriter;
  readonly outbox: OutboxSender;
  readonly registries: Registries;
  readonly refreshReplicas: RefreshReplicas;
  readonly resolveDeletions: ResolveDeletions;
  readonly examine: Examine;
  readonly heartbeats: Heartbeats;
  readonly timing: Timing;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly countInFlight: CountInFlight;
  readonly registryNames: readonly Registry[];
  readonly concurrency: number;
  readonly budgetMs: number;
}

type Counts = { -readonly [K in keyof SweepReport]: SweepReport[K] };

export class Sweep {
  readonly #dependencies: Dependencies;
  /** Shards that were looked at since a registry's regions changed. */
  readonly #looks = new Map<Registry, { readonly revision: number; readonly shards: Set<number> }>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  async run(): Promise<SweepReport> {
    const { timing, heartbeats, metrics, countInFlight, resolveDeletions, budgetMs } = this.#dependencies;
    const counts: Counts = {
      ...{ due: 0, orphans: 0, sent: 0, failed: 0, oldestDueAgeMs: 0, unwatched: 0, looked: 0, deletions: 0 },
      isComplete: true,
    };
    const startedAt = timing.now();
    const sights = await this.#sights(counts);
    const deleted = await resolveDeletions.run(startedAt + budgetMs / 2);
    counts.deletions = deleted.deletions;
    counts.failed += deleted.failed;
    await this.#dealWithDue(startedAt, counts);
    const value = counts.oldestDueAgeMs / 1000;
    metrics.record({ name: 'landfall.sweep.oldest_due_age', value, attributes: {} });
    for (const [registry, sight] of sights) {
      await this.#lookAtChangedRegistry(registry, sight, startedAt, counts);
    }
    await this.#sendOfReplicas(sights);
    await heartbeats.beatSweep(timing.now(), timing.timeout(CALL_TIMEOUT_MS));
    await countInFlight.run(startedAt + budgetMs);
    return counts;
  }

  /** From another shard each time, so that what the budget leaves over is not always the same. */
  async #dealWithDue(startedAt: Instant, counts: Counts): Promise<void> {
    const { timing, registryNames } = this.#dependencies;
    const firstShard = Math.floor(timing.random() * ALARM_SHARDS);
    for (let index = 0; index < ALARM_SHARDS; index += 1) {
      const shard = (firstShard + index) % ALARM_SHARDS;
      await this.#forEachAlarm(shard, startedAt, startedAt, counts, async (alarm) => {
        if (!registryNames.includes(alarm.tag.registry)) {
          counts.unwatched += 1;
          return;
        }
        counts.due += 1;
        counts.oldestDueAgeMs = Math.max(counts.oldestDueAgeMs, startedAt - alarm.dueAt);
        await this.#dealWith(alarm, counts, async () => ({
          type: 'rang',
          alarm,
          examined: await this.#dependencies.examine.examine(alarm.tag),
        }));
      });
    }
  }

  /** First of all, so that every instance learns of a change soon. */
  async #sights(counts: Counts): Promise<ReadonlyMap<Registry, Versioned<RegistrySight>>> {
    const { registries, refreshReplicas, timing, log, registryNames } = this.#dependencies;
    const sights = new Map<Registry, Versioned<RegistrySight>>();
    const read = async (registry: Registry) => {
      const sight = await registries.refresh(registry, timing.timeout(CALL_TIMEOUT_MS));
      if (sight.value.optedIn !== 'unknown' || !refreshReplicas.canAsk(registry)) {
        return sight;
      }
      // Nothing is announced until the regions are known: that must not wait for its own timer.
      await within(refreshReplicas.refresh(registry), FIRST_SIGHT_TIMEOUT_MS, timing);
      return await registries.refresh(registry, timing.timeout(CALL_TIMEOUT_MS));
    };
    await Promise.all(
      registryNames.map(async (registry) => {
        try {
          sights.set(registry, await read(registry));
        } catch (error) {
          counts.failed += 1;
          log.error('registry not read', { registry, reason: String(error) });
        }
      }),
    );
    return sights;
  }

  /** What the timer that asks for replicas could not send; last of all, so that a bus that hangs delays nothing here. */
  async #sendOfReplicas(sights: ReadonlyMap<Registry, Versioned<RegistrySight>>): Promise<void> {
    const unsent = [...sights].filter(([, { value }]) => value.outbox.length > 0);
    await Promise.all(unsent.map(([registry]) => this.#dependencies.refreshReplicas.sendOutbox(registry)));
  }

  /**
   * When opted-in regions change, what waited for a region that is gone must not wait for its own alarm. Shards that are
   * done are remembered, so that several sweeps can share the work.
   */
  async #lookAtChangedRegistry(
    registry: Registry,
    sight: Versioned<RegistrySight>,
    startedAt: Instant,
    counts: Counts,
  ): Promise<void> {
    const { registries, timing, log } = this.#dependencies;
    const { revision, sweptRevision } = sight.value;
    if (revision === sweptRevision) {
      this.#looks.delete(registry);
      return;
    }
    const known = this.#looks.get(registry);
    const looks = known?.revision === revision ? known : { revision, shards: new Set<number>() };
    this.#looks.set(registry, looks);
    for (let shard = 0; shard < ALARM_SHARDS; shard += 1) {
      if (!looks.shards.has(shard) && (await this.#lookAtShard(shard, registry, startedAt, counts))) {
        looks.shards.add(shard);
      }
    }
    if (looks.shards.size < ALARM_SHARDS) {
      return;
    }
    try {
      await registries.markSwept(registry, sight, timing.timeout(CALL_TIMEOUT_MS));
    } catch (error) {
      log.warn('registry not marked as swept', { registry, reason: String(error) });
    }
  }

  /** @returns whether every tag of the registry with an alarm in this shard was looked at */
  async #lookAtShard(shard: number, registry: Registry, startedAt: Instant, counts: Counts): Promise<boolean> {
    const failedBefore = counts.failed;
    const isDone = await this.#forEachAlarm(shard, undefined, startedAt, counts, async (alarm) => {
      if (alarm.tag.registry === registry) {
        counts.looked += 1;
        await this.#dealWith(alarm, counts, async () => ({ type: 'look' }));
      }
    });
    return isDone && counts.failed === failedBefore;
  }

  /** @returns whether all of them were reached */
  async #forEachAlarm(
    shard: number,
    until: Instant | undefined,
    startedAt: Instant,
    counts: Counts,
    work: (alarm: Alarm) => Promise<void>,
  ): Promise<boolean> {
    const { alarms, timing, concurrency, budgetMs, log } = this.#dependencies;
    let isReached = true;
    const isOver = () => {
      isReached &&= timing.now() - startedAt < budgetMs;
      counts.isComplete &&= isReached;
      return !isReached;
    };
    if (isOver()) {
      return false;
    }
    try {
      const found = alarms.due(shard, until, timing.timeout(startedAt + budgetMs + CALL_TIMEOUT_MS - timing.now()));
      await concurrently(found, { limit: concurrency, isOver }, work);
    } catch (error) {
      counts.failed += 1;
      log.error('shard not swept', { shard, reason: String(error) });
      return false;
    }
    return isReached;
  }

  async #dealWith(alarm: Alarm, counts: Counts, change: () => Promise<Change>): Promise<void> {
    const { writer, outbox, log } = this.#dependencies;
    try {
      const { outcome, state } = await writer.update(alarm.tag, await change());
      counts.orphans += outcome === 'orphan' ? 1 : 0;
      if (state.outbox.length > 0) {
        // Not in one line: others count while this one waits.
        const sent = await outbox.send(alarm.tag);
        counts.sent += sent;
      }
    } catch (error) {
      counts.failed += 1;
      log.error('tag not swept', { ...alarm.tag, reason: String(error) });
    }
  }
}
