// Is it working? What an operator, or a probe, wants to know without reading logs.
import { regionsToHear, regionsWithoutReplica } from '../core/expected.ts';
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import { type WebhookFinding, webhookFindings } from '../core/webhooks.ts';
import type { NoteWebhook } from './note-webhook.ts';
import type {
  AnnouncementSender,
  Heartbeats,
  RegistrySight,
  RegistryStore,
  Timing,
  WebhooksSight,
  WebhooksStore,
} from './ports.ts';

const CHECK_TIMEOUT_MS = 3_000;
/** The sweep runs every minute; on Azure its host may take a while to move to another instance. */
const SWEEP_LATE_MS = 5 * 60_000;

export interface RegistryHealth {
  readonly registry: Registry;
  /** When each region last called. */
  readonly lastWebhooks: ReadonlyMap<Region, Instant>;
  /** Replicas and regions as last seen; undefined when nothing is stored. */
  readonly sight?: RegistrySight;
  /** Webhooks as last seen; undefined for a registry that cannot be asked, or was not yet. */
  readonly webhooks?: WebhooksSight;
  /** What has to be repaired, by region. */
  readonly findings: readonly WebhookFinding[];
}

export interface Health {
  readonly isStorageReachable: boolean;
  readonly isBusReachable: boolean;
  readonly lastSweepAt?: Instant;
  readonly isSweepLate: boolean;
  readonly registries: readonly RegistryHealth[];
  readonly checkedAt: Instant;
}

interface Dependencies {
  readonly heartbeats: Heartbeats;
  readonly noteWebhook: NoteWebhook;
  readonly store: RegistryStore;
  readonly webhooks: WebhooksStore;
  readonly sender: AnnouncementSender;
  readonly timing: Timing;
  readonly registryNames: readonly Registry[];
}

export class CheckHealth {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Never rejects: what cannot be reached is the answer. */
  async check(): Promise<Health> {
    const { heartbeats, sender, timing, registryNames } = this.#dependencies;
    const signal = timing.timeout(CHECK_TIMEOUT_MS);
    const [stored, bus] = await Promise.allSettled([
      Promise.all([
        heartbeats.lastSweep(signal),
        Promise.all(registryNames.map((registry) => this.#registry(registry, signal))),
      ]),
      sender.check(signal),
    ]);
    const checkedAt = timing.now();
    const [lastSweepAt, registries] = stored.status === 'fulfilled' ? stored.value : [undefined, []];
    return {
      isStorageReachable: stored.status === 'fulfilled',
      isBusReachable: bus.status === 'fulfilled',
      ...(lastSweepAt === undefined ? {} : { lastSweepAt }),
      isSweepLate: lastSweepAt !== undefined && checkedAt - lastSweepAt > SWEEP_LATE_MS,
      registries,
      checkedAt,
    };
  }

  async #registry(registry: Registry, signal: AbortSignal): Promise<RegistryHealth> {
    const { heartbeats, noteWebhook, store, webhooks } = this.#dependencies;
    const [lastWebhooks, sight, hooks] = await Promise.all([
      heartbeats.lastWebhooks(registry, signal),
      store.load(registry, signal),
      webhooks.load(registry, signal),
    ]);
    const { optedIn = 'unknown', replicas = [] } = sight?.value ?? {};
    const regions = regionsToHear(optedIn, replicas);
    const withoutReplica = regionsWithoutReplica(optedIn, replicas);
    return {
      registry,
      lastWebhooks: newest(lastWebhooks, noteWebhook.seen(registry)),
      ...(sight === undefined ? {} : { sight: sight.value }),
      ...(hooks === undefined ? {} : { webhooks: hooks.value }),
      // Before the registry has told of them nobody knows of any webhook.
      findings: isTold(hooks?.value) ? webhookFindings(regions, hooks?.value.webhooks ?? [], withoutReplica) : [],
    };
  }
}

const isTold = (sight: WebhooksSight | undefined) =>
  sight?.reconciledAt !== undefined || (sight?.webhooks.length ?? 0) > 0;

function newest(
  stored: ReadonlyMap<Region, Instant>,
  seen: ReadonlyMap<Region, Instant>,
): ReadonlyMap<Region, Instant> {
  const both = new Map(stored);
  for (const [region, at] of seen) {
    both.set(region, Math.max(at, both.get(region) ?? at));
  }
  return both;
}
