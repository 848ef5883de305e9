// What the use cases need from the outside. Each port is owned here; adapters and fakes implement it and pass the same
// contract suite. Every call may be repeated: what a repetition does is said where it is not plain.
//
// Faults: a call that could not be carried out, or of which nobody knows whether it was, rejects with `Unavailable`.
// It may have taken effect all the same, even later. Every call ends by its signal at the latest.
import type { Announcement } from '../core/announcements.ts';
import type { OptedIn } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Region, Registry, TagName } from '../core/names.ts';
import type { AlarmName, TagState } from '../core/tag-state.ts';

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

/** A registry's regions as last seen. */
export interface RegistrySight {
  readonly optedIn: OptedIn;
  /** Counts the changes of `optedIn`, from 1. */
  readonly revision: number;
  /** The revision that all in-flight tags were advanced with; smaller while that is still to do. */
  readonly sweptRevision: number;
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
  /** Rejects with `Unavailable` when the bus cannot be reached. */
  check(signal: AbortSignal): Promise<void>;
}

/** One line per outcome, with the vocabulary's field names; never a secret or a full webhook URL. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}
