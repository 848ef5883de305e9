// The registry that a stack starts with.
import type { Region, Registry } from '../../core/names.ts';
import type { RegistryModel, Replica } from './model.ts';
import { webhookFor } from './webhooks.ts';

export interface RegionOption {
  /** `westus` */
  readonly name: Region;
  readonly displayName: string;
}

const option = (name: string, displayName: string): RegionOption => ({ name: name as Region, displayName });

/** Of Steve Lasker's post of 29 January 2018 on geo-replication notifications. */
const CONTOSO_REGIONS = [
  option('westus', 'West US'),
  option('eastus', 'East US'),
  option('canadacentral', 'Canada Central'),
  option('westeurope', 'West Europe'),
];
const CREATED_AT = Date.UTC(2018, 0, 29, 7, 57, 7);

/** @param regions the home region first */
export function newContoso(regions: readonly RegionOption[] = CONTOSO_REGIONS): RegistryModel {
  const [home, ...others] = regions.map(newReplica);
  if (home === undefined) {
    throw new TypeError('Expected at least one region, got none');
  }
  const model: RegistryModel = {
    version: 2,
    name: 'contoso' as Registry,
    loginServer: 'contoso.azurecr.io',
    createdAt: CREATED_AT,
    app: { url: 'http://127.0.0.1:7071', key: '' },
    replicas: [home, ...others],
    webhooks: [],
    repositories: {},
    inFlight: [],
    history: {},
  };
  model.webhooks = model.replicas.map(({ region }) => webhookFor(model, region, CREATED_AT));
  return model;
}

function newReplica({ name: region, displayName }: RegionOption, index: number): Replica {
  return {
    ...{ region, displayName, isHome: index === 0 },
    name: index === 0 ? region : replicaName(index),
    ...{ createdAt: CREATED_AT, provisioningState: 'Succeeded', displayStatus: 'Ready', statusAt: CREATED_AT },
    regionEndpointEnabled: true,
  };
}

/** Of the n-th replica beside the home region's. */
export function replicaName(number: number): string {
  return `replication${String(number).padStart(3, '0')}`;
}
