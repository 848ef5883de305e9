// Asks the registries for their replicas. What they said last stays in force while they do not answer.
import type { Instant } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import type { ReplicaAnnouncement } from '../core/replica-announcements.ts';
import {
  type AnnouncementSender,
  Forbidden,
  type Log,
  type Metrics,
  type ReplicaReader,
  Throttled,
  type Timing,
} from './ports.ts';
import type { Registries } from './registries.ts';

const READ_TIMEOUT_MS = 30_000;
const STORE_TIMEOUT_MS = 5_000;
const SEND_TIMEOUT_MS = 10_000;

export interface RefreshReport {
  /** Registries that told of their replicas. */
  readonly seen: number;
  readonly failed: number;
  /** Announcements of replicas that were sent. */
  readonly sent: number;
}

interface Dependencies {
  readonly reader: ReplicaReader;
  readonly registries: Registries;
  readonly sender: AnnouncementSender;
  readonly timing: Timing;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Those that can be asked. */
  readonly registryNames: readonly Registry[];
}

export class RefreshReplicas {
  readonly #dependencies: Dependencies;
  /** Not to be asked before, by their own word. */
  readonly #notBefore = new Map<Registry, Instant>();
  /** Why a registry did not tell, as it was last logged. */
  readonly #reported = new Map<Registry, string>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  async run(): Promise<RefreshReport> {
    const report = { seen: 0, failed: 0, sent: 0 };
    await Promise.all(
      this.#dependencies.registryNames.map(async (registry) => {
        const outcome = await this.refresh(registry);
        report.seen += outcome === 'seen' ? 1 : 0;
        report.failed += outcome === 'failed' ? 1 : 0;
        const sent = await this.sendOutbox(registry);
        report.sent += sent;
      }),
    );
    return report;
  }

  canAsk(registry: Registry): boolean {
    return this.#dependencies.registryNames.includes(registry);
  }

  /** Never rejects: that it failed is stored and logged. */
  async refresh(registry: Registry): Promise<'seen' | 'failed' | 'postponed'> {
    const { reader, registries, timing, log } = this.#dependencies;
    if (timing.now() < (this.#notBefore.get(registry) ?? 0)) {
      return 'postponed';
    }
    try {
      const before = await registries.refresh(registry, timing.timeout(STORE_TIMEOUT_MS));
      const names = before.value.replicas.flatMap(({ name }) => name ?? []);
      const signal = timing.timeout(READ_TIMEOUT_MS);
      const replicas = await reader.replicas(registry, names, signal).catch(async (error: unknown) => {
        await this.#noteFailure(registry, error);
      });
      if (replicas === undefined) {
        return 'failed';
      }
      await registries.see(registry, replicas, timing.timeout(STORE_TIMEOUT_MS));
      if (this.#reported.delete(registry)) {
        log.info('replicas are read again', { registry });
      }
      return 'seen';
    } catch (error) {
      log.error('replicas not stored', { registry, reason: String(error) });
      return 'failed';
    }
  }

  /** @returns how many were sent; never rejects, what could not be sent stays in the outbox */
  async sendOutbox(registry: Registry): Promise<number> {
    const { registries, sender, timing, log } = this.#dependencies;
    try {
      const { outbox } = (await registries.refresh(registry, timing.timeout(STORE_TIMEOUT_MS))).value;
      if (outbox.length > 0) {
        await sender.sendOfReplicas(registry, outbox, timing.timeout(SEND_TIMEOUT_MS));
        this.#noteSent(registry, outbox);
        const ids = new Set(outbox.map(({ id }) => id));
        await registries.markSent(registry, ids, timing.timeout(STORE_TIMEOUT_MS));
      }
      return outbox.length;
    } catch (error) {
      log.warn('announcements of replicas left for the next time', { registry, reason: String(error) });
      return 0;
    }
  }

  /** As an outbox of a tag's. */
  #noteSent(registry: Registry, announcements: readonly ReplicaAnnouncement[]): void {
    const { log, metrics } = this.#dependencies;
    for (const { type, sequence, region, id } of announcements) {
      metrics.record({ name: 'landfall.announcements', value: 1, attributes: { type, registry } });
      log.info('announced', { type, registry, region, sequence, id });
    }
  }

  async #noteFailure(registry: Registry, error: unknown): Promise<void> {
    const { registries, timing, log } = this.#dependencies;
    if (error instanceof Throttled) {
      this.#notBefore.set(registry, timing.now() + error.retryAfterMs);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const permission = error instanceof Forbidden ? { missingPermission: error.permission } : {};
    if (this.#reported.get(registry) !== reason) {
      this.#reported.set(registry, reason);
      log.error('replicas not read; what was known stays in force', { registry, ...permission, reason });
    }
    try {
      await registries.noteFailure(registry, reason, timing.timeout(STORE_TIMEOUT_MS));
    } catch (failure) {
      log.warn('failure not stored', { registry, reason: String(failure) });
    }
  }
}
