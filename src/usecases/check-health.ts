// Is it working? What an operator, or a probe, wants to know without reading logs.
import type { Instant } from '../core/instant.ts';
import type { Region, Registry } from '../core/names.ts';
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
        Promise.all(
          registryNames.map(async (registry) => ({
            registry,
            receivedAt: await heartbeats.lastWebhooks(registry, signal),
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
