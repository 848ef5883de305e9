// One instance of the app in the simulated world: the real use cases, with every call to the outside going through a
// gate that delays it, fails it, loses its answer, or kills the instance in the middle.
import type { Policy } from '../../src/core/advance.ts';
import type { Region } from '../../src/core/names.ts';
import { type Outside, type UseCases, useCases } from '../../src/use-cases.ts';
import {
  type Alarm,
  type AlarmStore,
  type AnnouncementSender,
  type DeletionStore,
  type TagIndex,
  type Timing,
  Unavailable,
  type WebhookReader,
} from '../../src/usecases/ports.ts';
import { StateCache } from '../../src/usecases/state-cache.ts';
import { RecordedMetrics } from '../fakes/metrics.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { CONTOSO, MINUTE_MS, type Script } from './script.ts';

export type InstanceOutside = Omit<Outside, 'timing' | 'newId' | 'log' | 'metrics'>;

export interface InstanceOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly outside: InstanceOutside;
  readonly faults: Faults;
  readonly script: Script;
  /** What the configuration lists, where the registry cannot be asked. */
  readonly listed: () => readonly Region[];
  readonly policy: Policy;
  readonly newId: () => string;
  /** How far this instance's clock is off, in milliseconds. */
  readonly clockSkewMs: number;
  readonly cacheWeight: number;
}

export class Instance {
  isAlive = true;
  readonly app: UseCases;
  readonly #options: InstanceOptions;
  readonly #neverAborts = new AbortController().signal;

  constructor(options: InstanceOptions) {
    this.#options = options;
    const { script, listed, policy, newId, cacheWeight } = options;
    const timing: Timing = {
      now: () => Math.floor(options.scheduler.now) + options.clockSkewMs,
      sleep: (milliseconds) => options.scheduler.sleep(milliseconds),
      timeout: () => this.#neverAborts,
      random: () => options.random.next(),
    };
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const metrics = new RecordedMetrics();
    const rules = {
      registryNames: [CONTOSO],
      managed: script.isManaged ? [CONTOSO] : [],
      verified: script.isVerified ? [CONTOSO] : [],
      regions: () => ({ regions: script.isManaged ? ('auto' as const) : listed(), exclude: [] }),
      policy: () => policy,
      ...{ notReadyAfterMs: 5 * MINUTE_MS, abandonAfterMs: policy.abandonAfterMs, ownHost: undefined },
      repair: () => '',
      sweep: { concurrency: 4, budgetMs: 50_000 },
    };
    this.app = useCases({ ...this.#gatedOutside(), timing, newId, log, metrics }, rules, new StateCache(cacheWeight));
  }

  #gatedOutside(): InstanceOutside {
    const { outside } = this.#options;
    return {
      tags: this.#gated('tags', outside.tags),
      index: this.#gatedIndex(outside.index),
      alarms: this.#gatedAlarms(outside.alarms),
      registries: this.#gated('registries', outside.registries),
      webhooks: this.#gated('webhooks', outside.webhooks),
      deletions: this.#gatedDeletions(outside.deletions),
      heartbeats: this.#gated('heartbeats', outside.heartbeats),
      journal: this.#gated('journal', outside.journal),
      sender: this.#gatedBus(outside.sender),
      management: { ...this.#gatedHistory(outside.management), ...this.#gatedReplicas(outside.management) },
      manifests: this.#gated('manifests', outside.manifests),
    };
  }

  #gated<T extends object>(name: string, port: T): T {
    return new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) => this.#pass(`${name}.${String(method)}`, () => call.apply(target, values));
      },
    });
  }

  #gatedAlarms(alarms: AlarmStore): AlarmStore {
    const gated = this.#gated('alarms', alarms);
    return {
      add: (alarm, signal) => gated.add(alarm, signal),
      remove: (alarm, signal) => gated.remove(alarm, signal),
      due: (shard, until, signal): AsyncIterable<Alarm> =>
        this.#collected('alarms.due', () => alarms.due(shard, until, signal)),
    };
  }

  #gatedDeletions(deletions: DeletionStore): DeletionStore {
    const gated = this.#gated('deletions', deletions);
    return {
      add: (deletion, signal) => gated.add(deletion, signal),
      remove: (deletion, signal) => gated.remove(deletion, signal),
      due: (until, signal) => this.#collected('deletions.due', () => deletions.due(until, signal)),
    };
  }

  #gatedIndex(index: TagIndex): TagIndex {
    return {
      tags: (registry, repository, digests, signal) =>
        this.#collected('index.tags', () => index.tags(registry, repository, digests, signal)),
    };
  }

  #gatedReplicas(management: InstanceOutside['management']): Pick<InstanceOutside['management'], 'replicas'> {
    const gated = this.#gated('management', management);
    return { replicas: (registry, known, signal) => gated.replicas(registry, known, signal) };
  }

  #gatedHistory(management: WebhookReader): WebhookReader {
    const gated = this.#gated('management', management);
    return {
      webhooks: (registry, signal) => gated.webhooks(registry, signal),
      target: (registry, name, signal) => gated.target(registry, name, signal),
      history: (registry, name, signal) =>
        this.#collected('management.history', () => management.history(registry, name, signal)),
    };
  }

  async *#collected<T>(call: string, list: () => AsyncIterable<T>): AsyncIterable<T> {
    yield* await this.#pass(call, () => collect(list()));
  }

  /** A call with several messages may fail after the first ones. */
  #gatedBus(bus: AnnouncementSender): AnnouncementSender {
    return {
      send: (tag, announcements, signal) => {
        const first = announcements.slice(0, this.#options.random.integer(0, announcements.length));
        return this.#pass(
          'sender.send',
          () => bus.send(tag, announcements, signal),
          () => bus.send(tag, first, signal),
        );
      },
      sendOfReplicas: (registry, announcements, signal) =>
        this.#pass('sender.sendOfReplicas', () => bus.sendOfReplicas(registry, announcements, signal)),
      check: (signal) => bus.check(signal),
    };
  }

  /**
   * Lets one call through, or not.
   * @param part what may take effect of a call that fails
   */
  async #pass<T>(call: string, effect: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> {
    const { scheduler, random, faults } = this.#options;
    await this.#travel(random.integer(1, 40));
    const fault = faults.next(call, random);
    if (fault === undefined) {
      const result = await effect();
      await this.#travel(random.integer(1, 40));
      return result;
    }
    switch (fault) {
      case 'error':
        await part?.();
        throw new Unavailable('simulated: refused');
      case 'crash before':
        this.isAlive = false;
        return await never;
      case 'crash after':
        this.isAlive = false;
        await effect().catch(() => {});
        return await never;
      case 'answer lost':
        await effect().catch(() => {});
        await this.#travel(random.integer(100, 4000));
        throw new Unavailable('simulated: done, but the answer was lost');
      case 'late effect':
        scheduler.after(random.integer(100, 8000), () => void effect().catch(() => {}));
        throw new Unavailable('simulated: timed out, and took effect later');
      case 'retried': {
        await effect().catch(() => {});
        return await effect();
      }
    }
  }

  async #travel(milliseconds: number): Promise<void> {
    await this.#options.scheduler.sleep(milliseconds);
    if (!this.isAlive) {
      await never;
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}

const never = new Promise<never>(() => {});
