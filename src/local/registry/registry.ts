// The simulated registry at work: it takes pushes and deletions, replicates them by plan, and calls the webhooks.
import { randomUUID } from 'node:crypto';
import { type Digest, imageName, type Region, type Repository, type Tag } from '../../core/names.ts';
import { nowText } from '../stack/events.ts';
import { deliver } from './deliver.ts';
import {
  type DeletionInFlight,
  type Delivery,
  forgetDelivered,
  type InFlight,
  isCurrent,
  newestBuild,
  type PushInFlight,
  type RegistryModel,
  type Replica,
  recordDeletion,
  recordPush,
  recordReplica,
} from './model.ts';
import { OCI_MANIFEST, toNotification, withNanoseconds } from './notifications.ts';
import { type PlanRequest, planArrivals } from './planner.ts';
import { between, type Random } from './random.ts';
import { isReady, replicaIn, settleReplicas } from './replicas.ts';
import { deliveryEvent, type RegistryEvent, replicaEvent } from './telling.ts';
import { newDigest, nextBurst } from './traffic.ts';
import { webhooksThatTell } from './webhooks.ts';

/** A person who has just started it should not have to wait for the first push. */
const FIRST_PUSH_AFTER_MS = 800;
/** A replica that has become ready gets what it lacks within this time. */
const CATCH_UP_MS = { low: 300, high: 3_000 } as const;

export interface RegistryOptions {
  readonly model: RegistryModel;
  /** How long a slow region takes, in the pushes that the registry makes by itself. */
  readonly slowMs: { readonly low: number; readonly high: number };
  readonly random: Random;
  readonly emit: (event: RegistryEvent) => void;
  /** Called after each change of the model. */
  readonly onChange: () => void;
}

export interface PushOrder extends Pick<PlanRequest, 'lose' | 'delaysMs' | 'deliveries' | 'accidents'> {
  readonly repository: Repository;
  readonly tag: Tag;
  /** Made up if absent. */
  readonly digest?: Digest;
  /** Where it is pushed to; the home region if absent. */
  readonly region?: Region;
}

export interface DeleteOrder extends Pick<PlanRequest, 'lose' | 'delaysMs' | 'deliveries'> {
  readonly repository: Repository;
  readonly digest: Digest;
}

export class SimulatedRegistry {
  readonly #options: RegistryOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #posts = new Map<Promise<void>, InFlight>();
  #known: ReadonlyMap<Region, Replica>;
  #isStopped = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#known = byRegion(options.model);
  }

  push({ repository, tag, region = this.#home, digest, ...plan }: PushOrder): PushInFlight {
    const { model, random, emit, onChange } = this.#options;
    const pushedAt = Date.now();
    const push: PushInFlight = {
      type: 'push',
      id: randomUUID(),
      ...{ repository, tag, region, pushedAt },
      digest: digest ?? newDigest(random),
      mediaType: OCI_MANIFEST,
      sizeBytes: between(random, 600, 2_900),
      arrived: [],
      deliveries: this.#plan({ ...plan, origin: region, regions: this.#regions }, pushedAt),
    };
    recordPush(model, push);
    emit({ event: 'pushed', at: nowText(), image: imageName(push), digest: push.digest, region });
    this.#schedule(push, push.deliveries);
    onChange();
    return push;
  }

  /** Deletes the manifest, with all the tags that point to it. */
  deleteImage({ repository, digest, ...plan }: DeleteOrder): DeletionInFlight {
    const { model, random, emit, onChange } = this.#options;
    const deletedAt = Date.now();
    const deliveries = this.#plan({ ...plan, origin: this.#home, regions: this.#regions }, deletedAt);
    const id = randomUUID();
    const deletion: DeletionInFlight = {
      ...{ type: 'deletion', id, repository, digest, mediaType: OCI_MANIFEST, deliveries },
    };
    const tags = recordDeletion(model, deletion, withNanoseconds(deletedAt, random));
    emit({ event: 'deleted', at: nowText(), repository, digest, tags });
    this.#schedule(deletion, deliveries);
    onChange();
    return deletion;
  }

  /** Delivers what was still on its way when the model was saved, each at its time or at once. */
  resume(): void {
    const { inFlight, replicas } = this.#options.model;
    for (const flight of inFlight) {
      this.#schedule(
        flight,
        flight.deliveries.filter(({ isHeld }) => !isHeld),
      );
    }
    for (const replica of replicas) {
      this.#awaitReady(replica);
    }
  }

  /** Pushes by itself from now on. */
  startTraffic(): void {
    this.#later(FIRST_PUSH_AFTER_MS, () => this.#pushBurst());
  }

  /** Takes notice of what has become of the replicas, whoever changed them in the model. */
  noticeReplicas(): void {
    const { model, emit } = this.#options;
    settleReplicas(model, Date.now());
    const before = this.#known;
    this.#known = byRegion(model);
    for (const replica of model.replicas) {
      const known = before.get(replica.region);
      if (known === undefined) {
        emit(replicaEvent('added', replica));
      } else if (known.provisioningState !== replica.provisioningState) {
        emit(replicaEvent('changed', replica));
      }
      if (known === undefined || known.readyAt !== replica.readyAt || isReady(known) !== isReady(replica)) {
        this.#awaitReady(replica);
      }
    }
    for (const gone of before.values()) {
      if (!this.#known.has(gone.region)) {
        emit(replicaEvent('removed', gone));
      }
    }
  }

  /** Resolves when no webhook of this image waits for its answer. */
  async answered(image: string): Promise<void> {
    const posts = [...this.#posts].filter(([, flight]) => flight.type === 'push' && imageName(flight) === image);
    await Promise.all(posts.map(([post]) => post));
  }

  /** Pushes and delivers nothing more; resolves when the webhooks that wait for an answer have got it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    await Promise.all(this.#posts.keys());
  }

  get #home(): Region {
    return this.#options.model.replicas[0].region;
  }

  get #regions(): readonly Region[] {
    return this.#options.model.replicas.map(({ region }) => region);
  }

  #pushBurst(): void {
    const { model, random, slowMs } = this.#options;
    const [home, ...others] = model.replicas;
    const ready = others.filter(isReady).map(({ region }) => region);
    const burst = nextBurst(random, [home.region, ...ready], (repository) => newestBuild(model, repository));
    for (const { afterMs, ...order } of burst.pushes) {
      this.#later(afterMs, () => this.push({ ...order, accidents: { slowMs } }));
    }
    const lastAfterMs = Math.max(...burst.pushes.map(({ afterMs }) => afterMs));
    this.#later(lastAfterMs + burst.pauseMs, () => this.#pushBurst());
  }

  #plan(request: PlanRequest, startedAt: number): Delivery[] {
    const { random } = this.#options;
    return planArrivals(request, random).flatMap(({ region, arrivesAfterMs, heldBackMs, isLost, repeatsAfterMs }) => {
      const arrivesAt = startedAt + arrivesAfterMs;
      const shared = { region, notificationId: randomUUID(), eventAt: withNanoseconds(arrivesAt, random), isLost };
      return [0, ...repeatsAfterMs].map((afterMs, index) => ({
        ...shared,
        deliverAt: arrivesAt + heldBackMs + afterMs,
        isRepeat: index > 0,
      }));
    });
  }

  #schedule(flight: InFlight, deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#later(Math.max(0, delivery.deliverAt - Date.now()), () => {
        const post = this.#deliver(flight, delivery).finally(() => this.#posts.delete(post));
        this.#posts.set(post, flight);
      });
    }
  }

  async #deliver(flight: InFlight, delivery: Delivery): Promise<void> {
    const { model, onChange, emit } = this.#options;
    const { region, isLost } = delivery;
    const replica = replicaIn(model, region);
    // It may have been called off since: by a deletion, or with the replica.
    if (replica === undefined || !flight.deliveries.includes(delivery)) {
      return;
    }
    if (!isReady(replica)) {
      flight.deliveries = flight.deliveries.map((other) =>
        other === delivery ? { ...delivery, isHeld: true } : other,
      );
      onChange();
      return;
    }
    if (flight.type === 'push') {
      recordReplica(model, flight, region);
    }
    const notification = toNotification(model, flight, delivery);
    const happening = { region, action: notification.action, repository: flight.repository };
    const tagged = flight.type === 'push' ? { tag: flight.tag } : {};
    const webhooks = webhooksThatTell(model, { ...happening, ...tagged });
    await Promise.all(
      webhooks.map(async (webhook) => {
        const delivered = await deliver(model, webhook, notification, isLost);
        emit(deliveryEvent(model, flight, region, delivered));
      }),
    );
    flight.deliveries = flight.deliveries.filter((other) => other !== delivery);
    forgetDelivered(model);
    onChange();
  }

  /** Once it is ready it gets what it lacks; of a tag only what that points to by then. */
  #awaitReady(replica: Replica): void {
    const { readyAt } = replica;
    if (isReady(replica)) {
      this.#catchUp(replica.region);
    } else if (readyAt !== undefined) {
      this.#later(Math.max(0, readyAt - Date.now()), () => {
        this.noticeReplicas();
        this.#options.onChange();
        // A timer's clock is not the one that tells the time: it may have been a moment early.
        if (this.#options.model.replicas.includes(replica)) {
          this.#awaitReady(replica);
        }
      });
    }
  }

  #catchUp(region: Region): void {
    const { model, random } = this.#options;
    for (const flight of model.inFlight) {
      const isWanted = flight.type === 'deletion' || isCurrent(model, flight);
      const isOfRegion = (delivery: Delivery) => delivery.isHeld === true && delivery.region === region;
      const arrivesAt = Date.now() + between(random, CATCH_UP_MS.low, CATCH_UP_MS.high);
      const eventAt = withNanoseconds(arrivesAt, random);
      const resumed = (isWanted ? flight.deliveries.filter(isOfRegion) : []).map(({ isHeld: _, ...delivery }) => ({
        ...delivery,
        eventAt,
        deliverAt: arrivesAt,
      }));
      flight.deliveries = [...flight.deliveries.filter((delivery) => !isOfRegion(delivery)), ...resumed];
      this.#schedule(flight, resumed);
    }
    forgetDelivered(model);
  }

  #later(afterMs: number, work: () => void): void {
    if (this.#isStopped) {
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, afterMs);
    this.#timers.add(timer);
  }
}

function byRegion({ replicas }: RegistryModel): ReadonlyMap<Region, Replica> {
  return new Map(replicas.map((replica) => [replica.region, replica]));
}
