// The use cases, put together: from what they need of the outside to what the functions call. The same for the app, for
// tests on fakes and for the simulation.
import type { Policy } from './core/advance.ts';
import { narrowed, type RegionRules } from './core/expected.ts';
import type { Registry, TagName } from './core/names.ts';
import { BringIn } from './usecases/bring-in.ts';
import { CheckHealth } from './usecases/check-health.ts';
import { CountInFlight } from './usecases/count-in-flight.ts';
import { Examine } from './usecases/examine.ts';
import { NoteWebhook } from './usecases/note-webhook.ts';
import { OutboxSender } from './usecases/outbox-sender.ts';
import type {
  AlarmStore,
  AnnouncementSender,
  DeletionStore,
  Heartbeats,
  Journal,
  Log,
  ManifestReader,
  Metrics,
  NewId,
  RegistryStore,
  ReplicaReader,
  TagIndex,
  TagStore,
  Timing,
  WebhookReader,
  WebhooksStore,
} from './usecases/ports.ts';
import { ReadStatus } from './usecases/read-status.ts';
import { Reconcile } from './usecases/reconcile.ts';
import { RecordArrival } from './usecases/record-arrival.ts';
import { RecordDeletion } from './usecases/record-deletion.ts';
import { RefreshReplicas } from './usecases/refresh-replicas.ts';
import { Registries } from './usecases/registries.ts';
import { ResolveDeletions } from './usecases/resolve-deletions.ts';
import type { StateCache } from './usecases/state-cache.ts';
import { Sweep } from './usecases/sweep.ts';
import { TagWriter } from './usecases/tag-writer.ts';
import { VerifyReplicas } from './usecases/verify-replicas.ts';

export interface Outside {
  readonly tags: TagStore;
  readonly index: TagIndex;
  readonly alarms: AlarmStore;
  readonly registries: RegistryStore;
  readonly webhooks: WebhooksStore;
  readonly deletions: DeletionStore;
  readonly heartbeats: Heartbeats;
  readonly journal: Journal;
  readonly sender: AnnouncementSender;
  readonly management: ReplicaReader & WebhookReader;
  readonly manifests: ManifestReader;
  readonly timing: Timing;
  readonly newId: NewId;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What the configuration says. */
export interface Rules {
  readonly registryNames: readonly Registry[];
  /** Those that can be asked about themselves. */
  readonly managed: readonly Registry[];
  /** Those whose replicas may be asked. */
  readonly verified: readonly Registry[];
  readonly regions: (registry: Registry) => RegionRules;
  /** With what a repository's rule leaves of the regions. */
  readonly policy: (tag: TagName) => Policy & { readonly regions?: RegionRules };
  readonly notReadyAfterMs: number;
  readonly abandonAfterMs: number;
  readonly ownHost: string | undefined;
  readonly repair: (registry: Registry) => string;
  readonly sweep: { readonly concurrency: number; readonly budgetMs: number };
}

export type UseCases = ReturnType<typeof useCases>;

/** @param cache of the tags' states; one is made if none is given */
export function useCases(outside: Outside, rules: Rules, cache?: StateCache) {
  const { tags, index, alarms, webhooks, deletions, heartbeats, journal, sender, management } = outside;
  const { timing, newId, log, metrics } = outside;
  const { registryNames, policy, repair, ownHost, notReadyAfterMs, abandonAfterMs } = rules;
  const { concurrency } = rules.sweep;

  const registries = new Registries({
    ...{ store: outside.registries, timing, newId, rules: rules.regions, notReadyAfterMs },
  });
  const optedIn = async (tag: TagName, signal: AbortSignal) =>
    narrowed(await registries.optedIn(tag.registry, signal), policy(tag).regions);
  const refreshReplicas = new RefreshReplicas({
    ...{ reader: management, registries, sender, timing, log, metrics, registryNames: rules.managed },
  });

  const writer = new TagWriter({ tags, alarms, timing, newId, optedIn, policy, ...(cache && { cache }) });
  const outbox = new OutboxSender({ writer, sender, journal, timing, log, metrics });
  const recordArrival = new RecordArrival({ writer, outbox, metrics, log });
  const noteWebhook = new NoteWebhook(heartbeats, timing);

  const reconcile = new Reconcile({
    ...{ reader: management, store: webhooks, registries, timing, log, registryNames: rules.managed },
    bringIn: new BringIn({ recordArrival, deletions, timing }),
    ...{ abandonAfterMs, ownHost, repair },
  });
  const verify = new VerifyReplicas({
    ...{ manifests: outside.manifests, recordArrival, timing, log, registryNames: rules.verified },
  });
  const examine = new Examine({ writer, reconcile, verify, timing, log, optedIn, policy });
  const resolveDeletions = new ResolveDeletions({
    ...{ deletions, index, writer, outbox, timing, log, registryNames, concurrency },
  });
  return {
    ...{ timing, metrics, registryNames, repair, registries, writer, outbox },
    ...{ recordArrival, noteWebhook, refreshReplicas, reconcile },
    recordDeletion: new RecordDeletion(deletions, resolveDeletions, timing),
    readStatus: new ReadStatus({ tags, timing, registries, verify, optedIn, policy }),
    checkHealth: new CheckHealth({
      ...{ heartbeats, noteWebhook, store: outside.registries, webhooks, sender, timing, registryNames },
    }),
    sweep: new Sweep({
      ...{ alarms, writer, outbox, registries, refreshReplicas, resolveDeletions, examine, heartbeats, timing, log },
      ...{ metrics, countInFlight: new CountInFlight({ alarms, timing, log, metrics, registryNames }) },
      ...{ registryNames, ...rules.sweep },
    }),
  };
}
