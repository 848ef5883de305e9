import { describe, expect, it } from 'vitest';
import { ConfigError, type Environment, readConfig, registryConfig, tagRules } from '../src/config.ts';
import { parseRegistry, parseRepository, type Registry, type Repository } from '../src/core/names.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONTOSO = { name: 'contoso', regions: ['eastus', 'West Europe', 'canadacentral'] };
const RESOURCE_ID = '/subscriptions/1/resourceGroups/web/providers/Microsoft.ContainerRegistry/registries/contoso';
const SERVICE_BUS =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0LWJ1cw==';
const MINIMAL = { REGISTRIES: JSON.stringify([CONTOSO]), TABLES: 'UseDevelopmentStorage=true', SERVICE_BUS };

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.faults : [String(error)];
  }
}

function nameOf<T>(parsed: { type: 'valid'; value: T } | { type: 'invalid'; message: string }): T {
  if (parsed.type === 'invalid') {
    throw new TypeError(parsed.message);
  }
  return parsed.value;
}
const registry = (text: string): Registry => nameOf(parseRegistry(text));
const repository = (text: string): Repository => nameOf(parseRepository(text));

describe('REGISTRIES', () => {
  const faultsIn = (...entries: unknown[]) => faultsOf({ ...MINIMAL, REGISTRIES: JSON.stringify(entries) });

  it.for([
    { name: 'no JSON', text: '[{"name": hush}]', expected: 'got 16 characters that are not JSON' },
    { name: 'an object', text: '{"name":"contoso"}', expected: 'got an object' },
    { name: 'an empty list', text: '[]', expected: 'got an empty one' },
  ])('is not $name', ({ text, expected }) => {
    expect(faultsOf({ ...MINIMAL, REGISTRIES: text })).toEqual([
      `REGISTRIES: expected a JSON array of registries, ${expected}`,
    ]);
  });

  const cases: { name: string; entry: object; expected: string[] }[] = [
    {
      name: 'a name of ACR',
      entry: { name: 'my-reg' },
      expected: ['[0].name: expected a registry name of 5 to 50 letters and digits, got "my-reg"'],
    },
    { name: 'its name', entry: { name: undefined }, expected: ['[0].name: expected a string, got nothing'] },
    {
      name: 'its regions, or where to read them',
      entry: { regions: undefined },
      expected: [
        '[0].regions: expected a list of regions like ["eastus"], or a resourceId to read them from, got neither',
      ],
    },
    {
      name: 'a region at least',
      entry: { regions: [] },
      expected: ['[0].regions: expected a list of regions like ["eastus"], got none'],
    },
    {
      name: 'a resource id to read its regions from',
      entry: { regions: 'auto' },
      expected: [
        '[0].regions: expected a list of regions like ["eastus"], or a resourceId to read them from, got "auto" without it',
      ],
    },
    {
      name: 'its own resource id',
      entry: { resourceId: RESOURCE_ID.replace('contoso', 'Fabrikam') },
      expected: ['[0].resourceId: expected the one of contoso, got that of fabrikam'],
    },
    {
      name: 'a list where it is not "auto"',
      entry: { resourceId: RESOURCE_ID, regions: 'eastus', verify: 'yes' },
      expected: [
        '[0].regions: expected a list of regions like ["eastus"], got "eastus"',
        '[0].verify: expected a boolean, got "yes"',
      ],
    },
    {
      name: 'each region once, whatever way it is written, and all of them valid',
      entry: { regions: ['East US', 'eastus', 7, 'east/us'] },
      expected: [
        '[0].regions[1]: expected each region once, got eastus again',
        '[0].regions[2]: expected a region like "eastus", got 7',
        '[0].regions[3]: expected a region like "eastus" or "East US", got "east/us"',
      ],
    },
    {
      name: 'only keys that are known',
      entry: { region: ['eastus'], repositories: [{ match: 'web', lagMinutes: 1 }] },
      expected: [
        '[0].repositories[0]: expected known keys only, got "lagMinutes"',
        '[0]: expected known keys only, got "region"',
      ],
    },
    {
      name: 'exclusions that exclude something',
      entry: { exclude: ['westus'] },
      expected: ['[0].exclude[0]: expected one of eastus, westeurope, canadacentral, got westus'],
    },
    {
      name: 'a region that is left',
      entry: { exclude: ['eastus', 'westeurope', 'canadacentral'] },
      expected: ['[0].exclude: expected at least one region to be left, got none: nothing would ever be announced'],
    },
    {
      name: 'a login server, not a URL',
      entry: { loginServer: 'https://contoso.azurecr.io' },
      expected: [
        '[0].loginServer: expected a host name like "contoso.azurecr.io" or "contoso.servicebus.windows.net", got "https://contoso.azurecr.io"',
      ],
    },
    {
      name: 'a resource id of a registry',
      entry: { resourceId: '/subscriptions/1' },
      expected: [
        '[0].resourceId: expected a resource id like "/subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/…", got "/subscriptions/1"',
      ],
    },
    {
      name: 'a positive lag',
      entry: { lagAfterMinutes: 0, repositories: [{ match: 'web', lagAfterMinutes: '5' }] },
      expected: [
        '[0].lagAfterMinutes: expected a number of minutes above 0, got 0',
        '[0].repositories[0].lagAfterMinutes: expected a number of minutes above 0, got "5"',
      ],
    },
    {
      name: 'a lag below the time of watching',
      entry: { lagAfterMinutes: 1440, repositories: [{ match: 'web', lagAfterMinutes: 2000 }] },
      expected: [
        '[0].lagAfterMinutes: expected less than ABANDON_AFTER_HOURS (1440 minutes), got 1440',
        '[0].repositories[0].lagAfterMinutes: expected less than ABANDON_AFTER_HOURS (1440 minutes), got 2000',
      ],
    },
    {
      name: 'rules that can be matched',
      entry: { repositories: [{ match: 'Web' }, { match: '*/web' }, { match: '' }, {}] },
      expected: [
        '[0].repositories[0].match: expected a repository, or its beginning and "*" at the end, got "Web"',
        '[0].repositories[1].match: expected a repository, or its beginning and "*" at the end, got "*/web"',
        '[0].repositories[2].match: expected a repository, or its beginning and "*" at the end, got ""',
        '[0].repositories[3].match: expected a string, got nothing',
      ],
    },
    {
      name: 'each rule once',
      entry: { repositories: [{ match: 'web' }, { match: '*' }, { match: 'web' }] },
      expected: ['[0].repositories[2].match: expected each once, got "web" again'],
    },
    {
      name: "rules with the registry's regions only",
      entry: { exclude: ['eastus'], repositories: [{ match: 'web', regions: ['westeurope', 'eastus', 'westus'] }] },
      expected: [
        "[0].repositories[0].regions[1]: expected one of the registry's regions, got eastus, which the registry excludes",
        "[0].repositories[0].regions[2]: expected one of the registry's regions, got westus, which is none of them",
      ],
    },
    {
      name: 'a rule that leaves a region',
      entry: { repositories: [{ match: 'web', regions: ['eastus'], exclude: ['East US'] }] },
      expected: [
        '[0].repositories[0].exclude: expected at least one region to be left, got none: nothing would ever be announced',
      ],
    },
  ];
  it.for(cases)('needs $name', ({ entry, expected }) => {
    expect(faultsIn({ ...CONTOSO, ...entry })).toEqual(expected.map((fault) => `REGISTRIES${fault}`));
  });

  const registryIn = (entry: object) =>
    readConfig({ ...MINIMAL, REGISTRIES: JSON.stringify([{ name: 'contoso', ...entry }]) }).registries[0];

  it.for([
    {
      name: 'reads its regions from the registry where there is a resource id and nothing is said',
      entry: { resourceId: RESOURCE_ID },
      expected: { resourceId: RESOURCE_ID, optedIn: { regions: 'auto', exclude: [] } },
    },
    {
      name: 'takes a resource id in whatever letters',
      entry: { resourceId: RESOURCE_ID.toUpperCase() },
      expected: { resourceId: RESOURCE_ID.toUpperCase(), optedIn: { regions: 'auto', exclude: [] } },
    },
    {
      name: 'reads them without those that are excluded, which cannot be checked here',
      entry: { resourceId: RESOURCE_ID, regions: 'auto', exclude: ['East US', 'moonbase'] },
      expected: { optedIn: { regions: 'auto', exclude: ['eastus', 'moonbase'] } },
    },
    {
      name: 'keeps to a list though there is a resource id',
      entry: { resourceId: RESOURCE_ID, regions: ['East US'] },
      expected: { resourceId: RESOURCE_ID, optedIn: { regions: ['eastus'], exclude: [] } },
    },
    {
      name: 'has rules with any regions where the registry has those that it has',
      entry: {
        resourceId: RESOURCE_ID,
        exclude: ['eastus'],
        repositories: [{ match: 'web', regions: ['eastus', 'moonbase'], exclude: ['eastus'] }, { match: '*' }],
      },
      expected: {
        rules: [
          { match: 'web', regions: { regions: ['eastus', 'moonbase'], exclude: ['eastus'] } },
          { match: '*', lagAfterMs: 10 * MINUTE_MS },
        ],
      },
    },
    {
      name: 'asks no replica unless it is told to',
      entry: { regions: ['eastus'] },
      expected: { isVerified: false },
    },
    {
      name: 'asks replicas when it is told to',
      entry: { regions: ['eastus'], verify: true },
      expected: { isVerified: true },
    },
    {
      name: 'asks none when it is told not to',
      entry: { regions: ['eastus'], verify: false },
      expected: { isVerified: false },
    },
  ])('$name', ({ entry, expected }) => {
    expect(registryIn(entry)).toMatchObject(expected);
  });

  it('cannot be asked about itself without a resource id', () => {
    expect(registryIn({ regions: ['eastus'] })).not.toHaveProperty('resourceId');
  });

  it('needs a region that is left by a rule, also where regions are read', () => {
    const rule = { match: 'web', regions: ['eastus'], exclude: ['eastus'] };
    expect(faultsIn({ name: 'contoso', resourceId: RESOURCE_ID, repositories: [rule] })).toEqual([
      'REGISTRIES[0].repositories[0].exclude: expected at least one region to be left, got none: nothing would ever be announced',
    ]);
  });

  it('needs each registry once, in whatever case, and tells the faults of all', () => {
    expect(faultsIn(CONTOSO, 7, { ...CONTOSO, name: 'Contoso' }, { ...CONTOSO, name: 'x' })).toEqual([
      'REGISTRIES[1]: expected an object, got 7',
      'REGISTRIES[2].name: expected each registry once, got contoso again',
      'REGISTRIES[3].name: expected a registry name of 5 to 50 letters and digits, got "x"',
    ]);
  });

  it('finds a registry by its name', () => {
    const config = readConfig(MINIMAL);
    expect(registryConfig(config, registry('Contoso'))).toBe(config.registries[0]);
    expect(registryConfig(config, registry('fabrikam'))).toBeUndefined();
  });
});

describe('rules of a repository', () => {
  const entry = {
    ...CONTOSO,
    exclude: ['canadacentral'],
    lagAfterMinutes: 5,
    repositories: [
      { match: 'public/products/web', lagAfterMinutes: 1 },
      { match: 'public/products/*', regions: ['westeurope'] },
      { match: 'internal/*', exclude: ['westeurope'], lagAfterMinutes: 30 },
    ],
  };
  const [contoso] = readConfig({ ...MINIMAL, REGISTRIES: JSON.stringify([entry]) }).registries;

  it.for([
    { name: 'the first one that matches counts', of: 'public/products/web', expected: { lagMinutes: 1 } },
    {
      name: 'an exact one takes no longer name',
      of: 'public/products/web2',
      expected: { regions: { regions: ['westeurope'], exclude: [] }, lagMinutes: 5 },
    },
    {
      name: 'a beginning takes what is deeper',
      of: 'public/products/a/b',
      expected: { regions: { regions: ['westeurope'], exclude: [] }, lagMinutes: 5 },
    },
    { name: 'a beginning does not take itself cut short', of: 'public/products', expected: { lagMinutes: 5 } },
    {
      name: 'an exclusion leaves what else is opted in',
      of: 'internal/api',
      expected: { regions: { regions: 'auto' as const, exclude: ['westeurope'] }, lagMinutes: 30 },
    },
    { name: 'without one, the registry counts', of: 'web', expected: { lagMinutes: 5 } },
  ])('$name', ({ of, expected: { lagMinutes, ...regions } }) => {
    expect(contoso && tagRules(contoso, repository(of))).toEqual({
      ...regions,
      lagAfterMs: lagMinutes * MINUTE_MS,
      abandonAfterMs: 24 * HOUR_MS,
    });
  });
});
