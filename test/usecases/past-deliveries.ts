// What a registry's management API tells of its webhooks, for tests: one webhook for each of four regions, posting to
// this app, and entries of their delivery histories.
import type { EventTime } from '../../src/core/instant.ts';
import type { Digest, Region, Repository, Tag, TagName } from '../../src/core/names.ts';
import type { Replica } from '../../src/core/replicas.ts';
import type { PastDelivery, Webhook, WebhookSight } from '../../src/usecases/ports.ts';
import { arrival, digestA, eventAt, fourRegions, webTag } from '../builders.ts';
import { contoso, type instance, Outside } from './app.ts';

type App = ReturnType<typeof instance>;

export const HOST = 'landfall.example';

export const uriOf = (region: Region, host = HOST) => `https://${host}/api/webhooks/contoso/${region}`;

export function webhookOf(region: Region, overrides: Partial<Webhook> = {}): Webhook {
  return { name: `hook${region}`, region, isEnabled: true, scope: '', actions: ['push', 'delete'], ...overrides };
}

export function sightOf(region: Region, overrides: Partial<WebhookSight> = {}): WebhookSight {
  return { ...webhookOf(region), ownership: 'ours', ...overrides };
}

export function replicaOf(region: Region): Replica {
  return {
    ...{ name: region, region, isHome: false, isRouted: true },
    ...{ provisioningState: 'Succeeded', displayStatus: 'Ready' },
  };
}

interface Delivered {
  readonly id?: string;
  /** Event time, in seconds after the start. */
  readonly seconds?: number;
  readonly eventAt?: EventTime;
  readonly repository?: Repository;
  readonly tag?: Tag;
  /** `none` for a deletion of the whole repository. */
  readonly digest?: Digest | 'none';
  readonly requestUri?: string | undefined;
  /** 503 unless given. */
  readonly statusCode?: number | undefined;
}

/** One that was lost, unless told otherwise. */
export function pushed(given: Delivered = {}): PastDelivery {
  const { tag = webTag.tag, repository = webTag.repository } = given;
  const digest = given.digest === undefined || given.digest === 'none' ? digestA : given.digest;
  const delivery = delivered('push', given);
  const time = { eventAt: delivery.eventAt ?? eventAt(0) };
  return { ...delivery, notification: { type: 'push', push: { ...time, repository, tag, digest } } };
}

/** As `pushed`. */
export function deleted(given: Delivered = {}): PastDelivery {
  const { repository = webTag.repository, digest = digestA } = given;
  const delivery = delivered('deletion', given);
  const removal = { eventAt: delivery.eventAt ?? eventAt(0), repository, ...(digest === 'none' ? {} : { digest }) };
  return { ...delivery, notification: { type: 'deletion', removal } };
}

export function unreadable(given: Delivered = {}): PastDelivery {
  return { ...delivered('unreadable', given), notification: { type: 'malformed', issues: ['expected JSON'] } };
}

function delivered(kind: string, given: Delivered): Omit<PastDelivery, 'notification'> {
  const { seconds = 0, id = `${kind}-${seconds}-${given.tag ?? ''}`, eventAt: time = eventAt(seconds) } = given;
  return { id, eventAt: time, requestUri: given.requestUri, statusCode: given.statusCode ?? 503 };
}

/** An outside with a registry that can be asked, whose webhooks all post to this app. */
export function managedOutside(regions: readonly Region[] = fourRegions): Outside {
  const outside = new Outside();
  outside.isManaged = true;
  outside.api.setReplicas(contoso, regions.map(replicaOf));
  outside.api.setWebhooks(
    contoso,
    regions.map((region) => webhookOf(region)),
  );
  for (const region of regions) {
    outside.api.setTarget(contoso, `hook${region}`, uriOf(region));
  }
  return outside;
}

export const setHistory = (outside: Outside, region: Region, history: readonly PastDelivery[]) =>
  outside.api.setHistory(contoso, `hook${region}`, history);

/** A webhook of each of these regions arrives, and all that follows is announced. */
export async function hear(
  app: App,
  regions: readonly Region[],
  overrides: Parameters<typeof arrival>[0] = {},
  tag: TagName = webTag,
): Promise<void> {
  for (const region of regions) {
    await (await app.recordArrival.record(tag, arrival({ ...overrides, region }))).announced;
  }
}

const forever = Number.POSITIVE_INFINITY;

export const reconcile = (app: App) => app.reconcile.run(forever);

export const signal = new AbortController().signal;

/** What is stored of the registry's webhooks. */
export const storedWebhooks = async (outside: Outside) => (await outside.webhooks.load(contoso, signal))?.value;

export const storedTag = async (outside: Outside, tag: TagName = webTag) =>
  (await outside.tags.load(tag, signal))?.value;

/** What subscribers got of the tag, `type` or `type region`. */
export const said = (outside: Outside, tag: TagName = webTag) =>
  outside.bus.messages(tag).map(({ type, region }) => [type.replace('replication.', ''), region].join(' ').trim());
