// What is known of a registry's webhooks from one reading to the next. Pure.
import { type EventTime, type Instant, toEventTime, toInstant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import { targetOf, type WatchedWebhook } from '../core/webhooks.ts';
import type { PastDelivery, Webhook, WebhookSight } from './ports.ts';

/**
 * Down to what is older than the horizon. Above the entry that was the newest one last time, an old event time is no
 * reason to stop: nobody says whether it is the arrival's time or the push's.
 */
export async function newestOf(
  history: AsyncIterable<PastDelivery>,
  horizon: Instant,
  lastEventId: string | undefined,
): Promise<readonly PastDelivery[]> {
  const deliveries: PastDelivery[] = [];
  let isReadBefore = lastEventId === undefined;
  for await (const delivery of history) {
    isReadBefore ||= delivery.id === lastEventId;
    if (isReadBefore && delivery.eventAt !== undefined && toInstant(delivery.eventAt) < horizon) {
      break;
    }
    deliveries.push(delivery);
  }
  return deliveries;
}

/** Ours, and those that may be; where a region has none that hears all, somebody else's tells of the same arrivals. */
export function worthReading(webhooks: readonly WebhookSight[]): readonly WebhookSight[] {
  const hearing = webhooks.filter(({ ownership, ...webhook }) => ownership !== 'other' && hearsAll(webhook));
  const covered = new Set(hearing.map(({ region }) => region));
  return webhooks.filter(({ ownership, region }) => ownership !== 'other' || !covered.has(region));
}

const hearsAll = ({ isEnabled, scope, actions }: Omit<WebhookSight, 'ownership'>) =>
  isEnabled && scope === '' && actions.includes('push');

/** As they are now, with what is known of them from before. */
export function remembered(
  webhooks: readonly Webhook[],
  known: readonly WebhookSight[] | undefined,
): readonly WebhookSight[] {
  const before = new Map(known?.map((webhook) => [webhook.name, webhook]));
  return webhooks.map((webhook) => ({ ownership: 'unknown', ...before.get(webhook.name), ...webhook }));
}

/**
 * Where one of them posts to this very host, those that post to others like it are others'.
 * @param uriOf where a webhook posts to; what was known of one of which it is not known now stays in force
 */
export function withOwners(
  webhooks: readonly WebhookSight[],
  uriOf: (name: string) => string | undefined,
  registry: Registry,
  ownHost: string | undefined,
): readonly WebhookSight[] {
  const targets = webhooks.map(({ name }) => {
    const uri = uriOf(name);
    return uri === undefined ? undefined : targetOf(uri, registry);
  });
  const isHostKnown = targets.some((target) => target?.type === 'landfall' && target.host === ownHost);
  return webhooks.map((webhook, index): WebhookSight => {
    const target = targets[index];
    if (target === undefined) {
      return webhook;
    }
    const { postsAs: _, ...rest } = webhook;
    const isOurs = target.type === 'landfall' && (!isHostKnown || target.host === ownHost);
    return { ...rest, ...(isOurs ? owned(webhook, target.region) : { ownership: 'other' }) };
  });
}

function owned({ region }: Webhook, postsAs: Region): Pick<WatchedWebhook, 'ownership' | 'postsAs'> {
  return { ownership: 'ours', ...(postsAs === region ? {} : { postsAs }) };
}

export function afterReading(
  webhook: WebhookSight,
  deliveries: readonly PastDelivery[],
  readAt: Instant,
): WebhookSight {
  const [newest] = deliveries;
  return {
    ...webhook,
    ...(newest?.statusCode === undefined ? {} : { lastStatusCode: newest.statusCode }),
    ...(newest?.eventAt === undefined ? {} : { lastEventAt: newest.eventAt }),
    ...(newest === undefined ? {} : { lastEventId: newest.id }),
    cursor: cursorAfter(webhook.cursor, readAt),
  };
}

/** Where somebody else has meanwhile read further, theirs. */
export function furthest(webhooks: readonly WebhookSight[], stored: readonly WebhookSight[]): readonly WebhookSight[] {
  return webhooks.map((webhook) => {
    const other = stored.find(({ name }) => name === webhook.name);
    return other?.cursor !== undefined && other.cursor > (webhook.cursor ?? '') ? other : webhook;
  });
}

/** Everything up to the moment of reading was brought in; never back. */
function cursorAfter(cursor: EventTime | undefined, readAt: Instant): EventTime {
  const reached = toEventTime(Math.floor(readAt));
  return cursor !== undefined && cursor > reached ? cursor : reached;
}
