// How a tag's state is stored: a compact JSON document and the outbox, beside plain columns for a person who opens the
// table. The document names regions, media types and digests once and points to them by index. It is never longer than
// `documentSize` of the core says, and that is what the core keeps below the limit of a property.
import * as z from 'zod/mini';
import type { Announcement } from '../../core/announcements.ts';
import type { Arrival, Fact, Source } from '../../core/facts.ts';
import { type EventTime, fromNanoseconds, toEventTime, toNanoseconds } from '../../core/instant.ts';
import { type Digest, type Region, type TagName, tagKey } from '../../core/names.ts';
import { type ReplicationKey, replicationKey } from '../../core/replications.ts';
import { summary } from '../../core/status.ts';
import type { Said, TagState } from '../../core/tag-state.ts';
import { SchemaTooNew } from '../../usecases/ports.ts';
import { joinText, splitText, toAsciiJson } from './long-text.ts';
import { CorruptEntity } from './storage-errors.ts';
import { toDigestsColumn } from './tag-digests.ts';

/** Goes up when an older release could not read what is written any more. */
const SCHEMA = 1;
const MAX_DOCUMENT_CHARACTERS = 32_768;
const MAX_OUTBOX_PROPERTIES = 8;

const Index = z.int().check(z.minimum(-1));
const Document = z.object({
  idPrefix: z.string(),
  sequence: z.int(),
  /** Nanoseconds since 1970 in base 36, as all event times here. */
  horizon: z.optional(z.string()),
  alarm: z.optional(z.tuple([z.string(), z.number()])),
  regions: z.array(z.string()),
  mediaTypes: z.array(z.string()),
  /** Digest, media type or -1, how many of its replications were forgotten. */
  digests: z.array(z.tuple([z.string(), Index, z.int()])),
  /** Digest, region, event time, receive time, code. */
  facts: z.array(z.tuple([Index, Index, z.string(), z.nullable(z.number()), z.int()])),
  /** Digest, ordinal, birth, completed, flags, lagging, recovered. */
  said: z.array(z.tuple([Index, z.int(), z.string(), z.nullable(z.number()), z.int(), z.array(Index), z.array(Index)])),
});
type Document = z.infer<typeof Document>;

const SOURCES: readonly Source[] = ['announced', 'reconciled', 'verified'];
const DELETION = 3;
/** Added to the code of an arrival that did not say its media type, although another arrival of the digest did. */
const WITHOUT_MEDIA_TYPE = 4;

const SUPERSEDED = 1;
const ABANDONED_DELETED = 2;
const ABANDONED_EXPIRED = 4;

export type TagProperties = Record<string, string | number>;

export function toTagProperties(state: TagState): TagProperties {
  const document = JSON.stringify(toDocument(state));
  const outbox = state.outbox.length === 0 ? {} : splitText('outbox', toAsciiJson(state.outbox));
  const outboxProperties = Object.keys(outbox).length;
  if (document.length > MAX_DOCUMENT_CHARACTERS || outboxProperties > MAX_OUTBOX_PROPERTIES) {
    const limits = `${MAX_DOCUMENT_CHARACTERS} characters and ${MAX_OUTBOX_PROPERTIES} outbox properties`;
    throw new RangeError(`expected a document of at most ${limits}, got ${document.length} and ${outboxProperties}`);
  }
  return { v: SCHEMA, document, ...outbox, digests: toDigestsColumn(state.facts), ...columns(state) };
}

function columns(state: TagState): TagProperties {
  const current = summary(state);
  if (current === undefined) {
    return {};
  }
  const { status, digest, regions, pushedAt, completedAt } = current;
  const plain = { status, digest, regions: regions.join(','), pushedAt };
  return completedAt === undefined ? plain : { ...plain, completedAt: toEventTime(completedAt) };
}

/** Gives every text that is asked for an index, from 0 up. */
class IndexedTexts<T extends string> {
  readonly texts: T[] = [];
  readonly #indexes = new Map<T, number>();

  indexOf(text: T): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) {
      return known;
    }
    this.#indexes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

function toDocument({ idPrefix, sequence, horizon, alarm, facts, said, forgotten }: TagState): Document {
  const regions = new IndexedTexts<Region>();
  const digests = new IndexedTexts<Digest>();
  const mediaTypes = new IndexedTexts<string>();
  const mediaTypeOf = mediaTypesByDigest(facts);
  const encodedFacts = facts.map((fact): Document['facts'][number] => [
    digests.indexOf(fact.digest),
    regions.indexOf(fact.region),
    shortTime(fact),
    fact.receivedAt ?? null,
    codeOf(fact, mediaTypeOf),
  ]);
  const encodedSaid = Object.entries(said).map(
    ([key, { bornAt, completed, lagging = [], recovered = [], ...ends }]) => {
      const [digest, ordinal] = splitKey(key as ReplicationKey);
      const indexes = (names: readonly Region[]) => names.map((name) => regions.indexOf(name));
      const name = [digests.indexOf(digest), ordinal, toNanoseconds(bornAt).toString(36)] as const;
      const entry = [...name, completed ?? null, flagsOf(ends), indexes(lagging), indexes(recovered)] as const;
      return [...entry] satisfies Document['said'][number];
    },
  );
  for (const digest of Object.keys(forgotten)) {
    digests.indexOf(digest as Digest);
  }
  return {
    idPrefix,
    sequence,
    ...(horizon === undefined ? {} : { horizon: toNanoseconds(horizon).toString(36) }),
    ...(alarm === undefined ? {} : { alarm: [alarm.id, alarm.dueAt] }),
    regions: regions.texts,
    digests: digests.texts.map((digest) => {
      const mediaType = mediaTypeOf.get(digest);
      return [digest, mediaType === undefined ? -1 : mediaTypes.indexOf(mediaType), forgotten[digest] ?? 0];
    }),
    mediaTypes: mediaTypes.texts,
    facts: encodedFacts,
    said: encodedSaid,
  };
}

/** A digest has one media type, as it names one content: the first one that was reported. */
function mediaTypesByDigest(facts: readonly Fact[]): ReadonlyMap<Digest, string> {
  const found = new Map<Digest, string>();
  for (const fact of facts) {
    if (fact.type === 'arrival' && fact.mediaType !== undefined && !found.has(fact.digest)) {
      found.set(fact.digest, fact.mediaType);
    }
  }
  return found;
}

function codeOf(fact: Fact, mediaTypeOf: ReadonlyMap<Digest, string>): number {
  if (fact.type === 'deletion') {
    return DELETION;
  }
  const isMediaTypeLeftOut = fact.mediaType === undefined && mediaTypeOf.has(fact.digest);
  return SOURCES.indexOf(fact.source) + (isMediaTypeLeftOut ? WITHOUT_MEDIA_TYPE : 0);
}

/** Facts live on from state to state, so each is converted once. */
const shortTimes = new WeakMap<Fact, string>();

function shortTime(fact: Fact): string {
  let short = shortTimes.get(fact);
  if (short === undefined) {
    short = toNanoseconds(fact.eventAt).toString(36);
    shortTimes.set(fact, short);
  }
  return short;
}

function splitKey(key: ReplicationKey): readonly [Digest, number] {
  const hash = key.lastIndexOf('#');
  return [key.slice(0, hash) as Digest, Number(key.slice(hash + 1))];
}

function flagsOf({ superseded, abandoned }: Pick<Said, 'superseded' | 'abandoned'>): number {
  const abandonedFlag = abandoned === 'deleted' ? ABANDONED_DELETED : ABANDONED_EXPIRED;
  return (superseded ? SUPERSEDED : 0) + (abandoned === undefined ? 0 : abandonedFlag);
}

/** Throws `SchemaTooNew` for what a newer release wrote and `CorruptEntity` for what none can have written. */
export function fromTagProperties(tag: TagName, properties: Readonly<Record<string, unknown>>): TagState {
  const { v, document } = properties;
  if (typeof v === 'number' && v > SCHEMA) {
    throw new SchemaTooNew(`expected the document of ${tagKey(tag)} in schema ${SCHEMA} or older, got ${v}`);
  }
  try {
    if (v !== SCHEMA || typeof document !== 'string') {
      throw new TypeError(`expected v ${SCHEMA} and a document, got v ${v} and ${typeof document}`);
    }
    const outbox = joinText('outbox', properties);
    return fromDocument(
      Document.parse(JSON.parse(document)),
      outbox === '' ? [] : (JSON.parse(outbox) as readonly Announcement[]),
    );
  } catch (error) {
    const message = `expected the stored document of ${tagKey(tag)} to be readable, got ${error}`;
    throw new CorruptEntity(message, { cause: error });
  }
}

function fromDocument(document: Document, outbox: readonly Announcement[]): TagState {
  const { idPrefix, sequence, horizon, alarm, digests } = document;
  const regionAt = (index: number) => at(document.regions, index) as Region;
  const digestAt = (index: number) => at(digests, index)[0] as Digest;
  const said: Record<ReplicationKey, Said> = {};
  for (const [digest, ordinal, bornAt, completed, flags, lagging, recovered] of document.said) {
    said[replicationKey({ digest: digestAt(digest), ordinal })] = {
      bornAt: longTime(bornAt),
      ...(completed === null ? {} : { completed }),
      ...(flags & SUPERSEDED ? { superseded: true } : {}),
      ...(flags & ABANDONED_DELETED ? { abandoned: 'deleted' } : {}),
      ...(flags & ABANDONED_EXPIRED ? { abandoned: 'expired' } : {}),
      ...(lagging.length === 0 ? {} : { lagging: lagging.map(regionAt) }),
      ...(recovered.length === 0 ? {} : { recovered: recovered.map(regionAt) }),
    };
  }
  return {
    idPrefix,
    sequence,
    ...(horizon === undefined ? {} : { horizon: longTime(horizon) }),
    ...(alarm === undefined ? {} : { alarm: { id: alarm[0], dueAt: alarm[1] } }),
    facts: document.facts.map((fact) => fromFact(fact, document)),
    forgotten: Object.fromEntries(digests.filter(([, , count]) => count > 0).map(([name, , count]) => [name, count])),
    said,
    outbox,
  };
}

function fromFact(
  [digestIndex, regionIndex, time, receivedAt, code]: Document['facts'][number],
  document: Document,
): Fact {
  const [digest, mediaTypeIndex] = at(document.digests, digestIndex);
  const common = {
    eventAt: longTime(time),
    region: at(document.regions, regionIndex) as Region,
    digest: digest as Digest,
    ...(receivedAt === null ? {} : { receivedAt }),
  };
  const fact: Fact =
    code === DELETION
      ? { type: 'deletion', ...common }
      : { type: 'arrival', ...common, ...sourceOf(code, mediaTypeIndex, document.mediaTypes) };
  shortTimes.set(fact, time);
  return fact;
}

function sourceOf(code: number, index: number, mediaTypes: readonly string[]): Pick<Arrival, 'source' | 'mediaType'> {
  const isMediaTypeLeftOut = index === -1 || code >= WITHOUT_MEDIA_TYPE;
  const source = at(SOURCES, code % WITHOUT_MEDIA_TYPE);
  return isMediaTypeLeftOut ? { source } : { source, mediaType: at(mediaTypes, index) };
}

function at<T>(table: readonly T[], index: number): T {
  const entry = table[index];
  if (entry === undefined) {
    throw new RangeError(`expected an index below ${table.length}, got ${index}`);
  }
  return entry;
}

const LOW_DIGITS = 7;
const HIGH_UNIT = 36n ** BigInt(LOW_DIGITS);

/** There is no parser of `bigint` for base 36: high and low digits are read as numbers, which is exact. */
function longTime(short: string): EventTime {
  const isNegative = short.startsWith('-');
  const digits = isNegative ? short.slice(1) : short;
  const high = digits.slice(0, -LOW_DIGITS);
  const low = digits.slice(-LOW_DIGITS);
  if (!/^[0-9a-z]{1,14}$/.test(digits)) {
    throw new RangeError(`expected an event time in base 36, got ${JSON.stringify(short)}`);
  }
  const value = BigInt(Number.parseInt(high || '0', 36)) * HIGH_UNIT + BigInt(Number.parseInt(low, 36));
  return fromNanoseconds(isNegative ? -value : value);
}
