// What happens on the local stack, as data: printed as JSON lines for programs, rendered as a log for people.
import type { AnnouncementType } from '../../core/announcements.ts';
import type { Digest, Region, Repository, Tag } from '../../core/names.ts';
import type { ReplicaAnnouncementType } from '../../core/replica-announcements.ts';
import type { ManagementMode } from '../registry/management-faults.ts';
import type { NamedRegion } from '../registry/model.ts';

/** What a program needs to use the stack; always the first event. */
export interface Ready {
  readonly url: string;
  /** Opens the app's routes, in the header `x-functions-key`. */
  readonly key: string;
  /** Opens `/admin/functions/NAME` too. */
  readonly masterKey: string;
  readonly registry: string;
  /** Of the registry in Azure's management API. */
  readonly resourceId: string;
  readonly regions: readonly Region[];
  /** When the stack was started; they come and go. */
  readonly replicas: readonly NamedRegion[];
  /** The registry's management API; it takes the tokens that the stack's identity endpoint gives. */
  readonly managementEndpoint: string;
  /** PEM file of what a client has to trust, for NODE_EXTRA_CA_CERTS. */
  readonly managementCa: string;
  /** Connection string that @azure/service-bus takes as it is. */
  readonly serviceBus: string;
  readonly topic: string;
  /** Receives every message of the topic; nothing of the stack reads it. */
  readonly subscription: string;
  /** Connection string that @azure/data-tables takes as it is. */
  readonly tables: string;
}

interface At {
  /** UTC, with milliseconds. */
  readonly at: string;
}

export type ReadyEvent = { readonly event: 'ready' } & Ready;

/** A process that serves the app: it runs, or it ended though nobody asked it to. */
export interface AppEvent extends At {
  readonly event: 'app';
  readonly state: 'running' | 'ended';
  /** From 1; the first one runs the timers. */
  readonly instance: number;
  readonly pid: number;
  /** False for the first process of an instance. */
  readonly isRestart: boolean;
  /** Exit code or signal of one that ended. */
  readonly reason?: string;
}

interface OfImage extends At {
  /** `public/products/web:1.2` */
  readonly image: string;
  readonly digest: Digest;
  readonly region: Region;
}

export interface PushedEvent extends OfImage {
  readonly event: 'pushed';
}

/** The app acknowledged a region's webhook. */
export interface ArrivedEvent extends OfImage {
  readonly event: 'arrived';
  /** Since the first webhook of this push that the app acknowledged. */
  readonly lagMs: number;
  /** The app's word for it: `recorded`, `duplicate`, … */
  readonly outcome: string;
  /** Regions of this push so far, and in all. */
  readonly arrivedCount: number;
  readonly regionCount: number;
  /** False once a newer push has taken the tag. */
  readonly isCurrent: boolean;
}

/**
 * A region's webhook never reached the app, or the app refused it. There is no retry. Of a deletion, `image` is
 * `REPOSITORY@DIGEST`.
 */
export interface LostEvent extends OfImage {
  readonly event: 'lost';
  readonly reason: string;
}

/** A manifest was deleted from the registry, with all the tags that pointed to it. */
export interface DeletedEvent extends At {
  readonly event: 'deleted';
  readonly repository: Repository;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
}

/** The app acknowledged a region's webhook that told of a deletion; `image` is `REPOSITORY@DIGEST`. */
export interface DeletionArrivedEvent extends OfImage {
  readonly event: 'deletion-arrived';
  /** The app's word for it. */
  readonly outcome: string;
}

/** A replica came, became ready or failed, or went. */
export interface ReplicaEvent extends At {
  readonly event: 'replica';
  readonly change: 'added' | 'changed' | 'removed';
  readonly region: Region;
  readonly displayName: string;
  readonly isHome: boolean;
  readonly provisioningState: string;
  readonly displayStatus: string;
  readonly message?: string;
}

/** The registry's management API was switched. */
export interface ManagementEvent extends At {
  readonly event: 'management';
  readonly mode: ManagementMode;
}

/** A message came out of the topic. */
export interface AnnouncedEvent extends At {
  readonly event: 'announced';
  readonly type: AnnouncementType;
  readonly id: string;
  readonly sequence: number;
  readonly image: string;
  readonly digest: Digest;
  /** The region that lags or recovered. */
  readonly region?: Region;
  /** How long the replication has taken so far. */
  readonly durationMs?: number;
  readonly missing?: readonly Region[];
  /** Why it was abandoned. */
  readonly reason?: string;
  readonly supersededBy?: Digest;
}

/** A message about a replica came out of the topic. */
export interface ReplicaAnnouncedEvent extends At {
  readonly event: 'replica-announced';
  readonly type: ReplicaAnnouncementType;
  readonly id: string;
  readonly sequence: number;
  readonly region: Region;
  /** In the registry's words. */
  readonly condition: string;
  /** Since it was first seen not to be ready. */
  readonly durationMs: number;
}

/** A warning or an error of the app. All that it logs is in the log file. */
export interface LogEvent extends At {
  readonly event: 'log';
  readonly level: string;
  readonly message: string;
}

export interface StoppingEvent extends At {
  readonly event: 'stopping';
  readonly reason: string;
}

/** Everything has ended; the last event. */
export interface StoppedEvent extends At {
  readonly event: 'stopped';
}

export type StackEvent =
  | ReadyEvent
  | AppEvent
  | PushedEvent
  | ArrivedEvent
  | LostEvent
  | DeletedEvent
  | DeletionArrivedEvent
  | ReplicaEvent
  | ManagementEvent
  | AnnouncedEvent
  | ReplicaAnnouncedEvent
  | LogEvent
  | StoppingEvent
  | StoppedEvent;

export type OnEvent = (event: StackEvent) => void;

export const nowText = (): string => new Date().toISOString();
