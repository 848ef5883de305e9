// The registry of a world, as it really is: what it holds where, what its webhooks' histories remember, which replicas
// are ready. Written by the script alone.
import type { Arrival, Deletion } from '../../src/core/facts.ts';
import type { EventTime } from '../../src/core/instant.ts';
import { type Digest, type Region, type TagName, tagKey } from '../../src/core/names.ts';
import type { Notification } from '../../src/core/notification.ts';
import type { Replica } from '../../src/core/replicas.ts';
import { Forbidden, type PastDelivery, type Webhook } from '../../src/usecases/ports.ts';
import { InMemoryRegistryApi } from '../fakes/in-memory-registry-api.ts';
import { ALL_REGIONS, CONTOSO, type ScriptEvent } from './script.ts';

type ArrivalEvent = Extract<ScriptEvent, { type: 'arrival' }>;
type DeletionEvent = Extract<ScriptEvent, { type: 'deletion' }>;

/** Something that a region has reported, or would have if its notification had not been lost. */
export interface Happened {
  readonly fact: Omit<Arrival, 'receivedAt'> | Deletion;
  /** Absent for a deletion, which names no tag. */
  readonly tag?: TagName;
  readonly at: number;
}

export interface TruthOptions {
  /** The histories' times have milliseconds only. */
  readonly isCut: boolean;
  /** Reading where webhooks post to is not permitted. */
  readonly areTargetsHidden: boolean;
}

const webhookName = (region: Region) => `landfall${region}`;

export class Truth {
  readonly api = new InMemoryRegistryApi({ pageSize: 5 });
  readonly arrivals: (Happened & { readonly tag: TagName })[] = [];
  readonly deletions: Happened[] = [];
  readonly #options: TruthOptions;
  readonly #held = new Map<string, { readonly tag: TagName; readonly region: Region; push: number; digest: Digest }>();
  #deliveries = 0;

  constructor(options: TruthOptions) {
    this.#options = options;
    const webhooks = ALL_REGIONS.map((region): Webhook => {
      const name = webhookName(region);
      const target = `https://landfall.example/api/webhooks/${CONTOSO}/${region}`;
      const hidden = new Forbidden(
        'may not',
        'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action',
      );
      this.api.setTarget(CONTOSO, name, options.areTargetsHidden ? hidden : target);
      return { name, region, isEnabled: true, scope: '', actions: ['push', 'delete'] };
    });
    this.api.setWebhooks(CONTOSO, webhooks);
  }

  /** All others are still being created. */
  setReady(regions: readonly Region[]): void {
    const replicas = ALL_REGIONS.map((region, index): Replica => {
      const isReady = regions.includes(region);
      return {
        ...{ name: `replication${index}`, region, isHome: index === 0, isRouted: true },
        provisioningState: isReady ? 'Succeeded' : 'Creating',
        displayStatus: isReady ? 'Ready' : 'Syncing',
      };
    });
    this.api.setReplicas(CONTOSO, replicas);
  }

  arrive(event: ArrivalEvent): void {
    const { tag, digest, region, eventAt, push, at } = event;
    this.arrivals.push({ tag, at, fact: { type: 'arrival', eventAt, region, digest, source: 'announced' } });
    const { repository, tag: name } = tag;
    const told = { type: 'push', push: { repository, tag: name, digest, eventAt: this.#remembered(eventAt) } } as const;
    this.#remember(region, told, eventAt, event.deliveries.length > 0);
    const key = `${tagKey(tag)} ${region}`;
    const held = this.#held.get(key);
    if (held === undefined || held.push <= push) {
      this.#held.set(key, { tag, region, push, digest });
      this.api.setManifest(tag, region, digest);
    }
  }

  delete(event: DeletionEvent): void {
    const { repository, digest, region, eventAt, at } = event;
    const named = { repository, ...(digest === undefined ? {} : { digest }) };
    for (const [key, held] of this.#held) {
      if (held.region === region && (digest === undefined || held.digest === digest)) {
        this.#held.delete(key);
        this.api.setManifest(held.tag, region, undefined);
      }
    }
    const deleted = digest === undefined ? this.#digests() : [digest];
    for (const each of deleted) {
      this.deletions.push({ at, fact: { type: 'deletion', eventAt, region, digest: each } });
    }
    const removal = { ...named, eventAt: this.#remembered(eventAt) };
    this.#remember(region, { type: 'deletion', removal }, eventAt, event.deliveries.length > 0);
  }

  #digests(): readonly Digest[] {
    return [...new Set(this.arrivals.map(({ fact }) => fact.digest))];
  }

  #remembered(eventAt: EventTime): EventTime {
    return this.#options.isCut ? (eventAt.replace(/\d{6}Z$/, '000000Z') as EventTime) : eventAt;
  }

  /** Whether it got through, the registry knows at once in this world; whether it was stored, it does not. */
  #remember(region: Region, notification: Notification, eventAt: EventTime, isDelivered: boolean): void {
    this.#deliveries += 1;
    const delivery: PastDelivery = {
      ...{ id: `delivery${this.#deliveries}`, notification, eventAt: this.#remembered(eventAt) },
      requestUri: `https://landfall.example/api/webhooks/${CONTOSO}/${region}`,
      statusCode: isDelivered ? undefined : 504,
    };
    this.api.addDelivery(CONTOSO, webhookName(region), delivery);
  }
}
