// What holds for single resources: no shared keys, nothing public, nothing lost on the topic, one webhook per replica.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep, not JavaScript.
import { ACTIONS } from '../../src/setup/plan.ts';
import { plain, valueAt } from './bicep-values.ts';
import { expectEqual, fileOf, type Infra, made, type Rule } from './infra.ts';

interface Posture {
  readonly type: string;
  readonly at: string;
  readonly expected: unknown;
}

const posture: readonly Posture[] = [
  { type: 'Microsoft.Storage/storageAccounts', at: 'properties.allowSharedKeyAccess', expected: false },
  { type: 'Microsoft.Storage/storageAccounts', at: 'properties.allowBlobPublicAccess', expected: false },
  { type: 'Microsoft.Storage/storageAccounts', at: 'properties.isLocalUserEnabled', expected: false },
  { type: 'Microsoft.Storage/storageAccounts', at: 'properties.minimumTlsVersion', expected: 'TLS1_2' },
  { type: 'Microsoft.Storage/storageAccounts', at: 'properties.supportsHttpsTrafficOnly', expected: true },
  {
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    at: 'properties.publicAccess',
    expected: 'None',
  },
  { type: 'Microsoft.ServiceBus/namespaces', at: 'properties.disableLocalAuth', expected: true },
  { type: 'Microsoft.ServiceBus/namespaces', at: 'properties.minimumTlsVersion', expected: '1.2' },
  { type: 'Microsoft.ServiceBus/namespaces/topics', at: 'properties.requiresDuplicateDetection', expected: true },
  {
    type: 'Microsoft.ServiceBus/namespaces/topics',
    at: 'properties.duplicateDetectionHistoryTimeWindow',
    expected: '${duplicateDetectionWindow}',
  },
  {
    type: 'Microsoft.ServiceBus/namespaces/topics/subscriptions',
    at: 'properties.deadLetteringOnMessageExpiration',
    expected: true,
  },
  {
    type: 'Microsoft.ServiceBus/namespaces/topics/subscriptions',
    at: 'properties.deadLetteringOnFilterEvaluationExceptions',
    expected: true,
  },
  // Under another name it would stand beside the one that lets everything through.
  { type: 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules', at: 'name', expected: '$Default' },
  { type: 'Microsoft.Insights/components', at: 'properties.DisableLocalAuth', expected: true },
  { type: 'Microsoft.OperationalInsights/workspaces', at: 'properties.features.disableLocalAuth', expected: true },
  { type: 'Microsoft.Web/serverfarms', at: 'sku.name', expected: 'FC1' },
  { type: 'Microsoft.Web/sites', at: 'identity.type', expected: 'UserAssigned' },
  { type: 'Microsoft.Web/sites', at: 'properties.httpsOnly', expected: true },
  { type: 'Microsoft.Web/sites', at: 'properties.siteConfig.minTlsVersion', expected: '1.2' },
  { type: 'Microsoft.Web/sites', at: 'properties.siteConfig.scmMinTlsVersion', expected: '1.2' },
  {
    type: 'Microsoft.Web/sites',
    at: 'properties.functionAppConfig.runtime',
    expected: { name: 'node', version: '24' },
  },
  {
    type: 'Microsoft.Web/sites',
    at: 'properties.functionAppConfig.deployment.storage.authentication.type',
    expected: 'UserAssignedIdentity',
  },
  {
    type: 'Microsoft.Web/sites',
    at: 'properties.functionAppConfig.scaleAndConcurrency.alwaysReady',
    expected: [{ name: 'http', instanceCount: '${alwaysReadyInstances}' }],
  },
  { type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', at: 'properties.allow', expected: false },
];

export const postures: Rule = (infra) =>
  posture.flatMap(({ type, at, expected }) => {
    const resources = made(infra, type);
    return resources.length === 0
      ? [`expected a ${type}, got none`]
      : resources.flatMap(({ file, name, body }) =>
          expectEqual(`${file.path}: ${name}.${at}`, plain(valueAt(body, at)), expected),
        );
  });

export const publishing: Rule = (infra) => {
  const policies = made(infra, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
  return expectEqual('publishing', policies.map(({ body }) => plain(valueAt(body, 'name'))).sort(), ['ftp', 'scm']);
};

const DURATION = /^P(\d+)D$/;

/** Every value that a caller may give: the topic forgets no message within a day. */
export const duplicateDetection: Rule = (infra) =>
  ['main.bicep', 'modules/service-bus.bicep'].flatMap((file) => {
    const window = fileOf(infra, file).parameters.find(({ name }) => name === 'duplicateDetectionWindow');
    const [allowed] = window?.decorators.get('allowed') ?? [];
    const values = allowed?.type === 'array' ? allowed.items.map((item) => plain(item)) : [];
    const isLong = (value: unknown) => Number(DURATION.exec(String(value))?.[1] ?? 0) >= 1;
    return values.length > 0 && values.every(isLong)
      ? []
      : [`${file}: expected windows of a day and more, got ${JSON.stringify(values)}`];
  });

const minimum = (infra: Infra, file: string, parameter: string): unknown => {
  const [value] =
    fileOf(infra, file)
      .parameters.find(({ name }) => name === parameter)
      ?.decorators.get('minValue') ?? [];
  return plain(value);
};

export const alwaysReady: Rule = (infra) =>
  ['main.bicep', 'modules/function-app.bicep'].flatMap((file) =>
    expectEqual(`${file}: least alwaysReadyInstances`, minimum(infra, file, 'alwaysReadyInstances'), 1),
  );

/** Deployed on a plan that refuses them: https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations */
const NOT_ON_FLEX =
  /FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_RUNTIME|WEBSITE_RUN_FROM_PACKAGE|alwaysOn|linuxFxVersion/;

export const flex: Rule = (infra) => {
  const [found] = NOT_ON_FLEX.exec(fileOf(infra, 'modules/function-app.bicep').source) ?? [];
  return found === undefined ? [] : [`expected nothing that Flex Consumption refuses, got ${found}`];
};

/** As npm run webhooks would make them, so that neither finds fault with the other's. */
export const webhooks: Rule = (infra) => {
  const resources = made(infra, 'Microsoft.ContainerRegistry/registries/webhooks');
  const [webhook] = resources;
  const expected = {
    parent: '${registry}',
    name: "${'${webhookPrefix}${region}'}",
    location: '${region}',
    properties: {
      serviceUri: "${'https://${host}/api/webhooks/${toLower(registryName)}/${region}'}",
      customHeaders: { 'x-functions-key': '${key}' },
      status: 'enabled',
      scope: '',
      actions: [...ACTIONS],
    },
  };
  return [
    ...expectEqual('webhooks: resources', resources.length, 1),
    ...expectEqual('webhooks: one for each of', webhook?.loop, 'regions'),
    ...expectEqual('webhooks', plain(webhook?.body), expected),
    ...expectEqual('webhooks: condition', webhook?.condition, undefined),
  ];
};
