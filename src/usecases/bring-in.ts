// Brings in what a delivery history shows and nobody told us, through the same commit as a webhook's.
import { toInstant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import { type Push, type Removal, toArrival } from '../core/notification.ts';
import { concurrently } from './concurrently.ts';
import { type DeletionStore, type PastDelivery, type Timing, Unavailable, type WebhookSight } from './ports.ts';
import type { RecordArrival } from './record-arrival.ts';
import { within } from './within.ts';

const CALL_TIMEOUT_MS = 5_000;
const ANNOUNCE_WITHIN_MS = 1_000;
const CONCURRENCY = 8;

interface Dependencies {
  readonly recordArrival: RecordArrival;
  readonly deletions: DeletionStore;
  readonly timing: Timing;
}

export interface BroughtIn {
  /** Pushes that the history shows. */
  readonly pushes: number;
  /** Of these, arrivals that were not stored. */
  readonly arrivals: number;
  /** Deletions that were not known to be stored. */
  readonly deletions: number;
}

type PushDelivery = PastDelivery & { readonly notification: { readonly type: 'push' } };
type DeletionDelivery = PastDelivery & { readonly notification: { readonly type: 'deletion' } };

export class BringIn {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves when all of it is durable, and what follows is announced or left to the sweep. Rejects when it is not: with
   * `Unavailable` at once, with anything else after all that can be stored is: one tag must not stand in others' way.
   */
  async bringIn(registry: Registry, webhook: WebhookSight, deliveries: readonly PastDelivery[]): Promise<BroughtIn> {
    const pushes = deliveries.filter((delivery): delivery is PushDelivery => delivery.notification.type === 'push');
    const found = new Set<PastDelivery>();
    const failures: unknown[] = [];
    const isOver = () => failures.some((failure) => failure instanceof Unavailable);
    await concurrently(each(pushes), { limit: CONCURRENCY, isOver }, async (delivery) => {
      try {
        if (await this.#isNew(registry, webhook.region, delivery.notification.push)) {
          found.add(delivery);
        }
      } catch (failure) {
        failures.push(failure);
      }
    });
    const [failure] = failures;
    if (isOver()) {
      throw failures.find((each) => each instanceof Unavailable);
    }
    const lost = pushes.filter((delivery) => found.has(delivery) || !isAcknowledged(delivery, webhook));
    const removals = deliveries.filter((delivery) => isToTell(delivery, webhook, lost));
    for (const { notification } of removals) {
      await this.#add(registry, webhook.region, notification.removal);
    }
    if (failure !== undefined) {
      throw failure;
    }
    return { pushes: pushes.length, arrivals: found.size, deletions: removals.length };
  }

  async #isNew(registry: Registry, region: Region, push: Push): Promise<boolean> {
    const { repository, tag } = push;
    const arrival = toArrival(push, region, 'reconciled');
    const { outcome, announced } = await this.#dependencies.recordArrival.record(
      { registry, repository, tag },
      arrival,
    );
    // A bus that hangs must not keep what else was lost from being found: what is late is the sweep's.
    await within(announced, ANNOUNCE_WITHIN_MS, this.#dependencies.timing);
    return outcome === 'recorded';
  }

  async #add(registry: Registry, region: Region, removal: Removal): Promise<void> {
    const { deletions, timing } = this.#dependencies;
    const notice = { ...removal, registry, region };
    // The same each time that it is read; the registry's clock may be ahead of ours.
    const dueAt = Math.max(0, Math.min(toInstant(removal.eventAt), timing.now()));
    await deletions.add({ notice, dueAt, look: 1 }, timing.timeout(CALL_TIMEOUT_MS));
  }
}

/** By this app, and for the region that it is about: then it is stored. What others answer says nothing. */
function isAcknowledged({ statusCode }: PastDelivery, { ownership, postsAs }: WebhookSight): boolean {
  const isOurs = ownership === 'ours' && postsAs === undefined;
  return isOurs && statusCode !== undefined && statusCode >= 200 && statusCode <= 299;
}

/**
 * One that was acknowledged is stored, and was looked at; but not with a push in mind that was lost. Such a push may have
 * been stored by a run that died before it came to the deletion.
 */
function isToTell(
  delivery: PastDelivery,
  webhook: WebhookSight,
  lost: readonly PushDelivery[],
): delivery is DeletionDelivery {
  const { notification } = delivery;
  if (notification.type !== 'deletion') {
    return false;
  }
  const { repository, digest } = notification.removal;
  const isOfIt = ({ notification: { push } }: PushDelivery) =>
    push.repository === repository && (digest === undefined || push.digest === digest);
  return !isAcknowledged(delivery, webhook) || lost.some(isOfIt);
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
