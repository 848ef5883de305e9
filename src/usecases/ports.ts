// What the use cases need from the outside. Each port is owned here; adapters and fakes implement it and pass the same
// contract suite. Every call may be repeated: what a repetition does is said where it is not plain.
//
// Faults: a call that could not be carried out, or of which nobody knows whether it was, rejects with `Unavailable`.
// It may have taken effect all the same, even later. Every call ends by its signal at the latest.
import type { Announcement } from '../core/announcements.ts';
import type { OptedIn } from '../core/expected.ts';
import type { PushNotification } from '../core/forward.ts';
import type { EventTime, Instant } from '../core/instant.ts';
import type { Digest, Region, Registry, Repository, TagName } from '../core/names.ts';
import type { DeletionNotice, Notification } from '../core/notification.ts';
import type { ReplicaAnnouncement } from '../core/replica-announcements.ts';
import type { Replica, ReplicaSight } from '../core/replicas.ts';
import type { AlarmName, TagState } from '../core/tag-state.ts';
import type { WatchedWebhook } from '../core/webhooks.ts';
import type { Measurement } from './measurements.ts';

/** Everything about time and chance, so that a test can own both. */
export interface Timing {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
  /** Aborts after this time. */
  timeout(milliseconds: number): AbortSignal;
  /** From 0 up to, not including, 1. */
  random(): number;
}

/** A fresh random id at each call: 1 to 40 lower-case letters and digits. */
export type NewId = () => string;

/** The outside did not answer in time, or answered that it cannot now. Try again later. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Somebody else wrote since we read; nothing was written by this call. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
}

/** What is stored was written by a newer release of this app; it is left untouched. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
}

/** Opaque version of a stored document. */
export type Version = string & { readonly __format?: 'version' };

export interface Versioned<T> {
  readonly value: T;
  readonly version: Version;
}

export interface TagStore {
  load(tag: TagName, signal: AbortSignal): Promise<Versioned<TagState> | undefined>;
  /** Writes if the stored version is still this one; `undefined` writes only if there is none. Else `VersionConflict`. */
  commit(tag: TagName, state: TagState, expected: Version | undefined, signal: AbortSignal): Promise<Version>;
}

/** A row that brings the sweep to a tag at `dueAt`: written once, deleted, never updated. */
export interface Alarm extends AlarmName {
  readonly tag: TagName;
  /** A region of the tag's replication was announced as lagging and had not arrived when this was written. */
  readonly isLagging?: true;
}

export interface AlarmStore {
  /** Adding one that is there already, with the same id, does nothing. */
  add(alarm: Alarm, signal: AbortSignal): Promise<void>;
  /** Removing one that is gone does nothing. */
  remove(alarm: Alarm, signal: AbortSignal): Promise<void>;
  /** The alarms due at this moment or earlier, or all of them when there is none, in order of `dueAt` within a shard. */
  due(shard: number, until: Instant | undefined, signal: AbortSignal): AsyncIterable<Alarm>;
}

/** Alarms are spread over this many partitions, by tag. */
export const ALARM_SHARDS = 16;

/** Since when something does not work, and why. */
export interface Failure {
  readonly since: Instant;
  readonly reason: string;
}

/** A registry's regions as last seen. */
export interface RegistrySight {
  readonly optedIn: OptedIn;
  /** Counts the changes of `optedIn`, from 1. */
  readonly revision: number;
  /** The revision that all in-flight tags were advanced with; smaller while that is still to do. */
  readonly sweptRevision: number;
  /** As the registry told of them last; none until it was asked. */
  readonly replicas: readonly ReplicaSight[];
  /** When it told us. */
  readonly seenAt?: Instant;
  /** While it does not tell us. */
  readonly failure?: Failure;
  /** Random, made once; ids of announcements are this and their sequence. */
  readonly idPrefix: string;
  /** The last announcement's sequence. */
  readonly sequence: number;
  /** Decided and not yet known to be sent, oldest first. */
  readonly outbox: readonly ReplicaAnnouncement[];
}

export interface RegistryStore {
  load(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight> | undefined>;
  /** As `TagStore.commit`. */
  commit(
    registry: Registry,
    sight: RegistrySight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version>;
}

/** The registry's management API refuses to be asked again so soon. */
export class Throttled extends Unavailable {
  /** Counted from when it was thrown. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Our identity lacks a permission. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden';
  /** As a role definition writes it, `Microsoft.ContainerRegistry/registries/webhooks/listEvents/action`. */
  readonly permission: string;

  constructor(message: string, permission: string, options?: ErrorOptions) {
    super(message, options);
    this.permission = permission;
  }
}

/** What the registry itself says. Calls reject with `Unavailable`, `Throttled` or `Forbidden`. */
export interface ReplicaReader {
  /**
   * Every replica, the home region's included, each with the state that it gives when asked for by itself.
   * @param known names of replicas seen before: these are asked for even if the registry does not list them, and are
   *   left out only if it says that they do not exist
   */
  replicas(registry: Registry, known: readonly string[], signal: AbortSignal): Promise<readonly Replica[]>;
}

/** One of a registry's webhooks. */
export interface Webhook {
  readonly name: string;
  /** Whose arrivals it tells of. */
  readonly region: Region;
  readonly isEnabled: boolean;
  /** Which repositories it tells of; empty for all. */
  readonly scope: string;
  /** In lower case. */
  readonly actions: readonly string[];
}

/** A notification as the registry remembers it, delivered or not. */
export interface PastDelivery {
  readonly id: string;
  readonly notification: Notification;
  /** Undefined where the registry tells no time that can be read. */
  readonly eventAt: EventTime | undefined;
  /** The URL that it was posted to. */
  readonly requestUri: string | undefined;
  /** What the receiver answered; 504 if it took too long. */
  readonly statusCode: number | undefined;
}

/** As `ReplicaReader`. */
export interface WebhookReader {
  webhooks(registry: Registry, signal: AbortSignal): Promise<readonly Webhook[]>;
  /** The URL that it posts to. */
  target(registry: Registry, webhookName: string, signal: AbortSignal): Promise<string>;
  /** Newest first, as far back as the registry remembers; pages are read as they are needed. */
  history(registry: Registry, webhookName: string, signal: AbortSignal): AsyncIterable<PastDelivery>;
}

export interface WebhookSight extends Webhook, WatchedWebhook {
  /** Of the newest notification in its history; its answer's status is `lastStatusCode`. */
  readonly lastEventAt?: EventTime;
  readonly lastEventId?: string;
  /** Everything of its history up to this event time was brought in. */
  readonly cursor?: EventTime;
}

/** A registry's webhooks as last seen. */
export interface WebhooksSight {
  readonly webhooks: readonly WebhookSight[];
  /** When the histories were last read to their ends. */
  readonly reconciledAt?: Instant;
  readonly failure?: Failure;
}

export interface WebhooksStore {
  load(registry: Registry, signal: AbortSignal): Promise<Versioned<WebhooksSight> | undefined>;
  /** As `TagStore.commit`. */
  commit(
    registry: Registry,
    sight: WebhooksSight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version>;
}

/** A deletion whose tags are still to be found, or to be looked for once more. */
export interface PendingDeletion {
  readonly notice: DeletionNotice;
  readonly dueAt: Instant;
  /** 1, then 2 for the second look. */
  readonly look: 1 | 2;
}

export interface DeletionStore {
  /** Adding the same again, with the same `dueAt` and `look`, does nothing. */
  add(deletion: PendingDeletion, signal: AbortSignal): Promise<void>;
  /** Removing one that is gone does nothing. */
  remove(deletion: PendingDeletion, signal: AbortSignal): Promise<void>;
  /** Those due at this moment or earlier, in no particular order. */
  due(until: Instant, signal: AbortSignal): AsyncIterable<PendingDeletion>;
}

export interface TagIndex {
  /**
   * The repository's tags whose facts may name one of these digests, or all of its tags. One of which that is not known
   * for sure is among them.
   */
  tags(
    registry: Registry,
    repository: Repository,
    digests: ReadonlySet<Digest> | undefined,
    signal: AbortSignal,
  ): AsyncIterable<TagName>;
}

/** The replicas' own manifests. */
export interface ManifestReader {
  /**
   * What the region's replica holds under this tag; undefined when it holds nothing. Rejects with `Unavailable` when it
   * cannot be reached or does not answer, with `Forbidden` when it refuses to tell.
   */
  digest(tag: TagName, region: Region, signal: AbortSignal): Promise<Digest | undefined>;
}

/** Signs of life, for the health answer; the newest one wins. */
export interface Heartbeats {
  beatSweep(at: Instant, signal: AbortSignal): Promise<void>;
  beatWebhooks(registry: Registry, receivedAt: ReadonlyMap<Region, Instant>, signal: AbortSignal): Promise<void>;
  lastSweep(signal: AbortSignal): Promise<Instant | undefined>;
  lastWebhooks(registry: Registry, signal: AbortSignal): Promise<ReadonlyMap<Region, Instant>>;
}

export interface Journal {
  /** Appending the same announcement again does nothing. */
  append(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void>;
}

export interface AnnouncementSender {
  /** Sends in this order; resolves when the bus has them all. A repetition sends the same message ids again. */
  send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void>;
  /** As `send`, of a registry's replicas. */
  sendOfReplicas(registry: Registry, announcements: readonly ReplicaAnnouncement[], signal: AbortSignal): Promise<void>;
  /** Rejects with `Unavailable` when the bus cannot be reached. */
  check(signal: AbortSignal): Promise<void>;
}

/** Targets that want to hear of completed pushes in the registry's own form. */
export interface NotificationPoster {
  /**
   * One attempt. Resolves with the status of the answer, whatever it is; rejects with `Unavailable` when none came. Doing
   * it again tells the target again.
   */
  post(target: string, notification: PushNotification, signal: AbortSignal): Promise<number>;
}

export { METRICS, type Measurement, type MetricName } from './measurements.ts';

/** For numbers that are watched over time. Work in memory, over at once: no call waits, and none fails. */
export interface Metrics {
  /** False when nobody wants to know: then nothing needs to be read in order to be measured. */
  readonly isOn: boolean;
  record(measurement: Measurement): void;
}

/** One line per outcome, with the vocabulary's field names; never a secret or a full webhook URL. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}
