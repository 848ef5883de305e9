// One instance of the app in the simulated world: the real use cases, with every call to the outside going through a
// gate that delays it, fails it, loses its answer, or kills the instance in the middle.

import type { Policy } from '../../src/core/advance.ts';
import type { Region, Registry } from '../../src/core/names.ts';
import { OutboxSender } from '../../src/usecases/outbox-sender.ts';
import {
  type Alarm,
  type AlarmStore,
  type AnnouncementSender,
  type Heartbeats,
  type Journal,
  type RegistryStore,
  type TagStore,
  type Timing,
  Unavailable,
} from '../../src/usecases/ports.ts';
import { RecordArrival } from '../../src/usecases/record-arrival.ts';
import { Registries } from '../../src/usecases/registries.ts';
import { StateCache } from '../../src/usecases/state-cache.ts';
import { Sweep } from '../../src/usecases/sweep.ts';
import { TagWriter } from '../../src/usecases/tag-writer.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface Outside {
  readonly tags: TagStore;
  readonly alarms: AlarmStore;
  readonly registries: RegistryStore & Heartbeats;
  readonly journal: Journal;
  readonly bus: AnnouncementSender;
}

export interface InstanceOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly outside: Outside;
  readonly listed: (registry: Registry) => readonly Region[];
  readonly registryNames: readonly Registry[];
  readonly policy: Policy;
  readonly newId: () => string;
  /** Probability of a fault at each call, now. */
  readonly faultRate: () => number;
  /** How far this instance's clock is off, in milliseconds. */
  readonly clockSkewMs: number;
  readonly cacheWeight: number;
}

export class Instance {
  isAlive = true;
  readonly recordArrival: RecordArrival;
  readonly sweep: Sweep;
  readonly #options: InstanceOptions;
  readonly #neverAborts = new AbortController().signal;

  constructor(options: InstanceOptions) {
    this.#options = options;
    const { outside, listed, policy, newId, registryNames, cacheWeight } = options;
    const timing: Timing = {
      now: () => Math.floor(options.scheduler.now) + options.clockSkewMs,
      sleep: (milliseconds) => options.scheduler.sleep(milliseconds),
      timeout: () => this.#neverAborts,
      random: () => options.random.next(),
    };
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const registries = new Registries({ store: this.#gated(outside.registries), timing, listed });
    const alarms = this.#gatedAlarms(outside.alarms);
    const writer = new TagWriter({
      tags: this.#gated(outside.tags),
      alarms,
      timing,
      newId,
      optedIn: (tag, signal) => registries.optedIn(tag.registry, signal),
      policy: () => policy,
      cache: new StateCache(cacheWeight),
    });
    const outbox = new OutboxSender({
      writer,
      sender: this.#gatedBus(outside.bus),
      journal: this.#gated(outside.journal),
      timing,
      log,
    });
    this.recordArrival = new RecordArrival(writer, outbox);
    this.sweep = new Sweep({
      alarms,
      writer,
      outbox,
      registries,
      heartbeats: this.#gated(outside.registries),
      timing,
      log,
      registryNames,
      concurrency: 4,
      budgetMs: 50_000,
    });
  }

  #gated<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) => this.#pass(() => method.apply(target, values));
      },
    });
  }

  #gatedAlarms(alarms: AlarmStore): AlarmStore {
    const gated = this.#gated(alarms);
    const pass = <T>(effect: () => Promise<T>) => this.#pass(effect);
    return {
      add: (alarm, signal) => gated.add(alarm, signal),
      remove: (alarm, signal) => gated.remove(alarm, signal),
      async *due(shard, until, signal): AsyncIterable<Alarm> {
        yield* await pass(() => collect(alarms.due(shard, until, signal)));
      },
    };
  }

  /** A call with several messages may fail after the first ones. */
  #gatedBus(bus: AnnouncementSender): AnnouncementSender {
    return {
      send: (tag, announcements, signal) => {
        const first = announcements.slice(0, this.#options.random.integer(0, announcements.length));
        return this.#pass(
          () => bus.send(tag, announcements, signal),
          () => bus.send(tag, first, signal),
        );
      },
      check: (signal) => bus.check(signal),
    };
  }

  /**
   * Lets one call through, or not.
   * @param part what may take effect of a call that fails
   */
  async #pass<T>(effect: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> {
    const { scheduler, random } = this.#options;
    await this.#travel(random.integer(1, 40));
    if (!random.chance(this.#options.faultRate())) {
      const result = await effect();
      await this.#travel(random.integer(1, 40));
      return result;
    }
    switch (random.pick(['error', 'crash before', 'crash after', 'answer lost', 'late effect', 'retried'] as const)) {
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
