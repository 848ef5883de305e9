// The simulated registry at work: it takes pushes, replicates them by plan, and calls the app's webhooks.
import { randomUUID } from 'node:crypto';
import { type EventTime, toEventTime } from '../../core/instant.ts';
import { type Digest, imageName, type Region, type Repository, type Tag } from '../../core/names.ts';
import { type ArrivedEvent, type LostEvent, nowText, type PushedEvent } from '../stack/events.ts';
import {
  type Delivery,
  type Notification,
  newestBuild,
  type PushInFlight,
  type RegistryModel,
  recordDelivery,
  recordPush,
  recordReplica,
} from './model.ts';
import { type PlanRequest, planArrivals } from './planner.ts';
import { between, pick, type Random } from './random.ts';
import { newDigest, nextBurst } from './traffic.ts';
import { type Answer, postWebhook } from './webhook-post.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const USER_AGENTS = ['docker/28.0', 'buildkit/v0.17', 'containerd/2.1'] as const;
/** A person who has just started it should not have to wait for the first push. */
const FIRST_PUSH_AFTER_MS = 800;

export interface RegistryOptions {
  readonly model: RegistryModel;
  /** Of the app, like `http://127.0.0.1:7071`. */
  readonly url: string;
  readonly key: string;
  /** How long a slow region takes, in the pushes that the registry makes by itself. */
  readonly slowMs: { readonly low: number; readonly high: number };
  readonly random: Random;
  readonly emit: (event: PushedEvent | ArrivedEvent | LostEvent) => void;
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

export class SimulatedRegistry {
  readonly #options: RegistryOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #posts = new Map<Promise<void>, PushInFlight>();
  #isStopped = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  get regions(): readonly [Region, ...Region[]] {
    const [home, ...others] = this.#options.model.replicas;
    return [home.region, ...others.map(({ region }) => region)];
  }

  push({ repository, tag, region = this.regions[0], digest, ...plan }: PushOrder): PushInFlight {
    const { model, random, emit, onChange } = this.#options;
    const pushedAt = Date.now();
    const push: PushInFlight = {
      id: randomUUID(),
      ...{ repository, tag, region, pushedAt },
      digest: digest ?? newDigest(random),
      mediaType: OCI_MANIFEST,
      sizeBytes: between(random, 600, 2_900),
      arrived: [],
      deliveries: this.#plan({ ...plan, origin: region, regions: this.regions }, pushedAt),
    };
    recordPush(model, push);
    emit({ event: 'pushed', at: nowText(), image: imageName(push), digest: push.digest, region });
    this.#schedule(push);
    onChange();
    return push;
  }

  /** Delivers what was still on its way when the model was saved, each at its time or at once. */
  resume(): void {
    for (const push of this.#options.model.inFlight) {
      this.#schedule(push);
    }
  }

  /** Pushes by itself from now on. */
  startTraffic(): void {
    this.#later(FIRST_PUSH_AFTER_MS, () => this.#pushBurst());
  }

  /** Resolves when no webhook of this image waits for its answer. */
  async answered(image: string): Promise<void> {
    const posts = [...this.#posts].filter(([, push]) => imageName(push) === image);
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

  #pushBurst(): void {
    const { model, random, slowMs } = this.#options;
    const burst = nextBurst(random, this.regions, (repository) => newestBuild(model, repository));
    for (const { afterMs, ...order } of burst.pushes) {
      this.#later(afterMs, () => this.push({ ...order, accidents: { slowMs } }));
    }
    const lastAfterMs = Math.max(...burst.pushes.map(({ afterMs }) => afterMs));
    this.#later(lastAfterMs + burst.pauseMs, () => this.#pushBurst());
  }

  #plan(request: PlanRequest, pushedAt: number): Delivery[] {
    const { random } = this.#options;
    return planArrivals(request, random).flatMap(({ region, arrivesAfterMs, heldBackMs, isLost, repeatsAfterMs }) => {
      const arrivesAt = pushedAt + arrivesAfterMs;
      const shared = { region, notificationId: randomUUID(), eventAt: withNanoseconds(arrivesAt, random), isLost };
      return [0, ...repeatsAfterMs].map((afterMs, index) => ({
        ...shared,
        deliverAt: arrivesAt + heldBackMs + afterMs,
        isRepeat: index > 0,
      }));
    });
  }

  #schedule(push: PushInFlight): void {
    for (const delivery of push.deliveries) {
      this.#later(Math.max(0, delivery.deliverAt - Date.now()), () => {
        const post = this.#deliver(push, delivery).finally(() => this.#posts.delete(post));
        this.#posts.set(post, push);
      });
    }
  }

  /** Never rejects: what goes wrong is the registry's to remember and the app's to find out. */
  async #deliver(push: PushInFlight, delivery: Delivery): Promise<void> {
    const { model, url, key, onChange } = this.#options;
    const { region } = delivery;
    recordReplica(model, push, region);
    const notification = toNotification(model, push, delivery);
    const startedAt = Date.now();
    const target = { url: `${url}/api/webhooks/${model.name}/${region}`, key };
    const answer = delivery.isLost
      ? 'the webhook got lost on its way'
      : await postWebhook(target, notification).catch((error: Error) => `the app did not answer: ${error.message}`);
    const [statusCode, reasonPhrase] =
      typeof answer === 'string' ? [504, 'Gateway Timeout'] : [answer.statusCode, answer.reasonPhrase];
    recordDelivery(model, region, { at: startedAt, notification, statusCode, reasonPhrase });
    this.#tell(push, delivery, startedAt, answer);
    push.deliveries = push.deliveries.filter((other) => other !== delivery);
    model.inFlight = model.inFlight.filter(({ deliveries }) => deliveries.length > 0);
    onChange();
  }

  #tell(push: PushInFlight, { region }: Delivery, startedAt: number, answer: Answer | string): void {
    const { emit, model } = this.#options;
    const of = { at: nowText(), image: imageName(push), digest: push.digest, region };
    if (typeof answer === 'string') {
      emit({ event: 'lost', ...of, reason: answer });
    } else if (answer.statusCode < 200 || answer.statusCode > 299) {
      emit({ event: 'lost', ...of, reason: `the app answered ${answer.statusCode} ${answer.reasonPhrase}` });
    } else {
      // As the app counts: from when it received the webhooks, not from its answers.
      push.firstArrivedAt = Math.min(push.firstArrivedAt ?? startedAt, startedAt);
      if (!push.arrived.includes(region)) {
        push.arrived.push(region);
      }
      const lagMs = startedAt - push.firstArrivedAt;
      const counts = { arrivedCount: push.arrived.length, regionCount: model.replicas.length };
      const isCurrent = model.repositories[push.repository]?.[push.tag]?.digest === push.digest;
      emit({ event: 'arrived', ...of, lagMs, outcome: outcomeOf(answer), ...counts, isCurrent });
    }
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

function toNotification(model: RegistryModel, push: PushInFlight, delivery: Delivery): Notification {
  const { repository, tag, digest, mediaType, sizeBytes } = push;
  const userAgent = pick(() => Number.parseInt(push.id.slice(0, 4), 16) / 0x10000, USER_AGENTS);
  return {
    id: delivery.notificationId,
    timestamp: delivery.eventAt,
    action: 'push',
    target: { mediaType, size: sizeBytes, digest, length: sizeBytes, repository, tag },
    request: { id: push.id, host: model.loginServer, method: 'PUT', useragent: userAgent },
  };
}

/** ACR's times have nine digits, of which a clock of milliseconds knows three. */
function withNanoseconds(instant: number, random: Random): EventTime {
  const nanoseconds = String(between(random, 0, 999_999)).padStart(6, '0');
  return toEventTime(instant).replace(/\d{6}Z$/, `${nanoseconds}Z`) as EventTime;
}

function outcomeOf({ body }: Answer): string {
  try {
    const { outcome } = JSON.parse(body) as { outcome?: unknown };
    return typeof outcome === 'string' ? outcome : 'acknowledged';
  } catch {
    return 'acknowledged';
  }
}
