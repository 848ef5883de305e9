// The use cases on the fakes, with every call counted and time standing still until it is moved.
import type { Policy } from '../../src/core/advance.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Region, Registry } from '../../src/core/names.ts';
import { useCases } from '../../src/use-cases.ts';
import type { Timing } from '../../src/usecases/ports.ts';
import { fourRegions, HOUR_MS, START, policy as usualPolicy } from '../builders.ts';
import type { Gate } from '../fakes/gate.ts';
import { InMemoryAlarmStore } from '../fakes/in-memory-alarm-store.ts';
import { InMemoryDeletionStore } from '../fakes/in-memory-deletion-store.ts';
import { InMemoryJournal } from '../fakes/in-memory-journal.ts';
import { InMemoryRegistryApi } from '../fakes/in-memory-registry-api.ts';
import { InMemoryRegistryStore } from '../fakes/in-memory-registry-store.ts';
import { InMemoryTagStore } from '../fakes/in-memory-tag-store.ts';
import { InMemoryWebhooksStore } from '../fakes/in-memory-webhooks-store.ts';
import { RecordedMetrics } from '../fakes/metrics.ts';
import { InMemoryBus } from '../fakes/sender.ts';

export const contoso = 'contoso' as Registry;

/** What is outside of an instance: several instances may share one. */
export class Outside {
  now: Instant = START;
  listed: 'auto' | readonly Region[] = fourRegions;
  excluded: readonly Region[] = [];
  /** Whether the registry can be asked about itself, and its replicas about what they hold. */
  isManaged = false;
  isVerified = false;
  /** The names of these calls fail, each once; `hasEffect` loses only the answer. */
  readonly faults: { readonly call: string; readonly error: Error; readonly hasEffect?: boolean }[] = [];
  /** Calls of these names get no answer. */
  readonly hanging = new Set<string>();
  /** Time limits of these many milliseconds are over at once. */
  readonly expiring = new Set<number>();
  readonly #calls: string[] = [];
  readonly gate: Gate = async (operation, effect) => {
    this.#calls.push(operation);
    if (this.hanging.has(operation)) {
      return await new Promise<never>(() => {});
    }
    const index = this.faults.findIndex(({ call }) => call === operation);
    if (index === -1) {
      return effect();
    }
    const [fault] = this.faults.splice(index, 1);
    if (fault?.hasEffect) {
      effect();
    }
    throw fault?.error;
  };
  readonly tags = new InMemoryTagStore(this);
  readonly alarms = new InMemoryAlarmStore(this);
  readonly registries = new InMemoryRegistryStore(this);
  readonly journal = new InMemoryJournal(this);
  readonly bus = new InMemoryBus(this);
  readonly webhooks = new InMemoryWebhooksStore(this);
  readonly deletions = new InMemoryDeletionStore(this);
  readonly api = new InMemoryRegistryApi(this);
  #ids = 0;
  #chance = 1;

  /** The calls since this was last asked. */
  calls(): readonly string[] {
    return this.#calls.splice(0);
  }

  readonly timing: Timing = {
    now: () => this.now,
    sleep: async (milliseconds) => {
      this.now += Math.ceil(milliseconds);
    },
    timeout: (milliseconds) =>
      this.expiring.has(milliseconds) ? AbortSignal.timeout(1) : new AbortController().signal,
    random: () => {
      this.#chance = (this.#chance * 16_807) % 2_147_483_647;
      return this.#chance / 2_147_483_647;
    },
  };

  newId = () => {
    this.#ids += 1;
    return `id${this.#ids}`;
  };
}

export interface LoggedLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface InstanceOptions {
  readonly policy?: Policy;
  readonly budgetMs?: number;
  readonly notReadyAfterMs?: number;
  readonly ownHost?: string;
  /** Whether somebody wants to know the metrics. */
  readonly isMeasured?: boolean;
}

/** One instance of the app. */
export function instance(outside: Outside, options: InstanceOptions = {}) {
  const { policy = usualPolicy, budgetMs = 50_000, notReadyAfterMs = HOUR_MS, ownHost, isMeasured = false } = options;
  const { tags, alarms, journal, bus, webhooks, deletions, timing, newId, api } = outside;
  const lines: LoggedLine[] = [];
  const note = (message: string, fields: LoggedLine['fields']) => lines.push({ message, fields });
  const log = { info: note, warn: note, error: note };
  const metrics = new RecordedMetrics(isMeasured);
  const ports = {
    ...{ tags, index: tags, alarms, journal, webhooks, deletions, timing, newId, log, metrics },
    ...{ registries: outside.registries, heartbeats: outside.registries, sender: bus, management: api, manifests: api },
  };
  const rules = {
    registryNames: [contoso],
    managed: outside.isManaged ? [contoso] : [],
    verified: outside.isVerified ? [contoso] : [],
    regions: () => ({ regions: outside.listed, exclude: outside.excluded }),
    policy: () => policy,
    ...{ notReadyAfterMs, ownHost, abandonAfterMs: policy.abandonAfterMs },
    repair: () => 'the repair command',
    sweep: { concurrency: 4, budgetMs },
  };
  return { ...useCases(ports, rules), metrics, lines };
}
