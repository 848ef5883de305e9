// A seeded world: registries that push and replicate, notifications that are late, repeated, reordered and lost, app
// instances that come and go, regions that are added and removed, and faults at any call. In the end it goes quiet.
import type { Policy } from '../../src/core/advance.ts';
import type { Arrival } from '../../src/core/facts.ts';
import { toEventTime } from '../../src/core/instant.ts';
import {
  type Digest,
  type Region,
  type Registry,
  type Repository,
  type Tag,
  type TagName,
  tagKey,
} from '../../src/core/names.ts';
import { InMemoryAlarmStore } from '../fakes/in-memory-alarm-store.ts';
import { InMemoryJournal } from '../fakes/in-memory-journal.ts';
import { InMemoryRegistryStore } from '../fakes/in-memory-registry-store.ts';
import { InMemoryTagStore } from '../fakes/in-memory-tag-store.ts';
import { InMemoryBus } from '../fakes/sender.ts';
import { Instance, type Outside } from './instance.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { watched } from './watched.ts';

const START = Date.UTC(2026, 10, 20);
const MINUTE_MS = 60_000;
const ALL_REGIONS = ['westus', 'eastus', 'canadacentral', 'westeurope', 'japaneast'] as Region[];

export interface Delivery {
  readonly tag: TagName;
  readonly arrival: Arrival;
  readonly at: number;
  /** The app said that it has it. */
  isAcknowledged: boolean;
}

export class World {
  readonly random: Random;
  readonly scheduler = new Scheduler(START);
  readonly registry = 'contoso' as Registry;
  readonly policy: Policy;
  readonly deliveries: Delivery[] = [];
  /** What the configuration listed, since when. */
  readonly listings: { readonly at: number; readonly regions: readonly Region[] }[] = [];
  readonly tagStore = new InMemoryTagStore();
  readonly alarmStore = new InMemoryAlarmStore();
  readonly registryStore = new InMemoryRegistryStore();
  readonly journal = new InMemoryJournal();
  readonly bus = new InMemoryBus();
  readonly complaints: string[] = [];
  readonly reasons: ReturnType<typeof watched>['reasons'];
  readonly #outside: Outside;
  readonly #instances: Instance[] = [];
  #faultRate: number;
  #ids = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    // A threshold of a second makes every alarm as near as one may be.
    this.policy = { lagAfterMs: this.random.pick([1_000, 10 * MINUTE_MS]), abandonAfterMs: 60 * MINUTE_MS };
    this.#faultRate = this.random.pick([0, 0.01, 0.03, 0.1, 0.3]);
    const { tags, alarms, reasons } = watched(this.tagStore, this.alarmStore, (text) => this.complaints.push(text));
    this.reasons = reasons;
    this.#outside = { tags, alarms, registries: this.registryStore, journal: this.journal, bus: this.bus };
    this.listings.push({ at: START, regions: ALL_REGIONS.slice(0, this.random.integer(1, 4)) });
    for (let count = this.random.integer(1, 3); count > 0; count -= 1) {
      this.#instances.push(this.#newInstance());
    }
  }

  get regions(): readonly Region[] {
    return this.listings.at(-1)?.regions ?? [];
  }

  async run(): Promise<void> {
    this.#planPushes();
    this.#planRegionChange();
    const end = START + 20 * MINUTE_MS;
    for (let at = START + MINUTE_MS; at <= end; at += MINUTE_MS) {
      this.scheduler.at(at, () => this.#sweep());
    }
    await this.scheduler.runUntil(end);
    await this.#goQuiet();
  }

  /** No more faults; what is still on its way is delivered; the sweep runs whenever something is due. */
  async #goQuiet(): Promise<void> {
    this.#faultRate = 0;
    // Requests that were alive when the faults ended are over after this.
    await this.scheduler.runUntil(this.scheduler.now + MINUTE_MS);
    const last = Math.max(this.scheduler.now, ...this.deliveries.map(({ at }) => at)) + MINUTE_MS;
    for (let sweeps = 0; sweeps < 500; sweeps += 1) {
      this.#sweep();
      await this.scheduler.runUntil(this.scheduler.now + 30_000);
      const next = this.alarmStore.nextDueAt();
      if (next === undefined && this.scheduler.now >= last) {
        return;
      }
      await this.scheduler.runUntil(Math.max(this.scheduler.now + 30_000, Math.min(next ?? last, last)));
    }
    this.complaints.push('never quiet: after 500 sweeps there are still alarms');
  }

  #newInstance(): Instance {
    return new Instance({
      scheduler: this.scheduler,
      random: this.random,
      outside: this.#outside,
      listed: () => this.regions,
      registryNames: [this.registry],
      policy: this.policy,
      newId: () => {
        this.#ids += 1;
        return `id${this.#ids}`;
      },
      faultRate: () => this.#faultRate,
      clockSkewMs: this.random.integer(-500, 500),
      cacheWeight: this.random.pick([0, 5, 50_000]),
    });
  }

  /** A live instance; one that was killed is replaced by a new one, which knows nothing. */
  #instance(index = this.random.integer(0, this.#instances.length - 1)): Instance {
    const instance = this.#instances[index] as Instance;
    if (instance.isAlive && !(this.#faultRate > 0 && this.random.chance(0.01))) {
      return instance;
    }
    const fresh = this.#newInstance();
    this.#instances[index] = fresh;
    return fresh;
  }

  /** The timer runs on one instance, and now and then moves to another. */
  #sweep(): void {
    this.#instance(this.random.chance(0.9) ? 0 : undefined)
      .sweep.run()
      .catch(() => {});
  }

  #planPushes(): void {
    const { random } = this;
    const tags = ['1.2', 'latest', 'v3']
      .slice(0, random.integer(1, 3))
      .map((tag): TagName => ({ registry: this.registry, repository: 'public/web' as Repository, tag: tag as Tag }));
    const digests = ['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}` as Digest);
    const isBurst = random.chance(0.3);
    for (let count = random.integer(1, 8); count > 0; count -= 1) {
      const at = START + random.integer(0, isBurst ? MINUTE_MS : 15 * MINUTE_MS);
      const [tag, digest] = [random.pick(tags), random.pick(digests)];
      this.scheduler.at(at, () => this.#push(tag, digest));
    }
  }

  #push(tag: TagName, digest: Digest): void {
    const { random } = this;
    const isSlow = random.chance(0.2);
    const replicas = random.chance(0.1) ? ALL_REGIONS : this.regions;
    replicas.forEach((region, index) => {
      const lagMs = index === 0 ? 0 : random.integer(0, isSlow ? 30 * MINUTE_MS : 20_000);
      const arrivedAt = this.scheduler.now + lagMs;
      const nanoseconds = String(random.integer(0, 999_999)).padStart(6, '0');
      const eventAt = toEventTime(arrivedAt).replace('000000Z', `${nanoseconds}Z`) as Arrival['eventAt'];
      const fact = { type: 'arrival', eventAt, region, digest, source: 'announced' } as const;
      if (!random.chance(0.1)) {
        this.#planDelivery(tag, fact, arrivedAt + random.integer(1, 3000));
      }
      for (let repeats = random.pick([0, 0, 0, 1, 2]); repeats > 0; repeats -= 1) {
        this.#planDelivery(
          tag,
          fact,
          arrivedAt + random.integer(1, random.pick([5000, 5 * MINUTE_MS, 90 * MINUTE_MS])),
        );
      }
    });
  }

  #planDelivery(tag: TagName, fact: Omit<Arrival, 'receivedAt'>, at: number): void {
    this.scheduler.at(at, () => {
      const delivery = { tag, arrival: { ...fact, receivedAt: this.scheduler.now }, at, isAcknowledged: false };
      this.deliveries.push(delivery);
      this.#instance()
        .recordArrival.record(tag, delivery.arrival)
        .then(() => {
          delivery.isAcknowledged = true;
        })
        .catch(() => {});
    });
  }

  #planRegionChange(): void {
    if (!this.random.chance(0.4)) {
      return;
    }
    this.scheduler.at(START + this.random.integer(0, 6 * MINUTE_MS), () => {
      const gone = this.random.pick(this.regions);
      const isRemoval = this.regions.length > 1 && this.random.chance(0.5);
      const regions = isRemoval
        ? this.regions.filter((region) => region !== gone)
        : [...this.regions, 'japaneast' as Region];
      this.listings.push({ at: this.scheduler.now, regions });
    });
  }

  tagNames(): readonly TagName[] {
    return [...new Map(this.deliveries.map(({ tag }) => [tagKey(tag), tag])).values()];
  }
}
