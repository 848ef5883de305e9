// An entry of a webhook's delivery history, as the management API's listEvents gives it.
// https://learn.microsoft.com/rest/api/container-registry/webhooks/list-events
// It is read from the raw answer: the SDK would cut its times to milliseconds.
import * as z from 'zod/mini';
import { parseEventTime } from '../../core/instant.ts';
import type { Notification } from '../../core/notification.ts';
import type { PastDelivery } from '../../usecases/ports.ts';
import { parseNotification } from './notification.ts';

const text = z.catch(z.optional(z.string()), undefined);

/** Whatever is not as expected is left out: a history is read for what is readable in it. */
const entrySchema = z.object({
  id: text,
  eventRequestMessage: z.catch(z.optional(z.object({ content: z.unknown(), requestUri: text })), undefined),
  eventResponseMessage: z.catch(
    z.optional(z.object({ statusCode: z.catch(z.union([z.string(), z.number()]), '') })),
    undefined,
  ),
});

const contentSchema = z.object({ id: text, timestamp: text });

/** What the webhook's own limit is. */
const CONTENT_LIMIT_BYTES = 64 * 1024;

/** Never throws: an entry that cannot be read is a malformed notification. */
export function parsePastDelivery(raw: unknown): PastDelivery {
  const entry = entrySchema.safeParse(raw).data;
  const bytes = contentBytes(entry?.eventRequestMessage?.content);
  const content = contentSchema.safeParse(bytes.value).data;
  return {
    id: entry?.id ?? content?.id ?? '',
    notification: bytes.issue === undefined ? parseNotification(bytes.bytes) : malformed(bytes.issue),
    eventAt: content?.timestamp === undefined ? undefined : parseEventTime(content.timestamp),
    requestUri: entry?.eventRequestMessage?.requestUri,
    statusCode: parseStatusCode(entry?.eventResponseMessage?.statusCode),
  };
}

const malformed = (issue: string): Notification => ({ type: 'malformed', issues: [issue] });

/** The content as it was posted; some registries keep it as an object, some as the text that it was. */
function contentBytes(content: unknown) {
  try {
    const json = typeof content === 'string' ? content : JSON.stringify(content ?? null);
    const bytes = Buffer.from(json);
    if (bytes.length > CONTENT_LIMIT_BYTES) {
      const issue = `expected at most ${CONTENT_LIMIT_BYTES} bytes, got ${bytes.length}`;
      return { bytes, value: undefined, issue };
    }
    return { bytes, value: typeof content === 'string' ? parsed(json) : content, issue: undefined };
  } catch {
    // Deeper than the platform can follow.
    return { bytes: new Uint8Array(), value: undefined, issue: 'expected JSON, got something too deep' };
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Text in every recording, `"200"`. */
function parseStatusCode(code: string | number | undefined): number | undefined {
  return /^[1-9]\d\d$/.test(String(code)) ? Number(code) : undefined;
}
