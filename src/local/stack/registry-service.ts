// The simulated registry with what belongs to it in Azure: its management API, and the app's identity, which opens it.
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { AccessTokens } from '../registry/access-tokens.ts';
import { registryId } from '../registry/arm.ts';
import { newContoso, type RegionOption } from '../registry/contoso.ts';
import { type IdentityEndpoint, startIdentityEndpoint } from '../registry/identity-endpoint.ts';
import { type ManagementApi, startManagementApi } from '../registry/management-api.ts';
import type { ManagementFault } from '../registry/management-faults.ts';
import type { AppAddress, RegistryModel } from '../registry/model.ts';
import { loadModel, ModelFile } from '../registry/model-file.ts';
import { seededRandom } from '../registry/random.ts';
import { SimulatedRegistry } from '../registry/registry.ts';
import { moveApp } from '../registry/webhooks.ts';
import type { Closers } from './closers.ts';
import type { DataFolder } from './data-folder.ts';
import { nowText, type OnEvent, type Ready } from './events.ts';

/** The app looks for lagging regions at least this long after a push, whatever the threshold. */
const LOOKED_AT_AFTER_SECONDS = 60;
/** A person who watches should not wait for minutes. */
const REFRESH_SCHEDULE = '*/10 * * * * *';
const RECONCILE_SCHEDULE = '*/15 * * * * *';
/** Nobody who tries it out waits for an hour. */
const REPLICA_NOT_READY_AFTER_MINUTES = '1';

export interface RegistryServiceOptions {
  readonly folder: DataFolder;
  readonly app: AppAddress;
  /** Of a registry that is made now, the home region first; the four of contoso unless given. */
  readonly regions?: readonly RegionOption[] | undefined;
  readonly seed?: number | undefined;
  readonly lagAfterSeconds: number;
  readonly emit: OnEvent;
}

export interface RegistryService {
  readonly model: RegistryModel;
  /** Does nothing by itself until it is told to resume. */
  readonly registry: SimulatedRegistry;
  readonly management: ManagementApi;
  readonly identity: IdentityEndpoint;
  readonly described: Pick<
    Ready,
    'registry' | 'resourceId' | 'regions' | 'replicas' | 'managementEndpoint' | 'managementCa'
  >;
  /** What has to be called after a change of the model. */
  readonly changed: () => void;
}

export async function startRegistryService(
  options: RegistryServiceOptions,
  closers: Closers,
): Promise<RegistryService> {
  const { folder, app, regions, seed = randomInt(2 ** 32), lagAfterSeconds, emit } = options;
  const model = loadModel(folder.registryFile, newContoso(regions));
  moveApp(model, app);
  const modelFile = new ModelFile(folder.registryFile, model);
  closers.add(() => modelFile.save());
  const flaggedAfterMs = Math.max(lagAfterSeconds, LOOKED_AT_AFTER_SECONDS) * 1000;
  const registry = new SimulatedRegistry({
    ...{ model, emit },
    slowMs: { low: flaggedAfterMs + 10_000, high: flaggedAfterMs + 40_000 },
    random: seededRandom(seed),
    onChange: () => modelFile.saveSoon(),
  });
  const changed = () => {
    registry.noticeReplicas();
    modelFile.saveSoon();
  };
  const tokens = new AccessTokens();
  const identity = await startIdentityEndpoint(tokens);
  closers.add(() => identity.close());
  const onFault = ({ mode = 'on' }: ManagementFault) => emit({ event: 'management', at: nowText(), mode });
  const management = await startManagementApi({ model, tokens, onChange: changed, onFault });
  closers.add(() => management.close());
  writeFileSync(folder.managementCaFile, management.ca);
  const described = {
    ...{ registry: model.name, resourceId: registryId(model), regions: model.replicas.map(({ region }) => region) },
    replicas: model.replicas.map(({ region, displayName, isHome }) => ({ region, displayName, isHome })),
    ...{ managementEndpoint: management.url, managementCa: folder.managementCaFile },
  };
  return { model, registry, management, identity, described, changed };
}

/** What the app needs to ask the registry, as Azure gives it to Functions. */
export function registrySettings({ model, described, identity }: RegistryService): Record<string, string> {
  const { registry: name, resourceId, managementEndpoint, managementCa } = described;
  return {
    // Without regions: the app asks the registry for them.
    REGISTRIES: JSON.stringify([{ name, loginServer: model.loginServer, resourceId }]),
    MANAGEMENT_ENDPOINT: managementEndpoint,
    ...{ REFRESH_SCHEDULE, RECONCILE_SCHEDULE, REPLICA_NOT_READY_AFTER_MINUTES },
    IDENTITY_ENDPOINT: identity.url,
    IDENTITY_HEADER: identity.header,
    AZURE_CLIENT_ID: identity.clientId,
    NODE_EXTRA_CA_CERTS: managementCa,
  };
}
