// Everything that the simulated registry knows, in one object that can be written to disk as it is: what was pushed,
// which replica has it, which webhooks there are, what they delivered and what is still on its way.
import type { EventTime } from '../../core/instant.ts';
import type { Digest, Region, Registry, Repository, Tag } from '../../core/names.ts';
import { buildNumber } from './traffic.ts';

export interface NamedRegion {
  readonly region: Region;
  /** `West US`, as people write it. */
  readonly displayName: string;
  readonly isHome: boolean;
}

/** A replica as a resource: https://learn.microsoft.com/rest/api/container-registry/replications/get */
export interface Replica extends NamedRegion {
  /** Of the resource: not the region's, but for the home region's replica. */
  readonly name: string;
  readonly createdAt: number;
  readonly provisioningState: 'Creating' | 'Succeeded' | 'Failed';
  readonly displayStatus: 'Creating' | 'Ready' | 'Failed';
  readonly statusAt: number;
  /** Why it failed. */
  readonly message?: string;
  /** Whether requests are routed to it; its data replicates all the same. */
  readonly regionEndpointEnabled: boolean;
  /** When it will be ready; one that is being created and has none is stuck. */
  readonly readyAt?: number;
}

/** Posts what happens in one region: https://learn.microsoft.com/rest/api/container-registry/webhooks/get */
export interface Webhook {
  /** Letters and digits only. */
  readonly name: string;
  readonly region: Region;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly status: 'enabled' | 'disabled';
  /** Empty: every repository. `foo:*`, `foo:bar`, and `foo`, which means `foo:latest`. */
  readonly scope: string;
  /** In the case in which they were given. */
  readonly actions: readonly string[];
  readonly serviceUri: string;
  readonly customHeaders: Readonly<Record<string, string>>;
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
  readonly type: 'push';
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
  deliveries: readonly Delivery[];
}

/** A deletion of which at least one notification is still to be delivered. */
export interface DeletionInFlight {
  readonly type: 'deletion';
  readonly id: string;
  readonly repository: Repository;
  readonly digest: Digest;
  readonly mediaType: string;
  deliveries: readonly Delivery[];
}

export type InFlight = PushInFlight | DeletionInFlight;

/** What one region is to tell; a repeat has the same notification id as the one before. */
export interface Delivery {
  readonly region: Region;
  readonly notificationId: string;
  /** The time in the notification: when the region had the image, or had it no more. */
  readonly eventAt: EventTime;
  readonly deliverAt: number;
  readonly isLost: boolean;
  readonly isRepeat: boolean;
  /** Its time has come, and the replica is not ready: it is told when the replica is. */
  readonly isHeld?: true;
}

/** What the registry remembers of a delivery, as its webhook's events list it. */
export interface DeliveryRecord {
  /** Counts the deliveries of this webhook from 1. */
  readonly sequence: number;
  readonly at: number;
  readonly notification: WebhookBody;
  readonly requestUri: string;
  readonly traceparent: string;
  /** `504` if there was no answer within 5 s. */
  readonly statusCode: string;
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
  readonly request: RequestOfEvent<'PUT'>;
}

/** Names the digest and no tag. */
export interface DeleteNotification {
  readonly id: string;
  readonly timestamp: EventTime;
  readonly action: 'delete';
  readonly target: { readonly mediaType: string; readonly digest: Digest; readonly repository: Repository };
  readonly request: RequestOfEvent<'DELETE'>;
}

export interface PingNotification {
  readonly id: string;
  /** Of seven digits. */
  readonly timestamp: string;
  readonly action: 'ping';
}

interface RequestOfEvent<Method extends string> {
  readonly id: string;
  readonly host: string;
  readonly method: Method;
  readonly useragent: string;
}

export type WebhookBody = Notification | DeleteNotification | PingNotification;

/** Where the webhooks that the registry starts with lead. */
export interface AppAddress {
  /** Like `http://127.0.0.1:7071`. */
  readonly url: string;
  readonly key: string;
}

export interface RegistryModel {
  readonly version: 2;
  readonly name: Registry;
  readonly loginServer: string;
  readonly createdAt: number;
  app: AppAddress;
  /** The home region's first. */
  replicas: readonly [Replica, ...Replica[]];
  webhooks: readonly Webhook[];
  /** Repository → tag → what it points to. */
  readonly repositories: Record<string, Record<string, TagEntry>>;
  inFlight: InFlight[];
  /** By webhook name, newest first. */
  readonly history: Record<string, DeliveryRecord[]>;
}

const HISTORY_LIMIT = 2_000;
const TAGS_LIMIT = 200;

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
  for (const other of model.inFlight) {
    // A replica that becomes ready fetches what there is then.
    if (other.type === 'push' && !isCurrent(model, other)) {
      other.deliveries = other.deliveries.filter(({ isHeld }) => !isHeld);
    }
  }
  forgetDelivered(model);
}

/** The tag still points to what this push brought. */
export function isCurrent(model: RegistryModel, { repository, tag, digest }: PushInFlight): boolean {
  return model.repositories[repository]?.[tag]?.digest === digest;
}

/** A replica has the image, whether the webhook gets through or not. */
export function recordReplica(model: RegistryModel, { repository, tag, digest }: PushInFlight, region: Region): void {
  const entry = model.repositories[repository]?.[tag];
  if (entry !== undefined && entry.digest === digest && !entry.regions.includes(region)) {
    entry.regions.push(region);
  }
}

/**
 * The image is gone from all replicas; one that did not have it yet will not get it.
 * @returns the tags that pointed to it
 */
export function recordDeletion(model: RegistryModel, deletion: DeletionInFlight, now: EventTime): readonly Tag[] {
  const { repository, digest } = deletion;
  const tags = Object.entries(model.repositories[repository] ?? {});
  const isOfDigest = ([, entry]: [string, TagEntry]) => entry.digest === digest;
  model.repositories[repository] = Object.fromEntries(tags.filter((tag) => !isOfDigest(tag)));
  for (const other of model.inFlight) {
    if (other.type === 'push' && other.repository === repository && other.digest === digest) {
      other.deliveries = other.deliveries.filter(({ eventAt, isHeld }) => eventAt <= now && !isHeld);
    }
  }
  model.inFlight.push(deletion);
  forgetDelivered(model);
  return tags.filter(isOfDigest).map(([tag]) => tag as Tag);
}

/** Of a webhook that has been deleted meanwhile nothing is remembered. */
export function recordDelivery(
  model: RegistryModel,
  webhookName: string,
  record: Omit<DeliveryRecord, 'sequence'>,
): void {
  if (!model.webhooks.some(({ name }) => name === webhookName)) {
    return;
  }
  const records = model.history[webhookName] ?? [];
  model.history[webhookName] = records;
  records.unshift({ sequence: (records[0]?.sequence ?? 0) + 1, ...record });
  records.splice(HISTORY_LIMIT);
}

/** What has nothing left to deliver is no longer on its way. */
export function forgetDelivered(model: RegistryModel): void {
  model.inFlight = model.inFlight.filter(({ deliveries }) => deliveries.length > 0);
}
