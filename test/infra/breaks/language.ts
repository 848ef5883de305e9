// What is wrong with the language, and secrets that come out.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep, not JavaScript.
import type { Break } from './break.ts';

const main = 'main.bicep';
const storage = 'modules/storage.bicep';
const serviceBus = 'modules/service-bus.bicep';
const functionApp = 'modules/function-app.bicep';
const alerts = 'modules/alerts.bicep';
const hooks = 'modules/registry-webhooks.bicep';
const keys = 'modules/webhooks.bicep';

export const languageBreaks: readonly Break[] = [
  {
    ...{ name: 'a brace too few', file: storage, from: '    name: sku\n  }\n', to: '    name: sku\n' },
    expected: /syntax error/,
  },
  {
    ...{ name: 'a property that no type has', file: storage, from: 'allowSharedKeyAccess', to: 'allowSharedKeys' },
    expected: /account\.properties\.allowSharedKeys: expected one of/,
  },
  {
    ...{ name: 'a required property left out', file: storage, from: "  kind: 'StorageV2'\n", to: '' },
    expected: /account\.kind: expected to be set/,
  },
  {
    ...{
      name: 'a required property left out of a variant',
      file: alerts,
      from: "          name: 'dead letters'\n",
      to: '',
    },
    expected: /deadLetters\.properties\.criteria\.allOf\[0\]\.name: expected to be set/,
  },
  {
    ...{ name: 'a value of another type', file: functionApp, from: 'httpsOnly: true', to: "httpsOnly: 'yes'" },
    expected: /app\.properties\.httpsOnly: expected bool, got "yes"/,
  },
  {
    ...{ name: 'a value that is none of the words', file: serviceBus, from: "tier: 'Premium'", to: "tier: 'Gold'" },
    expected: /namespace\.sku\.tier: expected .*got "Gold"/,
  },
  {
    ...{ name: 'a property misspelt in a loop', file: alerts, from: '      emailAddress:', to: '      mailAddress:' },
    expected: /emailReceivers\[0\]\.mailAddress: expected one of/,
  },
  {
    ...{
      name: 'a property misspelt in a variable',
      file: functionApp,
      from: "    name: 'REGISTRIES'\n",
      to: "    key: 'REGISTRIES'\n",
    },
    expected: /app\.properties\.siteConfig\.appSettings\[\d+\]\.key: expected one of/,
  },
  {
    ...{
      name: 'another version of a type',
      file: storage,
      from: 'storageAccounts@2025-06-01',
      to: 'storageAccounts@2019-06-01',
    },
    expected: /expected a type of azure-types\.txt, got Microsoft\.Storage\/storageAccounts@2019-06-01/,
  },
  {
    ...{
      name: 'a parameter without a description',
      file: main,
      from: "@description('Optional. Tags of all resources. Default: none but those that azd needs.')\n",
      to: '',
    },
    expected: /main\.bicep: tags: expected a description/,
  },
  {
    ...{
      name: 'an optional parameter called required',
      file: main,
      from: 'Optional. Tags of all',
      to: 'Required. Tags of all',
    },
    expected: /main\.bicep: tags: expected a description/,
  },
  {
    ...{ name: 'a module without a name', file: main, from: "  name: 'landfall-storage-${token}'\n", to: '' },
    expected: /storage: expected a name with the token/,
  },
  {
    ...{
      name: 'modules of a loop with one name',
      file: main,
      from: 'landfall-access-${token}-${index}',
      to: 'landfall-access-${token}',
    },
    expected: /registryAccess: expected a name with the token, and the index/,
  },
  {
    ...{ name: 'a module without what it requires', file: main, from: '    sku: storageSku\n', to: '' },
    expected: /storage: expected sku/,
  },
  {
    ...{
      name: 'a module with what it does not have',
      file: main,
      from: '    sku: storageSku\n',
      to: '    sku: storageSku\n    tier: 1\n',
    },
    expected: /storage: modules\/storage\.bicep has no parameter tier/,
  },
  {
    ...{
      name: 'an output that a module does not have',
      file: main,
      from: 'storage.outputs.containerName',
      to: 'storage.outputs.container',
    },
    expected: /storage\.outputs\.container: there is no such output/,
  },
  {
    ...{ name: 'a parameter that nothing uses', file: serviceBus, from: '    capacity: messagingUnits\n', to: '' },
    expected: /service-bus\.bicep: messagingUnits: expected to be used/,
  },
  {
    ...{ name: 'a key as a plain parameter', file: hooks, from: '@secure()\n', to: '' },
    expected: /key: expected @secure\(\)[\s\S]*look-ups/,
  },
  {
    ...{
      name: 'a secret with a default',
      file: main,
      from: "param forwardSecrets string = ''",
      to: "param forwardSecrets string = '{}'",
    },
    expected: /forwardSecrets: expected no default/,
  },
  {
    ...{
      name: 'a key in an output',
      file: keys,
      from: 'module registryWebhooks',
      to: "output leak string = listKeys(functionApp.id, '2025-03-01').functionKeys.default\nmodule registryWebhooks",
    },
    expected: /output leak: expected nothing secret, got listKeys/,
  },
  {
    ...{
      name: 'a secret in an output',
      file: main,
      from: 'output url string = ',
      to: 'output url string = forwardSecrets\noutput other string = ',
    },
    expected: /output url: expected nothing secret, got forwardSecrets/,
  },
  {
    ...{
      name: 'a connection string',
      file: functionApp,
      from: "value: 'managedidentity'",
      to: "value: 'AccountKey=${account.listKeys().keys[0].value}'",
    },
    expected: /expected no shared key, got AccountKey/,
  },
];
