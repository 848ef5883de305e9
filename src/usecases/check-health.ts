// Is it working? What an operator, or a probe, wants to know without reading logs.
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
import type { NoteWebhook } from './note-webhook.ts';
import type { AnnouncementSender, Heartbeats, Timing } from './ports.ts';

const CHECK_TIMEOUT_MS = 3_000;
/** The sweep runs every minute; on Azure its host may take a while to move to another instance. */
const SWEEP_LATE_MS = 5 * 60_000;

export interface Health {
  readonly isStorageReachable: boolean;
  readonly isBusReachable: boolean;
  readonly lastSweepAt?: Instant;
  readonly isSweepLate: boolean;
  readonly lastWebhooks: readonly {
    readonly registry: Registry;
    readonly receivedAt: ReadonlyMap<Region, Instant>;
  }[];
  readonly checkedAt: Instant;
}

interface Dependencies {
  readonly heartbeats: Heartbeats;
  readonly noteWebhook: NoteWebhook;
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
    const { heartbeats, noteWebhook, sender, timing, registryNames } = this.#dependencies;
    const signal = timing.timeout(CHECK_TIMEOUT_MS);
    const [stored, bus] = await Promise.allSettled([
      Promise.all([
        heartbeats.lastSweep(signal),
        Promise.all(
          registryNames.map(async (registry) => ({
            registry,
            receivedAt: newest(await heartbeats.lastWebhooks(registry, signal), noteWebhook.seen(registry)),
          })),
        ),
      ]),
      sender.check(signal),
    ]);
    const checkedAt = timing.now();
    const [lastSweepAt, lastWebhooks] = stored.status === 'fulfilled' ? stored.value : [undefined, []];
    return {
      isStorageReachable: stored.status === 'fulfilled',
      isBusReachable: bus.status === 'fulfilled',
      ...(lastSweepAt === undefined ? {} : { lastSweepAt }),
      isSweepLate: lastSweepAt !== undefined && checkedAt - lastSweepAt > SWEEP_LATE_MS,
      lastWebhooks,
      checkedAt,
    };
  }
}

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
