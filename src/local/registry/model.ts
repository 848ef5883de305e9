// Everything that the simulated registry knows, in one object that can be written to disk as it is: what was pushed,
// which replica has it, which webhooks there are, what they delivered and what is still on its way.
import type { EventTime } from '../../core/instant.ts';
import type { Digest, Region, Registry, Repository, Tag } from '../../core/names.ts';
import { buildNumber } from './traffic.ts';

export interface Replica {
  readonly region: Region;
  /** `West US`, as people write it. */
  readonly displayName: string;
  readonly isHome: boolean;
}

/** One per region; its URL names the region, because the body does not. */
export interface Webhook {
  /** Letters and digits only. */
  readonly name: string;
  readonly region: Region;
  readonly actions: readonly string[];
}

/** What a tag points to, and where. */
export interface TagEntry {
  readonly digest: Digest;
  readonly pushedAt: number;
  /** Regions whose replica has it. */
  readonly regions: Region[];
}

/** A push of which at least one notification is still to be delivered. */
export interface PushInFlight {
  readonly id: string;
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Where it was pushed to. */
  readonly region: Region;
  readonly pushedAt: number;
  /** When the first webhook that the app acknowledged was sent: what lag counts from. */
  firstArrivedAt?: number;
  /** Regions of which the app acknowledged a webhook. */
  readonly arrived: Region[];
  deliveries: Delivery[];
}

/** One POST that is to be made; a repeat has the same notification id as the one before. */
export interface Delivery {
  readonly region: Region;
  readonly notificationId: string;
  /** The time in the notification: when the region had the image. */
  readonly eventAt: EventTime;
  readonly deliverAt: number;
  readonly isLost: boolean;
  readonly isRepeat: boolean;
}

/** What the registry remembers of a delivery, as its webhook's events list it. */
export interface DeliveryRecord {
  readonly at: number;
  readonly notification: Notification;
  /** 504 if there was no answer within 5 s. */
  readonly statusCode: number;
  readonly reasonPhrase: string;
}

/** A push notification: https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference */
export interface Notification {
  readonly id: string;
  readonly timestamp: EventTime;
  readonly action: 'push';
  readonly target: {
    readonly mediaType: string;
    readonly size: number;
    readonly digest: Digest;
    readonly length: number;
    readonly repository: Repository;
    readonly tag: Tag;
  };
  readonly request: {
    readonly id: string;
    readonly host: string;
    readonly method: 'PUT';
    readonly useragent: string;
  };
}

export interface RegistryModel {
  readonly version: 1;
  readonly name: Registry;
  readonly loginServer: string;
  readonly replicas: readonly [Replica, ...Replica[]];
  readonly webhooks: readonly Webhook[];
  /** Repository → tag → what it points to. */
  readonly repositories: Record<string, Record<string, TagEntry>>;
  inFlight: PushInFlight[];
  /** By webhook name, newest first. */
  readonly history: Record<string, DeliveryRecord[]>;
}

const HISTORY_LIMIT = 100;
const TAGS_LIMIT = 200;

/** The registry of Steve Lasker's post of 29 January 2018 on geo-replication notifications. */
export function newContoso(): RegistryModel {
  const replica = (region: string, displayName: string, isHome = false): Replica => ({
    ...{ region: region as Region, displayName, isHome },
  });
  const replicas: [Replica, ...Replica[]] = [
    replica('westus', 'West US', true),
    replica('eastus', 'East US'),
    replica('canadacentral', 'Canada Central'),
    replica('westeurope', 'West Europe'),
  ];
  return {
    version: 1,
    name: 'contoso' as Registry,
    loginServer: 'contoso.azurecr.io',
    replicas,
    webhooks: replicas.map(({ region }) => ({ name: `landfall${region}`, region, actions: ['push'] })),
    repositories: {},
    inFlight: [],
    history: {},
  };
}

/** The number of the newest build that was pushed to a repository, 0 if there is none. */
export function newestBuild(model: RegistryModel, repository: Repository): number {
  const tags = Object.keys(model.repositories[repository] ?? {}) as Tag[];
  return Math.max(0, ...tags.map(buildNumber));
}

/** The region that a push went to has the image at once; the oldest tag makes room if there are too many. */
export function recordPush(model: RegistryModel, push: PushInFlight): void {
  const { repository, tag, digest, pushedAt, region } = push;
  const tags = { ...model.repositories[repository] };
  delete tags[tag];
  tags[tag] = { digest, pushedAt, regions: [region] };
  const kept = Object.entries(tags).sort(([, a], [, b]) => a.pushedAt - b.pushedAt);
  model.repositories[repository] = Object.fromEntries(kept.slice(-TAGS_LIMIT));
  model.inFlight.push(push);
}

/** A replica has the image, whether the webhook gets through or not. */
export function recordReplica(model: RegistryModel, { repository, tag, digest }: PushInFlight, region: Region): void {
  const entry = model.repositories[repository]?.[tag];
  if (entry !== undefined && entry.digest === digest && !entry.regions.includes(region)) {
    entry.regions.push(region);
  }
}

export function recordDelivery(model: RegistryModel, region: Region, record: DeliveryRecord): void {
  const webhook = model.webhooks.find((candidate) => candidate.region === region);
  if (webhook !== undefined) {
    model.history[webhook.name] = [record, ...(model.history[webhook.name] ?? [])].slice(0, HISTORY_LIMIT);
  }
}
