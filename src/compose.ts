// Config -> adapters -> use cases. Nothing here connects: that happens when it is first needed.
import type { TokenCredential } from '@azure/identity';
import { LazyManagementApi } from './adapters/acr/management-lazy.ts';
import { ReplicaManifests } from './adapters/acr/replica-manifests.ts';
import { azureCredential } from './adapters/credential.ts';
import { LazySender } from './adapters/service-bus/lazy.ts';
import { TableAlarmStore } from './adapters/table/alarm-store.ts';
import { openTables, type StorageConnection } from './adapters/table/client.ts';
import { TableDeletionStore } from './adapters/table/deletion-store.ts';
import { TableHeartbeats } from './adapters/table/heartbeats.ts';
import { TableJournal } from './adapters/table/journal.ts';
import { TableRegistryStore } from './adapters/table/registry-store.ts';
import { TableTagIndex } from './adapters/table/tag-index.ts';
import { TableTagStore } from './adapters/table/tag-store.ts';
import { TableWebhooksStore } from './adapters/table/webhooks-store.ts';
import { type TelemetryTargets, telemetry } from './adapters/telemetry/telemetry.ts';
import { newId, machineTiming as timing } from './adapters/timing.ts';
import { type Config, registryConfig, tagRules } from './config.ts';
import type { RegistryConfig } from './config-registries.ts';
import type { Registry } from './core/names.ts';
import { type Rules, type UseCases, useCases } from './use-cases.ts';
import type { Log } from './usecases/ports.ts';

/** What goes on outside of an invocation; each line is one JSON object. */
const log: Log = {
  info: (message, fields) => console.info(JSON.stringify({ event: message, ...fields })),
  warn: (message, fields) => console.warn(JSON.stringify({ event: message, ...fields })),
  error: (message, fields) => console.error(JSON.stringify({ event: message, ...fields })),
};

export interface App extends UseCases {
  /** Ends the connections; for the host's shutdown. */
  close(): Promise<void>;
}

export function compose(config: Config): App {
  const credential = azureCredential(config.clientId);
  const open = openTables(storageConnection(config, credential));
  const sender = new LazySender({
    connection: config.serviceBus,
    clientId: config.clientId,
    topic: config.topic,
    loginServerOf: (registry) => settingsOf(config, registry).loginServer,
  });
  const { metrics, close: closeTelemetry } = telemetry(telemetryTargets(config), { timing, newId, log });
  const outside = {
    tags: new TableTagStore(open),
    index: new TableTagIndex(open),
    alarms: new TableAlarmStore(open),
    registries: new TableRegistryStore(open),
    webhooks: new TableWebhooksStore(open),
    deletions: new TableDeletionStore(open),
    heartbeats: new TableHeartbeats(open),
    journal: new TableJournal(open),
    sender,
    management: new LazyManagementApi({
      registries: (registry) => settingsOf(config, registry).resourceId,
      endpoint: config.managementEndpoint,
      credential,
    }),
    manifests: new ReplicaManifests({
      loginServer: (registry) => settingsOf(config, registry).loginServer,
      credential,
    }),
    ...{ timing, newId, log, metrics },
  };
  return {
    ...useCases(outside, rulesOf(config)),
    close: async () => {
      await Promise.all([sender.close(), closeTelemetry()]);
    },
  };
}

function rulesOf(config: Config): Rules {
  const { registries, sweep, notReadyAfterMs, abandonAfterMs, ownHost } = config;
  return {
    registryNames: registries.map(({ name }) => name),
    managed: registries.flatMap(({ name, resourceId }) => (resourceId === undefined ? [] : [name])),
    verified: registries.flatMap(({ name, isVerified }) => (isVerified ? [name] : [])),
    regions: (registry) => settingsOf(config, registry).optedIn,
    policy: ({ registry, repository }) => tagRules(settingsOf(config, registry), repository),
    ...{ notReadyAfterMs, abandonAfterMs, ownHost },
    repair: (registry) => repairCommand(config, registry),
    sweep: { concurrency: sweep.concurrency, budgetMs: sweep.budgetMs },
  };
}

function storageConnection({ tables }: Config, credential: TokenCredential): StorageConnection {
  return 'connectionString' in tables
    ? { type: 'connection string', connectionString: tables.connectionString }
    : { type: 'identity', endpoint: tables.endpoint, credential };
}

function telemetryTargets({ telemetry: { applicationInsights, otlp }, clientId }: Config): TelemetryTargets {
  const identity = applicationInsights?.identity;
  const credential = identity && azureCredential(identity.clientId ?? clientId);
  return {
    ...(applicationInsights && {
      applicationInsights: {
        connectionString: applicationInsights.connectionString,
        ...(credential && { credential }),
      },
    }),
    ...(otlp && { otlp }),
  };
}

/** What is not known here stands in capitals. On this machine the running stack knows it all. */
function repairCommand(config: Config, registry: Registry): string {
  if (['127.0.0.1', 'localhost'].includes(new URL(config.managementEndpoint).hostname)) {
    return 'npm run webhooks -- apply --local';
  }
  const { resourceId = 'RESOURCE_ID' } = settingsOf(config, registry);
  return `npm run webhooks -- apply --registry ${resourceId} --app https://${config.ownHost ?? 'APP'}`;
}

/** Only registries of the configuration get past the functions; tags of others may still lie in the tables. */
function settingsOf(config: Config, registry: Registry): RegistryConfig {
  const settings = registryConfig(config, registry);
  if (settings === undefined) {
    throw new Error(`Expected a registry of the configuration, got ${registry}`);
  }
  return settings;
}
