// What is wrong with single resources, webhooks and roles.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep, not JavaScript.
import type { Break } from './break.ts';

const main = 'main.bicep';
const storage = 'modules/storage.bicep';
const serviceBus = 'modules/service-bus.bicep';
const monitoring = 'modules/monitoring.bicep';
const functionApp = 'modules/function-app.bicep';
const roles = 'modules/roles.bicep';
const access = 'modules/registry-access.bicep';
const hooks = 'modules/registry-webhooks.bicep';

export const resourceBreaks: readonly Break[] = [
  {
    ...{
      name: 'shared keys of the storage account',
      file: storage,
      from: 'allowSharedKeyAccess: false',
      to: 'allowSharedKeyAccess: true',
    },
    expected: /account\.properties\.allowSharedKeyAccess: expected false, got true/,
  },
  {
    ...{ name: 'shared keys of the namespace', file: serviceBus, from: '    disableLocalAuth: true\n', to: '' },
    expected: /namespace\.properties\.disableLocalAuth: expected true, got undefined/,
  },
  {
    ...{
      name: 'ingestion by whoever knows the address',
      file: monitoring,
      from: 'DisableLocalAuth: true',
      to: 'DisableLocalAuth: false',
    },
    expected: /insights\.properties\.DisableLocalAuth: expected true/,
  },
  {
    ...{ name: 'public blobs', file: storage, from: "publicAccess: 'None'", to: "publicAccess: 'Blob'" },
    expected: /container\.properties\.publicAccess: expected "None"/,
  },
  {
    ...{
      name: 'duplicates not detected',
      file: serviceBus,
      from: 'requiresDuplicateDetection: true',
      to: 'requiresDuplicateDetection: false',
    },
    expected: /topic\.properties\.requiresDuplicateDetection: expected true/,
  },
  {
    ...{ name: 'duplicates forgotten within the day', file: main, from: "  'P1D'\n", to: "  'PT10M'\n  'P1D'\n" },
    expected: /main\.bicep: expected windows of a day and more/,
  },
  {
    ...{
      name: 'messages that expire unseen',
      file: serviceBus,
      from: 'deadLetteringOnMessageExpiration: true',
      to: 'deadLetteringOnMessageExpiration: false',
    },
    expected: /deadLetteringOnMessageExpiration: expected true/,
  },
  {
    ...{
      name: 'a filter beside the one for everything',
      file: serviceBus,
      from: "name: '$Default'",
      to: "name: 'landfall'",
    },
    expected: /rules\.name: expected "\$Default"/,
  },
  {
    ...{ name: 'plain http', file: functionApp, from: 'httpsOnly: true', to: 'httpsOnly: false' },
    expected: /app\.properties\.httpsOnly: expected true/,
  },
  {
    ...{ name: 'old TLS', file: functionApp, from: "      minTlsVersion: '1.2'", to: "      minTlsVersion: '1.0'" },
    expected: /app\.properties\.siteConfig\.minTlsVersion: expected "1\.2"/,
  },
  {
    ...{
      name: 'passwords for publishing',
      file: functionApp,
      from: "  name: 'scm'\n  properties: {\n    allow: false",
      to: "  name: 'scm'\n  properties: {\n    allow: true",
    },
    expected: /scmCredentials\.properties\.allow: expected false/,
  },
  {
    ...{ name: 'one policy for publishing twice', file: functionApp, from: "  name: 'scm'", to: "  name: 'ftp'" },
    expected: /publishing: expected \["ftp","scm"\]/,
  },
  {
    ...{
      name: 'no instance ready',
      file: main,
      from: '@minValue(1)\n@maxValue(20)',
      to: '@minValue(0)\n@maxValue(20)',
    },
    expected: /main\.bicep: least alwaysReadyInstances: expected 1, got 0/,
  },
  {
    ...{
      name: 'a setting of other plans',
      file: functionApp,
      from: "name: 'AZURE_CLIENT_ID'",
      to: "name: 'FUNCTIONS_WORKER_RUNTIME'",
    },
    expected: /nothing that Flex Consumption refuses/,
  },
  {
    ...{
      name: 'a single webhook',
      file: hooks,
      from: '[for region in regions: {',
      to: '[for region in take(regions, 1): {',
    },
    expected: /webhooks: one for each of: expected "regions"/,
  },
  {
    ...{ name: 'webhooks without the key', file: hooks, from: "      'x-functions-key': key\n", to: '' },
    expected: /webhooks: expected .*"customHeaders":\{\}/,
  },
  {
    ...{ name: 'the key in the address', file: hooks, from: "/${region}'\n", to: "/${region}?code=${key}'\n" },
    expected: /webhooks: expected .*got .*\?code=/,
  },
  {
    ...{ name: 'webhooks over plain http', file: hooks, from: "'https://", to: "'http://" },
    expected: /webhooks: expected .*got .*'http:/,
  },
  {
    ...{ name: 'webhooks of one repository', file: hooks, from: "scope: ''", to: "scope: 'web:*'" },
    expected: /webhooks: expected .*got .*web:\*/,
  },
  {
    ...{ name: 'webhooks that tell of no deletion', file: hooks, from: "      'delete'\n", to: '' },
    expected: /webhooks: expected .*"actions":\["push"\]/,
  },
  {
    ...{
      name: 'webhooks that are all at home',
      file: hooks,
      from: 'location: region',
      to: 'location: registry.location',
    },
    expected: /webhooks: expected .*registry\.location/,
  },
  {
    ...{
      name: 'a role too many',
      file: access,
      from: "registries/webhooks/read'",
      to: "registries/webhooks/read'\n          'Microsoft.ContainerRegistry/registries/webhooks/write'",
    },
    expected: /registry role: expected .*webhooks\/write/,
  },
  {
    ...{
      name: 'an action too few',
      file: access,
      from: "          'Microsoft.ContainerRegistry/registries/webhooks/listEvents/action'\n",
      to: '',
    },
    expected: /registry role: expected .*listEvents/,
  },
  {
    ...{
      name: 'a role that can be assigned elsewhere',
      file: access,
      from: 'resourceGroup().id',
      to: 'subscription().id',
    },
    expected: /registry role: scopes: expected/,
  },
  {
    ...{ name: 'pulling without verification', file: access, from: '= if (verify) {', to: '= {' },
    expected: /grants: expected/,
  },
  {
    ...{
      name: 'sending to the whole namespace',
      file: roles,
      from: "resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n  name: guid(topic.id, principalId, serviceBusDataSender)\n  scope: topic",
      to: "resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n  name: guid(namespace.id, principalId, serviceBusDataSender)\n  scope: namespace",
    },
    expected: /grants: expected/,
  },
  {
    ...{
      name: 'a role by another id',
      file: roles,
      from: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39',
      to: '090c5cfd-751d-490a-894a-3ce6f1109419',
    },
    expected: /serviceBusDataSender: expected "69a216fc/,
  },
  {
    ...{
      name: 'an assignment with a new name each time',
      file: roles,
      from: 'guid(account.id, principalId, storageBlobDataOwner)',
      to: "guid(deployment().name, 'blobs')",
    },
    expected: /blobs\.name: expected/,
  },
];
