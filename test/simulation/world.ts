// A world: a registry that does what its script says, app instances that come and go, and faults at any call. In the end
// it goes quiet.
import type { Policy } from '../../src/core/advance.ts';
import type { Arrival } from '../../src/core/facts.ts';
import { type Region, type TagName, tagKey } from '../../src/core/names.ts';
import type { DeletionNotice } from '../../src/core/notification.ts';
import { InMemoryAlarmStore } from '../fakes/in-memory-alarm-store.ts';
import { InMemoryDeletionStore } from '../fakes/in-memory-deletion-store.ts';
import { InMemoryJournal } from '../fakes/in-memory-journal.ts';
import { InMemoryRegistryStore } from '../fakes/in-memory-registry-store.ts';
import { InMemoryTagStore } from '../fakes/in-memory-tag-store.ts';
import { InMemoryWebhooksStore } from '../fakes/in-memory-webhooks-store.ts';
import { InMemoryBus } from '../fakes/sender.ts';
import type { Faults } from './faults.ts';
import { Instance, type InstanceOutside } from './instance.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { CONTOSO, MINUTE_MS, type Script, type ScriptEvent, START } from './script.ts';
import { Truth } from './truth.ts';
import { watched } from './watched.ts';

/** A push's notification on its way to the app. */
export interface Delivery {
  readonly tag: TagName;
  readonly arrival: Arrival;
  readonly at: number;
  /** The app said that it has it. */
  isAcknowledged: boolean;
}

export interface DeletionDelivery {
  readonly notice: DeletionNotice;
  isAcknowledged: boolean;
}

export class World {
  readonly random: Random;
  readonly scheduler = new Scheduler(START);
  readonly registry = CONTOSO;
  readonly script: Script;
  readonly policy: Policy;
  readonly truth: Truth;
  readonly deliveries: Delivery[] = [];
  readonly deletionDeliveries: DeletionDelivery[] = [];
  /** Which regions the app knew to be opted in, since when. */
  readonly listings: { readonly at: number; readonly regions: readonly Region[] }[] = [];
  readonly tagStore = new InMemoryTagStore();
  readonly alarmStore = new InMemoryAlarmStore();
  readonly registryStore = new InMemoryRegistryStore();
  readonly deletionStore = new InMemoryDeletionStore();
  readonly bus = new InMemoryBus();
  readonly complaints: string[] = [];
  readonly reasons: ReturnType<typeof watched>['reasons'];
  readonly #outside: InstanceOutside;
  readonly #faults: Faults;
  readonly #instances: Instance[] = [];
  #listed: readonly Region[];
  #ids = 0;

  constructor(seed: number, script: Script, faults: Faults) {
    this.random = new Random(seed);
    this.script = script;
    this.#faults = faults;
    this.policy = { lagAfterMs: script.lagAfterMs, abandonAfterMs: 60 * MINUTE_MS };
    this.truth = new Truth({ isCut: this.random.chance(0.3), areTargetsHidden: this.random.chance(0.2) });
    this.#listed = script.regions;
    this.truth.setReady(script.regions);
    const { tags, alarms, reasons } = watched(this.tagStore, this.alarmStore, (text) => this.complaints.push(text));
    this.reasons = reasons;
    this.#outside = {
      ...{ tags, index: this.tagStore, alarms, deletions: this.deletionStore, webhooks: new InMemoryWebhooksStore() },
      ...{ registries: this.#listening(), heartbeats: this.registryStore, journal: new InMemoryJournal() },
      ...{ sender: this.bus, management: this.truth.api, manifests: this.truth.api },
    };
    for (let count = script.instances; count > 0; count -= 1) {
      this.#instances.push(this.#newInstance());
    }
  }

  async run(): Promise<void> {
    for (const event of this.script.events) {
      this.scheduler.at(event.at, () => this.#happen(event));
    }
    const end = START + this.script.runMs;
    for (let at = START + MINUTE_MS; at <= end; at += MINUTE_MS) {
      this.scheduler.at(at, () => this.#sweep());
    }
    for (let at = START + 2 * MINUTE_MS; at <= end; at += 5 * MINUTE_MS) {
      this.scheduler.at(at, () => this.#askRegistry());
    }
    await this.scheduler.runUntil(end);
    await this.#goQuiet();
  }

  tagNames(): readonly TagName[] {
    return [...new Map(this.truth.arrivals.map(({ tag }) => [tagKey(tag), tag])).values()];
  }

  /** No more faults; what is still to happen happens; the timers run until nothing is left to do. */
  async #goQuiet(): Promise<void> {
    this.#faults.end();
    // Requests that were alive when the faults ended are over after this.
    await this.scheduler.runUntil(this.scheduler.now + MINUTE_MS);
    const last = Math.max(
      this.scheduler.now,
      ...this.script.events.flatMap(({ at, ...event }) => [at, ...deliveriesOf(event)]),
    );
    let quietRuns = 0;
    for (let runs = 0; runs < 500; runs += 1) {
      this.#askRegistry();
      await this.scheduler.runUntil(this.scheduler.now + 20_000);
      this.#sweep();
      await this.scheduler.runUntil(this.scheduler.now + 30_000);
      const next = this.#nextDueAt();
      const isQuiet = next === undefined && this.scheduler.now >= last + MINUTE_MS;
      quietRuns = isQuiet ? quietRuns + 1 : 0;
      if (quietRuns === 2) {
        return;
      }
      const until = isQuiet ? 0 : Math.min(next ?? last + MINUTE_MS, this.scheduler.now + 5 * MINUTE_MS);
      await this.scheduler.runUntil(Math.max(this.scheduler.now + 30_000, until));
    }
    this.complaints.push('never quiet: after 500 runs there is still something to do');
  }

  #nextDueAt(): number | undefined {
    const [deletion] = this.deletionStore.pending();
    const due = [this.alarmStore.nextDueAt(), deletion?.dueAt].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  #newInstance(): Instance {
    return new Instance({
      scheduler: this.scheduler,
      random: this.random,
      outside: this.#outside,
      faults: this.#faults,
      script: this.script,
      listed: () => this.#listed,
      policy: this.policy,
      newId: () => {
        this.#ids += 1;
        return `id${this.#ids}`;
      },
      clockSkewMs: this.random.integer(-500, 500),
      cacheWeight: this.random.pick([0, 5, 50_000]),
    });
  }

  /** A live instance; one that was killed is replaced by a new one, which knows nothing. */
  #instance(index = this.random.integer(0, this.#instances.length - 1)): Instance {
    const instance = this.#instances[index] as Instance;
    if (instance.isAlive && !this.#faults.replaces(this.random)) {
      return instance;
    }
    const fresh = this.#newInstance();
    this.#instances[index] = fresh;
    return fresh;
  }

  /** A timer runs on one instance, and now and then moves to another. */
  #timerInstance(): Instance {
    return this.#instance(this.random.chance(0.9) ? 0 : undefined);
  }

  #sweep(): void {
    this.#timerInstance()
      .app.sweep.run()
      .catch(() => {});
  }

  #askRegistry(): void {
    const { app } = this.#timerInstance();
    app.refreshReplicas.run().catch(() => {});
    app.reconcile.run(this.scheduler.now + 4 * MINUTE_MS).catch(() => {});
  }

  #happen(event: ScriptEvent): void {
    switch (event.type) {
      case 'arrival': {
        const { tag, digest, region, eventAt } = event;
        this.truth.arrive(event);
        for (const at of event.deliveries) {
          const arrival = { type: 'arrival', eventAt, region, digest, source: 'announced', receivedAt: at } as const;
          this.scheduler.at(at, () => this.#deliver({ tag, arrival, at, isAcknowledged: false }));
        }
        return;
      }
      case 'deletion': {
        const { repository, digest, region, eventAt } = event;
        this.truth.delete(event);
        for (const at of event.deliveries) {
          const named = digest === undefined ? {} : { digest };
          const notice = { registry: CONTOSO, repository, region, eventAt, receivedAt: at, ...named };
          this.scheduler.at(at, () => this.#deliverDeletion({ notice, isAcknowledged: false }));
        }
        return;
      }
      case 'regions':
        this.truth.setReady(event.regions);
        this.#listed = event.regions;
    }
  }

  #deliver(delivery: Delivery): void {
    this.deliveries.push(delivery);
    this.#instance()
      .app.recordArrival.record(delivery.tag, delivery.arrival)
      .then(() => {
        delivery.isAcknowledged = true;
      })
      .catch(() => {});
  }

  #deliverDeletion(delivery: DeletionDelivery): void {
    this.deletionDeliveries.push(delivery);
    this.#instance()
      .app.recordDeletion.record(delivery.notice)
      .then(() => {
        delivery.isAcknowledged = true;
      })
      .catch(() => {});
  }

  /** Notes which regions the app has come to know. */
  #listening(): InstanceOutside['registries'] {
    const store = this.registryStore;
    return {
      load: (registry, signal) => store.load(registry, signal),
      commit: async (registry, sight, expected, signal) => {
        const version = await store.commit(registry, sight, expected, signal);
        const regions = sight.optedIn === 'unknown' ? [] : [...sight.optedIn.keys()];
        this.listings.push({ at: this.scheduler.now, regions });
        return version;
      },
    };
  }
}

const deliveriesOf = (event: object) => ('deliveries' in event ? (event.deliveries as readonly number[]) : []);
