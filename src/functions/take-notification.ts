// What becomes of a notification once it is known whose it is, whichever way it came: recorded, and only then accepted.
// Whatever hangs, it is over within 3.5 s.
import type { InvocationContext } from '@azure/functions';
import type { Instant } from '../core/instant.ts';
import { parseRegion, parseRegistry, type Region, type Registry } from '../core/names.ts';
import { type Notification, type Push, type Removal, toArrival } from '../core/notification.ts';
import type { NoteWebhook } from '../usecases/note-webhook.ts';
import { type Metrics, SchemaTooNew, type Timing, Unavailable } from '../usecases/ports.ts';
import type { RecordArrival } from '../usecases/record-arrival.ts';
import type { RecordDeletion } from '../usecases/record-deletion.ts';
import { within } from '../usecases/within.ts';

/** What hangs longer than this after receipt counts as not stored. */
const STORE_WITHIN_MS = 3_500;
/** Announcing is worth waiting for, as an idle instance may be frozen after its answer; what is late is the sweep's. */
const ANNOUNCE_WITHIN_MS = 3_000;

export interface NotificationDependencies {
  readonly recordArrival: RecordArrival;
  readonly recordDeletion: RecordDeletion;
  readonly noteWebhook: NoteWebhook;
  readonly timing: Timing;
  readonly metrics: Metrics;
  readonly registryNames: readonly Registry[];
}

/** Who told it, and when we heard. */
export interface Receipt {
  readonly registry: Registry;
  readonly region: Region;
  readonly receivedAt: Instant;
}

export type Taken =
  | { readonly type: 'malformed'; readonly issues: readonly string[] }
  | { readonly type: 'ping' }
  | { readonly type: 'ignored'; readonly reason: string }
  | { readonly type: 'stored'; readonly outcome: string; readonly fields: object }
  /** Nothing is known to be stored: it has to be sent again. */
  | { readonly type: 'unavailable'; readonly reason: string; readonly fields: object };

/** Rejects only with faults that nobody expects. */
export async function takeNotification(
  dependencies: NotificationDependencies,
  receipt: Receipt,
  notification: Notification,
): Promise<Taken> {
  switch (notification.type) {
    case 'malformed':
      return { type: 'malformed', issues: notification.issues };
    case 'ping':
      noteSign(dependencies, receipt);
      return { type: 'ping' };
    case 'ignored':
      noteSign(dependencies, receipt);
      return { type: 'ignored', reason: notification.reason };
    case 'push': {
      const { repository, tag, digest, eventAt } = notification.push;
      return await stored({ repository, tag, digest, eventAt }, () =>
        recordPush(dependencies, receipt, notification.push),
      );
    }
    case 'deletion': {
      const { repository, digest, eventAt } = notification.removal;
      return await stored({ repository, digest, eventAt }, () =>
        recordRemoval(dependencies, receipt, notification.removal),
      );
    }
  }
}

/** @param fields what the log says of it */
async function stored(fields: object, record: () => Promise<string>): Promise<Taken> {
  try {
    return { type: 'stored', outcome: await record(), fields };
  } catch (error) {
    if (error instanceof Unavailable || error instanceof SchemaTooNew) {
      return { type: 'unavailable', reason: error.message, fields };
    }
    throw error;
  }
}

async function recordPush(dependencies: NotificationDependencies, receipt: Receipt, push: Push): Promise<string> {
  const { recordArrival, timing } = dependencies;
  const { registry, region, receivedAt } = receipt;
  const { repository, tag } = push;
  const arrival = toArrival(push, region, 'announced', receivedAt);
  const recording = recordArrival.record({ registry, repository, tag }, arrival);
  const { outcome, announced } = await inTime(recording, receivedAt, timing);
  noteSign(dependencies, receipt);
  await within(announced, ANNOUNCE_WITHIN_MS - (timing.now() - receivedAt), timing);
  return outcome;
}

async function recordRemoval(
  dependencies: NotificationDependencies,
  receipt: Receipt,
  removal: Removal,
): Promise<string> {
  const recording = dependencies.recordDeletion.record({ ...removal, ...receipt });
  const { timing } = dependencies;
  const { told } = await inTime(recording, receipt.receivedAt, timing);
  noteSign(dependencies, receipt);
  await within(told, ANNOUNCE_WITHIN_MS - (timing.now() - receipt.receivedAt), timing);
  return 'recorded';
}

async function inTime<T>(storing: Promise<T>, receivedAt: Instant, timing: Timing): Promise<T> {
  const storedInTime = await within(storing, STORE_WITHIN_MS - (timing.now() - receivedAt), timing);
  if (storedInTime.type === 'late') {
    throw new Unavailable(`expected the store to confirm within ${STORE_WITHIN_MS} ms`);
  }
  return storedInTime.value;
}

/** The region is alive, by whichever way it told us. */
function noteSign({ noteWebhook }: NotificationDependencies, { registry, region, receivedAt }: Receipt): void {
  noteWebhook.note(registry, region, receivedAt);
}

/** Who told it, in the words of whoever called: not checked, and for the log only as they are. */
export interface Told {
  readonly registry: string | undefined;
  readonly region: string | undefined;
}

/** One line per notification, and one more of its kind. */
export function noteOutcome(
  { metrics, registryNames }: Pick<NotificationDependencies, 'metrics' | 'registryNames'>,
  context: InvocationContext,
  event: string,
  outcome: string,
  fields: Told & Readonly<Record<string, unknown>>,
): void {
  metrics.record({
    name: 'landfall.notifications',
    value: 1,
    attributes: { outcome, ...known(fields, registryNames) },
  });
  const line = JSON.stringify({ event, outcome, ...fields });
  if (outcome === 'unavailable' || outcome === 'failed') {
    context.error(line);
  } else if (outcome === 'refused') {
    context.warn(line);
  } else {
    context.info(line);
  }
}

/** Whatever a caller makes up is one series. */
function known(told: Told, registryNames: readonly Registry[]): { readonly registry: string; readonly region: string } {
  const registry = parseRegistry(told.registry ?? '');
  if (registry.type === 'invalid' || !registryNames.includes(registry.value)) {
    return { registry: 'unknown', region: 'unknown' };
  }
  const region = parseRegion(told.region ?? '');
  return { registry: registry.value, region: region.type === 'invalid' ? 'unknown' : region.value };
}
