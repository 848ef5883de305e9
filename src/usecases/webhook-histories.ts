// Asks a registry for its webhooks and what they remember. One that asks for patience is left in peace.
import { type Instant, toInstant } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import {
  type PastDelivery,
  Throttled,
  type Timing,
  type WebhookReader,
  type WebhookSight,
  type WebhooksSight,
} from './ports.ts';
import { newestOf, remembered, withOwners } from './webhook-sights.ts';

/** An entry may show up in the history later than others that are younger. */
const OVERLAP_MS = 15 * 60_000;
/** How far a webhook's history is read when it was never read before: older pushes were not ours to watch. */
const FIRST_LOOK_BACK_MS = 60 * 60_000;

interface Dependencies {
  readonly reader: WebhookReader;
  readonly timing: Timing;
  /** Pushes older than this are watched no longer. */
  readonly abandonAfterMs: number;
  /** The app's own host name, where it is known. */
  readonly ownHost: string | undefined;
}

export interface Look {
  readonly webhooks: readonly WebhookSight[];
  /** Where they post to, as far as it may be known. */
  readonly targets: ReadonlyMap<string, string>;
}

/** Calls reject with `Unavailable`, `Throttled` or `Forbidden`. */
export class WebhookHistories {
  readonly #dependencies: Dependencies;
  /** Not to be asked before, by their own word. */
  readonly #notBefore = new Map<Registry, Instant>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The webhooks as they are now, with what is known of them from before.
   * @param signal of each call
   */
  async look(registry: Registry, before: WebhooksSight | undefined, signal: () => AbortSignal): Promise<Look> {
    const { reader, ownHost } = this.#dependencies;
    const listed = await this.#patiently(registry, () => reader.webhooks(registry, signal()));
    const webhooks = remembered(listed, before?.webhooks);
    const targets = new Map<string, string>();
    try {
      for (const { name } of webhooks) {
        targets.set(name, await this.#patiently(registry, () => reader.target(registry, name, signal())));
      }
    } catch (error) {
      // Reading the URLs takes a permission that an operator may withhold: what was posted to whom shows it as well.
      if (error instanceof Throttled) {
        throw error;
      }
    }
    return { webhooks: withOwners(webhooks, (name) => targets.get(name), registry, ownHost), targets };
  }

  /**
   * What came since it was read last, with overlap; newest first.
   * @param since reads back to this moment at least
   */
  async read(
    registry: Registry,
    { name, cursor, lastEventId }: WebhookSight,
    since: Instant,
    signal: AbortSignal,
  ): Promise<readonly PastDelivery[]> {
    const { reader, timing, abandonAfterMs } = this.#dependencies;
    const now = timing.now();
    const last = cursor === undefined ? now - FIRST_LOOK_BACK_MS : toInstant(cursor);
    const from = Math.min(last, since) - OVERLAP_MS;
    const horizon = Math.max(from, now - abandonAfterMs);
    return await this.#patiently(registry, () =>
      newestOf(reader.history(registry, name, signal), horizon, lastEventId),
    );
  }

  async #patiently<T>(registry: Registry, ask: () => Promise<T>): Promise<T> {
    const { timing } = this.#dependencies;
    const leftMs = (this.#notBefore.get(registry) ?? 0) - timing.now();
    if (leftMs > 0) {
      throw new Throttled(`expected ${registry} to answer, got its word to ask again in ${leftMs} ms`, leftMs);
    }
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Throttled) {
        this.#notBefore.set(registry, timing.now() + error.retryAfterMs);
      }
      throw error;
    }
  }
}
