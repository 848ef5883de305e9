// Config -> adapters -> use cases. Nothing here connects: that happens when it is first needed.
import { LazySender } from './adapters/service-bus/lazy.ts';
import { TableAlarmStore } from './adapters/table/alarm-store.ts';
import { openTables, type StorageConnection } from './adapters/table/client.ts';
import { azureCredential } from './adapters/table/credential.ts';
import { TableHeartbeats } from './adapters/table/heartbeats.ts';
import { TableJournal } from './adapters/table/journal.ts';
import { TableRegistryStore } from './adapters/table/registry-store.ts';
import { TableTagStore } from './adapters/table/tag-store.ts';
import { newId, machineTiming as timing } from './adapters/timing.ts';
import { type Config, registryConfig, tagRules } from './config.ts';
import type { RegistryConfig } from './config-registries.ts';
import { narrowed } from './core/expected.ts';
import type { Registry, TagName } from './core/names.ts';
import { CheckHealth } from './usecases/check-health.ts';
import { NoteWebhook } from './usecases/note-webhook.ts';
import { OutboxSender } from './usecases/outbox-sender.ts';
import type { Log } from './usecases/ports.ts';
import { ReadStatus } from './usecases/read-status.ts';
import { RecordArrival } from './usecases/record-arrival.ts';
import { Registries } from './usecases/registries.ts';
import { Sweep } from './usecases/sweep.ts';
import { TagWriter } from './usecases/tag-writer.ts';

/** What goes on outside of an invocation; each line is one JSON object. */
const log: Log = {
  info: (message, fields) => console.info(JSON.stringify({ event: message, ...fields })),
  warn: (message, fields) => console.warn(JSON.stringify({ event: message, ...fields })),
  error: (message, fields) => console.error(JSON.stringify({ event: message, ...fields })),
};

export interface App {
  readonly timing: typeof timing;
  readonly registryNames: readonly Registry[];
  readonly recordArrival: RecordArrival;
  readonly noteWebhook: NoteWebhook;
  readonly readStatus: ReadStatus;
  readonly checkHealth: CheckHealth;
  readonly sweep: Sweep;
  /** Ends the connections; for the host's shutdown. */
  close(): Promise<void>;
}

export function compose(config: Config): App {
  const registryNames = config.registries.map(({ name }) => name);
  const open = openTables(storageConnection(config));
  const tags = new TableTagStore(open);
  const alarms = new TableAlarmStore(open);
  const heartbeats = new TableHeartbeats(open);
  const journal = new TableJournal(open);
  const sender = new LazySender({
    connection: config.serviceBus,
    clientId: config.clientId,
    topic: config.topic,
    loginServerOf: (registry) => settingsOf(config, registry).loginServer,
  });

  const registries = new Registries({
    store: new TableRegistryStore(open),
    timing,
    listed: (registry) => settingsOf(config, registry).optedIn,
  });
  const policy = (tag: TagName) => tagRules(settingsOf(config, tag.registry), tag.repository);
  const optedIn = async (tag: TagName, signal: AbortSignal) =>
    narrowed(await registries.optedIn(tag.registry, signal), policy(tag).regions);

  const writer = new TagWriter({ tags, alarms, timing, newId, optedIn, policy });
  const outbox = new OutboxSender({ writer, sender, journal, timing, log });
  const noteWebhook = new NoteWebhook(heartbeats, timing);
  const { concurrency, budgetMs } = config.sweep;
  return {
    timing,
    registryNames,
    recordArrival: new RecordArrival(writer, outbox),
    noteWebhook,
    readStatus: new ReadStatus({ tags, timing, optedIn, policy }),
    checkHealth: new CheckHealth({ heartbeats, noteWebhook, sender, timing, registryNames }),
    sweep: new Sweep({
      ...{ alarms, writer, outbox, registries, heartbeats, timing, log },
      ...{ registryNames, concurrency, budgetMs },
    }),
    close: () => sender.close(),
  };
}

function storageConnection({ tables, clientId }: Config): StorageConnection {
  return 'connectionString' in tables
    ? { type: 'connection string', connectionString: tables.connectionString }
    : { type: 'identity', endpoint: tables.endpoint, credential: azureCredential(clientId) };
}

/** Only registries of the configuration get past the functions; tags of others may still lie in the tables. */
function settingsOf(config: Config, registry: Registry): RegistryConfig {
  const settings = registryConfig(config, registry);
  if (settings === undefined) {
    throw new Error(`Expected a registry of the configuration, got ${registry}`);
  }
  return settings;
}
