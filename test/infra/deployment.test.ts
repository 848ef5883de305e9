// What infra/ makes of the example's parameters is what the app takes; and what azd is told fits both.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AzureAuthorityHosts } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { moduleParams, parameterValues, scopeOf } from './evaluate.ts';
import { fileOf, folder, readInfra } from './infra.ts';

const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const infra = readInfra();
const main = read('main.bicep');
const clouds = JSON.parse(read('clouds.json'));
const clientId = '11111111-2222-4333-8444-555555555555';

/** What only Azure knows. */
const outputs = {
  identity: { outputs: { resourceId: '/identity', clientId, principalId: 'p' } },
  monitoring: { outputs: { insightsName: 'appi-landfall', workspaceId: '/workspace' } },
  storage: { outputs: { name: 'stlandfall', containerName: 'app-package' } },
  serviceBus: { outputs: { name: 'sbns-landfall', topicName: 'replication-events', resourceId: '/bus' } },
  resourceGroup: () => ({ id: '/subscriptions/s/resourceGroups/g', location: 'westeurope' }),
  uniqueString: () => 'abcdefghijklm',
  loadJsonContent: (file: string) => JSON.parse(read(file)),
};

/** The app's settings, as they are deployed. */
function settingsFor(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const example = parameterValues(read('main.bicepparam'), {});
  const scope = scopeOf(main, { ...example, ...given, ...outputs });
  const params = moduleParams(main, 'functionApp', scope);
  const inside = scopeOf(read('modules/function-app.bicep'), {
    ...params,
    account: { name: params['storageAccountName'] },
    insights: {
      properties: {
        ConnectionString:
          'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/',
      },
    },
  });
  const own = inside.get('ownSettings')?.() as { readonly name: string; readonly value: string }[];
  const further = params['settings'] as Readonly<Record<string, string>>;
  return { ...Object.fromEntries(own.map(({ name, value }) => [name, value])), ...further };
}

describe('the settings that are deployed', () => {
  it('are taken by the app', () => {
    const config = readConfig(settingsFor({}));
    expect(config).toMatchObject({
      tables: { endpoint: 'https://stlandfall.table.core.windows.net' },
      serviceBus: { fullyQualifiedNamespace: 'sbns-landfall.servicebus.windows.net' },
      topic: 'replication-events',
      clientId,
      managementEndpoint: 'https://management.azure.com',
      telemetry: { applicationInsights: { identity: { clientId } } },
    });
    expect(config.registries).toMatchObject([
      {
        name: 'contoso',
        loginServer: 'contoso.azurecr.io',
        optedIn: { regions: 'auto', exclude: ['canadacentral'] },
        isVerified: false,
        lagAfterMs: 15 * 60_000,
        rules: [{ match: 'public/products/*', lagAfterMs: 5 * 60_000 }],
      },
    ]);
  });

  it('name several registries, with nothing but what is required and with all that can be said', () => {
    const id = (group: string, name: string) =>
      `/subscriptions/00000000-0000-0000-0000-00000000000${group.length}/resourceGroups/${group}/providers/Microsoft.ContainerRegistry/registries/${name}`;
    const registries = [
      { resourceId: id('one', 'Contoso'), regions: ['westeurope'] },
      {
        ...{ resourceId: id('second', 'fabrikam'), regions: ['eastus', 'westus'], verify: true, lagAfterMinutes: 3 },
        repositories: [{ match: 'a/*', regions: ['eastus', 'westus'], exclude: ['westus'], lagAfterMinutes: 4 }],
      },
    ];
    const config = readConfig(settingsFor({ registries }));
    expect(config.registries).toMatchObject([
      { name: 'contoso', isVerified: false, lagAfterMs: 15 * 60_000, rules: [] },
      { name: 'fabrikam', isVerified: true, lagAfterMs: 3 * 60_000, rules: [{ match: 'a/*', lagAfterMs: 4 * 60_000 }] },
    ]);
    expect(config.registries.map(({ resourceId }) => resourceId)).toEqual(
      registries.map(({ resourceId }) => resourceId),
    );
  });

  it('let the forwarder connect as the identity of the app', () => {
    const forwardTargets = '[{"name":"flux","url":"https://flux.example/hook","header":"Authorization"}]';
    const config = readConfig(settingsFor({ forwardTargets, forwardSecrets: '{"flux":"Bearer x"}' }));
    expect(config.forward).toMatchObject({ subscription: 'forward', targets: [{ name: 'flux' }] });
  });

  it.for([
    { cloud: 'AzureCloud', authority: AzureAuthorityHosts.AzurePublicCloud },
    { cloud: 'AzureUSGovernment', authority: AzureAuthorityHosts.AzureGovernment },
    { cloud: 'AzureChinaCloud', authority: AzureAuthorityHosts.AzureChina },
  ])('point to $cloud alone', ({ cloud, authority }) => {
    const own = clouds[cloud];
    const settings = settingsFor({ cloud });
    const config = readConfig(settings);
    expect(settings['AZURE_AUTHORITY_HOST']).toBe(authority);
    expect(config).toMatchObject({
      tables: { endpoint: `https://stlandfall.table.${own.storageSuffix}` },
      serviceBus: { fullyQualifiedNamespace: `sbns-landfall.${own.serviceBusSuffix}` },
      managementEndpoint: own.management,
      registries: [{ loginServer: `contoso.${own.registrySuffix}` }],
    });
    const others = Object.keys(clouds).filter((name) => name !== cloud);
    const foreign = others.flatMap((name) => Object.values<string>(clouds[name]));
    expect(foreign.filter((address) => JSON.stringify(Object.values(settings)).includes(address))).toEqual([]);
  });
});

describe('clouds.json', () => {
  it('knows the clouds that can be chosen, each with every address', () => {
    const [allowed] =
      fileOf(infra, 'main.bicep')
        .parameters.find(({ name }) => name === 'cloud')
        ?.decorators.get('allowed') ?? [];
    const names = allowed?.type === 'array' ? allowed.items.map((item) => item.type === 'text' && item.text) : [];
    expect(Object.keys(clouds)).toEqual(names);
    for (const cloud of Object.values<object>(clouds)) {
      expect(Object.keys(cloud)).toEqual(Object.keys(clouds.AzureCloud));
    }
  });
});

describe('main.bicepparam', () => {
  it('gives parameters that there are, and all that are required', () => {
    const { parameters } = fileOf(infra, 'main.bicep');
    const given = Object.keys(parameterValues(read('main.bicepparam'), {}));
    const known = parameters.map(({ name }) => name);
    const required = parameters.filter((parameter) => parameter.default === undefined).map(({ name }) => name);
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it.for([
    { name: 'makes no webhooks at first', environment: {}, expected: false },
    {
      name: 'makes them once azd says that the app is there',
      environment: { LANDFALL_WEBHOOKS: 'true' },
      expected: true,
    },
  ])('$name', ({ environment, expected }) => {
    expect(parameterValues(read('main.bicepparam'), environment)['createWebhooks']).toBe(expected);
  });
});

describe('azure.yaml', () => {
  const yaml = readFileSync(path.join(folder, '../azure.yaml'), 'utf8');

  it('names the service as the app is tagged', () => {
    const [, service] = /^services:\n {2}(\w+):$/m.exec(yaml) ?? [];
    expect(main).toContain(`'azd-service-name': '${service}'`);
  });

  it('builds nothing in Azure, as there is nothing to build from', () => {
    expect(yaml).toMatch(/^ {4}remoteBuild: false$/m);
  });

  it('makes the webhooks after the app, by the variable that the parameters read', () => {
    const runs = [...yaml.matchAll(/^ {6}run: (.*)$/gm)].map(([, run]) => run);
    expect(runs).toEqual(Array(2).fill('azd env set LANDFALL_WEBHOOKS true && azd provision --no-prompt'));
    expect(yaml).toMatch(/^ {2}postdeploy:$/m);
  });
});
