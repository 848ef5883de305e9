// What a regional webhook of Azure Container Registry posts, read into what the app needs of it.
// https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
// A body that ACR may rightly send is never malformed, whatever it adds or leaves out: there is one attempt and no retry,
// so a refusal loses the push. Of its fields only id, timestamp and action are always there.
import * as z from 'zod/mini';
import { type EventTime, parseEventTime } from '../../core/instant.ts';
import { type Digest, type Parsed, parseDigest, parseRepository, parseTag, shown } from '../../core/names.ts';
import type { Notification } from '../../core/notification.ts';
import { issueLines, parsedBy } from '../zod-issues.ts';

const envelopeSchema = z.object({ id: z.string(), timestamp: z.string(), action: z.string() });

/** A manifest pushed by its digest, as every part of a multi-platform image is, comes without a tag. */
const taggedSchema = z.object({ target: z.nullish(z.object({ tag: z.nullish(z.string()) })) });

const pushSchema = z.object({
  timestamp: parsedBy(parseTimestamp),
  target: z.object({
    repository: parsedBy(parseRepository),
    tag: parsedBy(parseTag),
    digest: parsedBy(parseDigest),
    mediaType: z.optional(z.unknown()),
  }),
});

/** Without a repository there is nothing that could be looked for. */
const placedSchema = z.object({ target: z.nullish(z.object({ repository: z.nullish(z.string()) })) });

/** It is undocumented what is sent when a whole repository is deleted: perhaps one notification without a digest. */
const removalSchema = z.object({
  timestamp: parsedBy(parseTimestamp),
  target: z.object({ repository: parsedBy(parseRepository), digest: z.nullish(parsedBy(parseDigestIfAny)) }),
});

/** Other things that ACR tells; none of them says where a digest is or is not. */
const IGNORED_ACTIONS: ReadonlySet<string> = new Set(['quarantine', 'chart_push', 'chart_delete']);

/** @param bytes the body as it was received; its length must be bounded by the caller. Never throws. */
export function parseNotification(bytes: Uint8Array): Notification {
  const json = parseJson(bytes);
  return json.type === 'invalid' ? { type: 'malformed', issues: [json.message] } : parseNotificationBody(json.value);
}

/**
 * As `parseNotification`, of a body that is read from JSON already. Never throws.
 * @param name what the issues call the body, where it is part of something
 */
export function parseNotificationBody(body: unknown, name = ''): Notification {
  const envelope = envelopeSchema.safeParse(body, { reportInput: true });
  if (!envelope.success) {
    return { type: 'malformed', issues: issueLines(envelope.error, name) };
  }
  const { action } = envelope.data;
  switch (action) {
    case 'push':
      return parsePush(body, name);
    case 'delete':
      return parseRemoval(body, name);
    case 'ping':
      return { type: 'ping' };
    default:
      return IGNORED_ACTIONS.has(action)
        ? { type: 'ignored', action, reason: action }
        : { type: 'ignored', action: action.slice(0, 80).toWellFormed(), reason: `unknown action ${shown(action)}` };
  }
}

function parsePush(body: unknown, name: string): Notification {
  const tagged = taggedSchema.safeParse(body, { reportInput: true });
  if (!tagged.success) {
    return { type: 'malformed', issues: issueLines(tagged.error, name) };
  }
  if (!tagged.data.target?.tag) {
    return { type: 'ignored', action: 'push', reason: 'push without a tag' };
  }
  const parsed = pushSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    return { type: 'malformed', issues: issueLines(parsed.error, name) };
  }
  const { timestamp, target } = parsed.data;
  const { repository, tag, digest } = target;
  const push = { eventAt: timestamp, repository, tag, digest };
  return { type: 'push', push: isMediaType(target.mediaType) ? { ...push, mediaType: target.mediaType } : push };
}

function parseRemoval(body: unknown, name: string): Notification {
  const placed = placedSchema.safeParse(body, { reportInput: true });
  if (!placed.success) {
    return { type: 'malformed', issues: issueLines(placed.error, name) };
  }
  if (!placed.data.target?.repository) {
    return { type: 'ignored', action: 'delete', reason: 'deletion without a repository' };
  }
  const parsed = removalSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    return { type: 'malformed', issues: issueLines(parsed.error, name) };
  }
  const { timestamp, target } = parsed.data;
  const removal = { eventAt: timestamp, repository: target.repository };
  return { type: 'deletion', removal: target.digest ? { ...removal, digest: target.digest } : removal };
}

function parseJson(bytes: Uint8Array): Parsed<unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { type: 'invalid', message: `expected JSON in UTF-8, got ${bytes.length} bytes that are not UTF-8` };
  }
  try {
    return { type: 'valid', value: JSON.parse(text) };
  } catch {
    return { type: 'invalid', message: `expected JSON, got ${text === '' ? 'nothing' : shown(text)}` };
  }
}

function parseTimestamp(text: string): Parsed<EventTime> {
  const time = parseEventTime(text);
  return time === undefined
    ? { type: 'invalid', message: `expected a time like "2026-11-17T16:52:01.343145347Z", got ${shown(text)}` }
    : { type: 'valid', value: time };
}

function parseDigestIfAny(text: string): Parsed<Digest | undefined> {
  return text === '' ? { type: 'valid', value: undefined } : parseDigest(text);
}

/**
 * `type/subtype` of https://www.rfc-editor.org/rfc/rfc6838#section-4.2, up to 100 characters. It only informs the reader
 * of an announcement: one that is none of this is left out, and the push counts all the same.
 */
function isMediaType(value: unknown): value is string {
  const name = /^[a-zA-Z0-9][\w!#$&^.+-]*\/[a-zA-Z0-9][\w!#$&^.+-]*$/;
  return typeof value === 'string' && value.length <= 100 && name.test(value);
}
