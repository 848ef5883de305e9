// A webhook is sent once. What was lost is found in the registry's own record of deliveries: read back to where the last
// run stopped, with overlap, and brought in.
import { regionsToHear, regionsWithoutReplica } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import { webhookFindings } from '../core/webhooks.ts';
import type { BringIn, BroughtIn } from './bring-in.ts';
import {
  Forbidden,
  type Log,
  type PastDelivery,
  Throttled,
  type Timing,
  Unavailable,
  VersionConflict,
  type WebhookReader,
  type WebhookSight,
  type WebhooksSight,
  type WebhooksStore,
} from './ports.ts';
import type { Registries } from './registries.ts';
import { WebhookHistories } from './webhook-histories.ts';
import { afterReading, furthest, withOwners, worthReading } from './webhook-sights.ts';

const CALL_TIMEOUT_MS = 30_000;
const STORE_TIMEOUT_MS = 5_000;
interface Dependencies {
  readonly reader: WebhookReader;
  readonly store: WebhooksStore;
  readonly bringIn: BringIn;
  readonly registries: Registries;
  readonly timing: Timing;
  readonly log: Log;
  /** Those that can be asked. */
  readonly registryNames: readonly Registry[];
  /** Pushes older than this are watched no longer. */
  readonly abandonAfterMs: number;
  /** The app's own host name, where it is known. */
  readonly ownHost: string | undefined;
  /** The command that repairs a registry's webhooks. */
  readonly repair: (registry: Registry) => string;
}

export interface ReconcileReport extends BroughtIn {
  /** Webhooks whose history was read. */
  readonly webhooks: number;
  /** Webhooks, or whole registries, that could not be read. */
  readonly failed: number;
}

type Counts = { -readonly [K in keyof ReconcileReport]: ReconcileReport[K] };

const nothing = (): Counts => ({ webhooks: 0, pushes: 0, arrivals: 0, deletions: 0, failed: 0 });

interface Reading {
  readonly webhook: WebhookSight;
  /** Newest first. */
  readonly deliveries: readonly PastDelivery[];
}

export class Reconcile {
  readonly #dependencies: Dependencies;
  readonly #histories: WebhookHistories;
  /** Why a registry could not be read, as it was last logged. */
  readonly #unread = new Map<Registry, string>();
  /** What was last logged as wrong with a registry's webhooks. */
  readonly #reported = new Map<Registry, string>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#histories = new WebhookHistories(dependencies);
  }

  /** @param until begins to read no other webhook after this; the next run goes on */
  async run(until: Instant): Promise<ReconcileReport> {
    const counts = nothing();
    for (const registry of this.#dependencies.registryNames) {
      await this.#reconcile(registry, until, counts);
    }
    return counts;
  }

  canAsk(registry: Registry): boolean {
    return this.#dependencies.registryNames.includes(registry);
  }

  /**
   * Brings in what this region's webhooks remember since the last run. Rejects with `Unavailable` when storage fails.
   * @param since reads back to this moment at least
   * @param timeoutMs for all of the reading
   * @returns why it cannot be read, or not all of it, where that is so
   */
  async readRegion(
    registry: Registry,
    region: Region,
    since: Instant,
    timeoutMs: number,
  ): Promise<{ readonly unread?: unknown }> {
    const { readings, failures } = await this.#readings(registry, region, since, timeoutMs);
    for (const { webhook, deliveries } of readings) {
      try {
        await this.#dependencies.bringIn.bringIn(registry, webhook, deliveries);
      } catch (failure) {
        if (failure instanceof Unavailable) {
          throw failure;
        }
        // What stands in one tag's way, perhaps for good, must not silence the others.
        failures.push(failure);
      }
    }
    return failures.length === 0 ? {} : { unread: failures[0] };
  }

  async #readings(registry: Registry, region: Region, since: Instant, timeoutMs: number) {
    const readings: Reading[] = [];
    const failures: unknown[] = [];
    const known = await this.#known(registry);
    const signal = this.#dependencies.timing.timeout(timeoutMs);
    try {
      // When there is none, it was not seen yet.
      const isKnown = known?.webhooks.some((webhook) => webhook.region === region) === true;
      const { webhooks } = isKnown ? known : await this.#histories.look(registry, known, () => signal);
      const ofRegion = worthReading(webhooks).filter((webhook) => webhook.region === region);
      for (const webhook of ofRegion) {
        await this.#histories.read(registry, webhook, since, signal).then(
          (deliveries) => readings.push({ webhook, deliveries }),
          (failure: unknown) => failures.push(failure),
        );
      }
      if (ofRegion.length === 0) {
        failures.push('the region has no webhook');
      }
    } catch (failure) {
      failures.push(failure);
    }
    return { readings, failures };
  }

  /** What cannot be understood is as good as nothing. Rejects with `Unavailable`. */
  async #known(registry: Registry): Promise<WebhooksSight | undefined> {
    const { store, timing } = this.#dependencies;
    try {
      return (await store.load(registry, timing.timeout(STORE_TIMEOUT_MS)))?.value;
    } catch (error) {
      if (error instanceof Unavailable) {
        throw error;
      }
      return undefined;
    }
  }

  async #reconcile(registry: Registry, until: Instant, counts: Counts): Promise<void> {
    const { store, timing, ownHost } = this.#dependencies;
    const eachCall = () => timing.timeout(CALL_TIMEOUT_MS);
    try {
      const before = (await store.load(registry, timing.timeout(STORE_TIMEOUT_MS)))?.value;
      const { webhooks, targets } = await this.#histories.look(registry, before, eachCall);
      const failures: unknown[] = [];
      // After an outage: what was lost since it began, however long ago a webhook was read for the last time.
      const since = before?.failure?.since ?? timing.now();
      const read = await this.#readAll(registry, worthReading(webhooks), { since, until, counts, failures });
      const isComplete = worthReading(webhooks).every(({ name }) => read.has(name));
      const uriOf = (name: string) =>
        targets.get(name) ?? read.get(name)?.deliveries.find((delivery) => delivery.requestUri)?.requestUri;
      const known = webhooks.map((webhook) => read.get(webhook.name)?.webhook ?? webhook);
      const after = withOwners(known, uriOf, registry, ownHost);
      const [failure] = failures;
      if (failure === undefined && this.#unread.delete(registry)) {
        this.#dependencies.log.info('reconciled again', { registry });
      }
      await this.#store(registry, ({ failure: earlier, ...stored }, now) => ({
        ...{ ...stored, webhooks: furthest(after, stored.webhooks) },
        ...(isComplete ? { reconciledAt: now } : {}),
        ...(failure === undefined ? {} : { failure: { since: earlier?.since ?? now, reason: reasonOf(failure) } }),
      }));
      await this.#report(registry, after);
    } catch (error) {
      counts.failed += 1;
      await this.#storeFailure(registry, error);
    }
  }

  /** From another one each time, so that what the budget leaves over is not always the same. */
  async #readAll(
    registry: Registry,
    webhooks: readonly WebhookSight[],
    { since, until, counts, failures }: { since: Instant; until: Instant; counts: Counts; failures: unknown[] },
  ): Promise<ReadonlyMap<string, Reading>> {
    const { timing, log } = this.#dependencies;
    const read = new Map<string, Reading>();
    const first = Math.floor(timing.random() * webhooks.length);
    for (const webhook of [...webhooks.slice(first), ...webhooks.slice(0, first)]) {
      if (timing.now() >= until) {
        break;
      }
      try {
        read.set(webhook.name, await this.#read(registry, webhook, since, counts));
      } catch (error) {
        counts.failed += 1;
        failures.push(error);
        if (error instanceof Throttled || error instanceof Forbidden) {
          this.#logFailure(registry, error);
          break;
        }
        const { name, region } = webhook;
        log.error('history not read', { registry, webhook: name, region, reason: reasonOf(error) });
      }
    }
    return read;
  }

  /** Everything is durable before the cursor moves. @returns the webhook with what its history says of it */
  async #read(registry: Registry, webhook: WebhookSight, since: Instant, counts: Counts): Promise<Reading> {
    const { bringIn, timing } = this.#dependencies;
    const readAt = timing.now();
    const deliveries = await this.#histories.read(registry, webhook, since, timing.timeout(CALL_TIMEOUT_MS));
    const broughtIn = await bringIn.bringIn(registry, webhook, deliveries);
    counts.webhooks += 1;
    counts.pushes += broughtIn.pushes;
    counts.arrivals += broughtIn.arrivals;
    counts.deletions += broughtIn.deletions;
    return { webhook: afterReading(webhook, deliveries, readAt), deliveries };
  }

  async #store(registry: Registry, change: (before: WebhooksSight, now: Instant) => WebhooksSight): Promise<void> {
    const { store, timing } = this.#dependencies;
    const signal = timing.timeout(STORE_TIMEOUT_MS);
    for (;;) {
      const stored = await store.load(registry, signal);
      try {
        const next = change(stored?.value ?? { webhooks: [] }, timing.now());
        await store.commit(registry, next, stored?.version, signal);
        return;
      } catch (error) {
        if (!(error instanceof VersionConflict)) {
          throw error;
        }
      }
    }
  }

  /** One line when something is wrong with the webhooks, and one whenever that changes. */
  async #report(registry: Registry, webhooks: readonly WebhookSight[]): Promise<void> {
    const { registries, repair, timing, log } = this.#dependencies;
    const sight = await registries.sight(registry, timing.timeout(STORE_TIMEOUT_MS));
    if (sight === undefined) {
      return;
    }
    const findings = webhookFindings(
      regionsToHear(sight.optedIn, sight.replicas),
      webhooks,
      regionsWithoutReplica(sight.optedIn, sight.replicas),
    );
    const text = JSON.stringify(findings);
    if (text === (this.#reported.get(registry) ?? '[]')) {
      return;
    }
    this.#reported.set(registry, text);
    if (findings.length > 0) {
      log.warn('webhooks need repair', { registry, findings, repair: repair(registry) });
    } else {
      log.info('webhooks are in order', { registry });
    }
  }

  #logFailure(registry: Registry, error: unknown): void {
    const permission = error instanceof Forbidden ? { missingPermission: error.permission } : {};
    const reason = reasonOf(error);
    if (this.#unread.get(registry) !== reason) {
      this.#unread.set(registry, reason);
      this.#dependencies.log.error('not reconciled; lost webhooks are not found meanwhile', {
        ...{ registry, ...permission, reason },
      });
    }
  }

  async #storeFailure(registry: Registry, error: unknown): Promise<void> {
    this.#logFailure(registry, error);
    try {
      await this.#store(registry, (before, now) => ({
        ...before,
        failure: { since: before.failure?.since ?? now, reason: reasonOf(error) },
      }));
    } catch (failure) {
      this.#dependencies.log.warn('failure not stored', { registry, reason: String(failure) });
    }
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
