// The registry as its management API shows it. Shapes follow recordings of api-version 2025-11-01:
// https://learn.microsoft.com/rest/api/container-registry
import type { DeliveryRecord, RegistryModel, Replica, Webhook } from './model.ts';

export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';
export const RESOURCE_GROUP = 'registries';
const TYPE = 'Microsoft.ContainerRegistry/registries';
/** The registry service makes the home region's replica by itself. */
const SERVICE = { by: '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26', type: 'Application' };
const OPERATOR = { by: 'operator@contoso.example', type: 'User' };
/** Of a Premium registry. */
export const MOST_WEBHOOKS = 500;

export function registryId({ name }: Pick<RegistryModel, 'name'>): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}/providers/${TYPE}/${name}`;
}

/** Seven digits, as Azure's services write times. */
export const armTime = (instant: number): string => new Date(instant).toISOString().replace('Z', '0000Z');

function systemData(who: typeof OPERATOR, createdAt: number, modifiedAt = createdAt): object {
  const zoned = (instant: number) => armTime(instant).replace('Z', '+00:00');
  return {
    ...{ createdBy: who.by, createdByType: who.type, createdAt: zoned(createdAt) },
    ...{ lastModifiedBy: who.by, lastModifiedByType: who.type, lastModifiedAt: zoned(modifiedAt) },
  };
}

export function toArmRegistry(model: RegistryModel): object {
  const { name, loginServer, createdAt, replicas } = model;
  const disabled = { status: 'disabled' };
  const lastUpdatedTime = armTime(createdAt).replace('Z', '+00:00');
  return {
    ...{ sku: { name: 'Premium', tier: 'Premium' }, type: TYPE, id: registryId(model), name },
    ...{ location: replicas[0].region, tags: {}, systemData: systemData(OPERATOR, createdAt) },
    properties: {
      ...{ loginServer, creationDate: armTime(createdAt), provisioningState: 'Succeeded', adminUserEnabled: false },
      networkRuleSet: { defaultAction: 'Allow', ipRules: [] },
      policies: {
        quarantinePolicy: disabled,
        trustPolicy: { type: 'Notary', ...disabled },
        retentionPolicy: { days: 7, lastUpdatedTime, ...disabled },
        exportPolicy: { status: 'enabled' },
        azureADAuthenticationAsArmPolicy: { status: 'enabled' },
        softDeletePolicy: { retentionDays: 7, lastUpdatedTime, ...disabled },
      },
      ...{ encryption: disabled, dataEndpointEnabled: false, dataEndpointHostNames: [] },
      ...{ privateEndpointConnections: [], publicNetworkAccess: 'Enabled' },
      ...{ networkRuleBypassOptions: 'AzureServices', zoneRedundancy: 'Disabled', anonymousPullEnabled: false },
    },
  };
}

export function toArmUsages({ webhooks, replicas }: RegistryModel): object {
  return {
    value: [
      { name: 'Size', limit: 536_870_912_000, currentValue: 0, unit: 'Bytes' },
      { name: 'Webhooks', limit: MOST_WEBHOOKS, currentValue: webhooks.length, unit: 'Count' },
      { name: 'Geo-replications', limit: -1, currentValue: replicas.length, unit: 'Count' },
    ],
  };
}

export function toArmReplication(model: RegistryModel, replica: Replica): object {
  const { name, region, isHome, createdAt, provisioningState, displayStatus, statusAt, message } = replica;
  return {
    ...{ type: `${TYPE}/replications`, id: `${registryId(model)}/replications/${name}`, name, location: region },
    ...{ tags: {}, systemData: systemData(isHome ? SERVICE : OPERATOR, createdAt) },
    properties: {
      provisioningState,
      status: { displayStatus, timestamp: armTime(statusAt), ...(message === undefined ? {} : { message }) },
      ...{ regionEndpointEnabled: replica.regionEndpointEnabled, zoneRedundancy: 'Disabled' },
    },
  };
}

/** Says nothing of where it posts to. */
export function toArmWebhook(model: RegistryModel, webhook: Webhook): object {
  const { name, region, createdAt, modifiedAt, status, scope, actions } = webhook;
  return {
    ...{ type: `${TYPE}/webhooks`, id: `${registryId(model)}/webhooks/${name}`, name, location: region },
    ...{ tags: {}, systemData: systemData(OPERATOR, createdAt, modifiedAt) },
    properties: { status, scope, actions, provisioningState: 'Succeeded' },
  };
}

/** Custom headers are not shown: they are secrets. */
export function toArmEvent(record: DeliveryRecord): object {
  const { at, notification, requestUri, traceparent, statusCode, reasonPhrase } = record;
  const length = Buffer.byteLength(JSON.stringify(notification));
  return {
    eventRequestMessage: {
      content: notification,
      headers: {
        traceparent,
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': String(length),
      },
      ...{ method: 'POST', requestUri, version: '1.1' },
    },
    eventResponseMessage: {
      ...{ content: '', headers: { Date: new Date(at).toUTCString() }, reasonPhrase, statusCode, version: '1.1' },
    },
    id: notification.id,
  };
}
