// How many replications are in flight, and how many of them lag? A tag that is watched has exactly one alarm, and its
// row says whether it lags: all alarms are listed, which costs what is in flight and not what was ever stored. The
// answer is as old as the rows: an alarm that is early enough is kept when a replication begins to lag or ends to.
import type { Instant } from '../core/instant.ts';
import { type Registry, tagKey } from '../core/names.ts';
import { ALARM_SHARDS, type AlarmStore, type Log, type Metrics, type Timing } from './ports.ts';

/** The sweep that counts comes every minute; one in five costs a fifth and is soon enough for a graph and an alert. */
const EVERY_MS = 5 * 60_000;
/** Timers do not ring to the second. */
const TOLERANCE_MS = 30_000;

interface Dependencies {
  readonly alarms: AlarmStore;
  readonly timing: Timing;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly registryNames: readonly Registry[];
}

interface Count {
  inFlight: number;
  lagging: number;
}

export class CountInFlight {
  readonly #dependencies: Dependencies;
  #countedAt: Instant | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Never rejects. What cannot be counted by `until` is not told at all: a part would look like less. */
  async run(until: Instant): Promise<void> {
    const { timing, log, metrics } = this.#dependencies;
    const now = timing.now();
    const isSoon = this.#countedAt !== undefined && now - this.#countedAt < EVERY_MS - TOLERANCE_MS;
    if (!metrics.isOn || isSoon || now >= until) {
      return;
    }
    try {
      this.#record(await this.#count(timing.timeout(until - now)));
      this.#countedAt = now;
    } catch (error) {
      log.warn('replications in flight not counted', { reason: String(error) });
    }
  }

  async #count(signal: AbortSignal): Promise<ReadonlyMap<Registry, Count>> {
    const { alarms, registryNames } = this.#dependencies;
    const counts = new Map(registryNames.map((registry) => [registry, { inFlight: 0, lagging: 0 }]));
    for (let shard = 0; shard < ALARM_SHARDS; shard += 1) {
      // For a moment a tag may have two rows, the one that it names and one that nobody names any more.
      const tags = new Map<string, { readonly registry: Registry; readonly isLagging: boolean }>();
      for await (const { tag, isLagging = false } of alarms.due(shard, undefined, signal)) {
        tags.set(tagKey(tag), { registry: tag.registry, isLagging });
      }
      for (const { registry, isLagging } of tags.values()) {
        const count = counts.get(registry);
        if (count !== undefined) {
          count.inFlight += 1;
          count.lagging += isLagging ? 1 : 0;
        }
      }
    }
    return counts;
  }

  /** Zeros too: a series that stops would keep its last value on a graph. */
  #record(counts: ReadonlyMap<Registry, Count>): void {
    const { metrics } = this.#dependencies;
    for (const [registry, { inFlight, lagging }] of counts) {
      metrics.record({ name: 'landfall.replications.in_flight', value: inFlight, attributes: { registry } });
      metrics.record({ name: 'landfall.replications.lagging', value: lagging, attributes: { registry } });
    }
  }
}
