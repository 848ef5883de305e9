// What came from the subscription -> a completed push. As a consumer reads our own messages: what it needs has to be there,
// what it does not know may be.
import * as z from 'zod/mini';
import type { CompletedPush } from '../../core/forward.ts';
import { issueLines } from '../zod-issues.ts';

export type ParsedEvent =
  | { readonly type: 'completed'; readonly push: CompletedPush }
  /** Another message of the topic: the subscription's filter lets through more than it should. */
  | { readonly type: 'ignored'; readonly id: string; readonly eventType: string }
  | { readonly type: 'malformed'; readonly issues: readonly string[] };

const envelope = z.object({ id: z.string(), type: z.string() });

const completed = z.object({
  id: z.string(),
  time: z.string(),
  data: z.object({
    repository: z.string(),
    tag: z.string(),
    digest: z.string(),
    /** `contoso.azurecr.io/public/products/web@sha256:…` */
    image: z.string(),
    mediaType: z.optional(z.string()),
  }),
});

export function parseCompletedEvent(message: unknown): ParsedEvent {
  const event = envelope.safeParse(message, { reportInput: true });
  if (!event.success) {
    return { type: 'malformed', issues: issueLines(event.error) };
  }
  const { id, type } = event.data;
  if (type !== 'replication.completed') {
    return { type: 'ignored', id, eventType: type };
  }
  const parsed = completed.safeParse(message, { reportInput: true });
  if (!parsed.success) {
    return { type: 'malformed', issues: issueLines(parsed.error) };
  }
  const { repository, tag, digest, image, mediaType } = parsed.data.data;
  const end = `/${repository}@${digest}`;
  if (!image.endsWith(end) || image.length === end.length) {
    return { type: 'malformed', issues: [`data.image: expected it to be a login server and ${end}, got another one`] };
  }
  const loginServer = image.slice(0, -end.length);
  return {
    type: 'completed',
    push: {
      ...{ id, completedAt: parsed.data.time, loginServer, repository, tag, digest },
      ...(mediaType === undefined ? {} : { mediaType }),
    },
  };
}
