import { describe, expect, it } from 'vitest';
import { ConfigError, type Environment, readConfig } from '../src/config.ts';
import { settings } from '../src/config-settings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONTOSO = { name: 'contoso', regions: ['eastus', 'West Europe', 'canadacentral'] };
const REGISTRIES = JSON.stringify([CONTOSO]);
const TABLES =
  'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0LXRhYmxlcy1rZXk=;EndpointSuffix=x';
const SERVICE_BUS =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0LWJ1cw==';
const MINIMAL: Environment = { REGISTRIES, TABLES, SERVICE_BUS };

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) {
      expect(error.message.split('\n').slice(1)).toEqual(error.faults.map((fault) => `- ${fault}`));
      return error.faults;
    }
    throw error;
  }
  return [];
}

describe('a good environment', () => {
  it('needs three settings; the rest has defaults', () => {
    expect(readConfig(MINIMAL)).toEqual({
      registries: [
        {
          name: 'contoso',
          loginServer: 'contoso.azurecr.io',
          optedIn: { regions: ['eastus', 'westeurope', 'canadacentral'], exclude: [] },
          isVerified: false,
          lagAfterMs: 10 * MINUTE_MS,
          abandonAfterMs: 24 * HOUR_MS,
          rules: [],
        },
      ],
      tables: { connectionString: TABLES },
      serviceBus: { connectionString: SERVICE_BUS },
      topic: 'replication-events',
      telemetry: {},
      notReadyAfterMs: HOUR_MS,
      managementEndpoint: 'https://management.azure.com',
      abandonAfterMs: 24 * HOUR_MS,
      refreshSchedule: '0 */5 * * * *',
      reconcileSchedule: '30 2-59/5 * * * *',
      isEventGridServed: false,
      sweep: { schedule: '0 * * * * *', concurrency: 16, budgetMs: 50_000 },
    });
  });

  it('takes every setting', () => {
    const config = readConfig({
      REGISTRIES: JSON.stringify([
        {
          ...CONTOSO,
          loginServer: 'Contoso-abc.azurecr.io',
          resourceId: '/subscriptions/1/resourceGroups/web/providers/Microsoft.ContainerRegistry/registries/contoso',
          exclude: ['East US'],
          verify: true,
          lagAfterMinutes: 0.5,
          repositories: [{ match: 'public/*', regions: ['westeurope'], lagAfterMinutes: 2 }],
        },
      ]),
      TABLES__endpoint: 'https://contoso.table.core.windows.net',
      SERVICE_BUS__fullyQualifiedNamespace: 'Contoso.servicebus.windows.net',
      SERVICE_BUS_TOPIC: 'landfall/events',
      AZURE_CLIENT_ID: '3d78b540-ab61-4f75-807f-7ca9ecf445d4',
      LAG_AFTER_MINUTES: '2.5',
      ABANDON_AFTER_HOURS: '0.25',
      REPLICA_NOT_READY_AFTER_MINUTES: '1.5',
      MANAGEMENT_ENDPOINT: 'https://management.usgovcloudapi.net/',
      REFRESH_SCHEDULE: '30 */10 * * * *',
      RECONCILE_SCHEDULE: '15 * * * * *',
      EVENT_GRID: 'On',
      WEBSITE_HOSTNAME: 'Landfall-Contoso.azurewebsites.net',
      SWEEP_SCHEDULE: '*/30 0-59/2 * 1,15 jan-DEC Mon-Friday',
      SWEEP_CONCURRENCY: '1',
      SWEEP_BUDGET_SECONDS: '110',
    });
    expect(config).toEqual({
      registries: [
        {
          name: 'contoso',
          loginServer: 'contoso-abc.azurecr.io',
          resourceId: '/subscriptions/1/resourceGroups/web/providers/Microsoft.ContainerRegistry/registries/contoso',
          optedIn: { regions: ['eastus', 'westeurope', 'canadacentral'], exclude: ['eastus'] },
          isVerified: true,
          lagAfterMs: 30_000,
          abandonAfterMs: 15 * MINUTE_MS,
          rules: [{ match: 'public/*', regions: { regions: ['westeurope'], exclude: [] }, lagAfterMs: 2 * MINUTE_MS }],
        },
      ],
      tables: { endpoint: 'https://contoso.table.core.windows.net' },
      serviceBus: { fullyQualifiedNamespace: 'contoso.servicebus.windows.net' },
      topic: 'landfall/events',
      telemetry: {},
      clientId: '3d78b540-ab61-4f75-807f-7ca9ecf445d4',
      notReadyAfterMs: 1.5 * MINUTE_MS,
      managementEndpoint: 'https://management.usgovcloudapi.net',
      abandonAfterMs: 15 * MINUTE_MS,
      refreshSchedule: '30 */10 * * * *',
      reconcileSchedule: '15 * * * * *',
      isEventGridServed: true,
      ownHost: 'landfall-contoso.azurewebsites.net',
      sweep: { schedule: '*/30 0-59/2 * 1,15 jan-DEC Mon-Friday', concurrency: 1, budgetMs: 110_000 },
    });
  });

  it.for(settings.map(({ name }) => name).filter((name) => !(name in MINIMAL)))(
    'counts an empty %s as absent',
    (name) => {
      expect(readConfig({ ...MINIMAL, [name]: '' })).toEqual(readConfig(MINIMAL));
      expect(readConfig({ ...MINIMAL, [name]: ' \t' })).toEqual(readConfig(MINIMAL));
    },
  );

  it.for(settings.flatMap(({ name, default: text }) => (text === undefined ? [] : [{ name, text }])))(
    'takes the default of $name when it is written out',
    ({ name, text }) => {
      expect(readConfig({ ...MINIMAL, [name]: text })).toEqual(readConfig(MINIMAL));
    },
  );

  it.for([
    { name: 'storage on this machine', environment: { ...MINIMAL, TABLES: 'UseDevelopmentStorage=true' } },
    {
      name: 'a bus with the topic in its connection string',
      environment: { ...MINIMAL, SERVICE_BUS: `${SERVICE_BUS};EntityPath=replication-events` },
    },
  ])('takes $name', ({ environment }) => {
    expect(faultsOf(environment)).toEqual([]);
  });
});

describe('a bad setting', () => {
  const cases: { name: string; environment: Environment; expected: string[] }[] = [
    {
      name: 'nothing at all',
      environment: { REGISTRIES: undefined, TABLES: undefined, SERVICE_BUS: undefined },
      expected: [
        'TABLES, TABLES__endpoint: expected exactly one of them, got none',
        'SERVICE_BUS, SERVICE_BUS__fullyQualifiedNamespace: expected exactly one of them, got none',
        'REGISTRIES: expected a JSON array of registries, got nothing',
      ],
    },
    {
      name: 'both ways to connect',
      environment: {
        TABLES__endpoint: 'https://contoso.table.core.windows.net',
        SERVICE_BUS__fullyQualifiedNamespace: 'contoso.servicebus.windows.net',
      },
      expected: [
        'TABLES, TABLES__endpoint: expected exactly one of them, got both',
        'SERVICE_BUS, SERVICE_BUS__fullyQualifiedNamespace: expected exactly one of them, got both',
      ],
    },
    {
      name: 'an endpoint without TLS',
      environment: { TABLES: undefined, TABLES__endpoint: 'http://contoso.table.core.windows.net' },
      expected: [
        'TABLES__endpoint: expected a URL like "https://management.azure.com" or "https://contoso.table.core.windows.net", without a query, got "http://contoso.table.core.windows.net"',
      ],
    },
    {
      name: 'a URL for a host name',
      environment: { SERVICE_BUS: undefined, SERVICE_BUS__fullyQualifiedNamespace: 'sb://contoso' },
      expected: [
        'SERVICE_BUS__fullyQualifiedNamespace: expected a host name like "contoso.azurecr.io" or "contoso.servicebus.windows.net", got "sb://contoso"',
      ],
    },
    {
      name: 'half a connection string',
      environment: { TABLES: 'AccountName=contoso', SERVICE_BUS: 'Endpoint=sb://contoso;SharedAccessKey=x' },
      expected: [
        'TABLES: expected a connection string like "…AccountName=…;AccountKey=…", got 19 other characters',
        'SERVICE_BUS: expected a connection string like "Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…", got 39 other characters',
      ],
    },
    {
      name: 'a connection string for another topic',
      environment: { SERVICE_BUS: `${SERVICE_BUS};EntityPath=orders` },
      expected: [
        'SERVICE_BUS: expected no EntityPath or the one of SERVICE_BUS_TOPIC (replication-events), got another one',
      ],
    },
    {
      name: 'a topic with a space',
      environment: { SERVICE_BUS_TOPIC: 'my events' },
      expected: ['SERVICE_BUS_TOPIC: expected a topic name of letters, digits, ".", "-", "_" and "/", got "my events"'],
    },
    {
      name: 'a client id that is none',
      environment: { AZURE_CLIENT_ID: 'contoso' },
      expected: ['AZURE_CLIENT_ID: expected a GUID, got "contoso"'],
    },
    {
      name: 'a lag as long as the watch',
      environment: { LAG_AFTER_MINUTES: '60', ABANDON_AFTER_HOURS: '1' },
      expected: ['LAG_AFTER_MINUTES: expected less than ABANDON_AFTER_HOURS (60 minutes), got 60'],
    },
  ];
  it.for(cases)('is told of: $name', ({ environment, expected }) => {
    expect(faultsOf({ ...MINIMAL, ...environment })).toEqual(expected);
  });

  it.for([
    { name: 'LAG_AFTER_MINUTES', texts: ['0', '-1', 'abc', '1e3', '0x10', 'Infinity', '1,5', '0.0'] },
    { name: 'ABANDON_AFTER_HOURS', texts: ['0', '-1', 'one day', 'NaN'] },
    { name: 'REPLICA_NOT_READY_AFTER_MINUTES', texts: ['0', '-1', 'soon', '1h'] },
    { name: 'MANAGEMENT_ENDPOINT', texts: ['http://management.azure.com', 'management.azure.com', 'https://m.x/?a=1'] },
    { name: 'REFRESH_SCHEDULE', texts: ['5 minutes', '*/5 * * * *', '0 */5 * * * * *'] },
    { name: 'RECONCILE_SCHEDULE', texts: ['30 60 * * * *', '00:05:00'] },
    { name: 'EVENT_GRID', texts: ['true', '1', 'yes', 'on off'] },
    { name: 'WEBSITE_HOSTNAME', texts: ['https://landfall.azurewebsites.net', 'landfall/x', 'a_b.net'] },
    { name: 'SWEEP_CONCURRENCY', texts: ['0', '257', '1.5', '-4', 'many'] },
    { name: 'SWEEP_BUDGET_SECONDS', texts: ['0', '111', '50s'] },
    {
      name: 'SWEEP_SCHEDULE',
      texts: ['* * * * *', '00:01:00', '60 * * * * *', '0 * 24 * * *', '0 * * 0 * *', '0 * * * 13 *', '0 * * * * 7'],
    },
    {
      name: 'SWEEP_SCHEDULE',
      texts: ['0 */0 * * * *', '0 * * * * nod', '0 , * * * *', '0 1- * * * *', '@daily', '0 * * * mon *'],
    },
  ])('has $name refused', ({ name, texts }) => {
    for (const text of texts) {
      expect(faultsOf({ ...MINIMAL, [name]: text })).toEqual([
        expect.stringMatching(`^${name}: expected .*, got ${JSON.stringify(text).replaceAll(/[.*?]/g, '.')}$`),
      ]);
    }
  });

  it('comes with all the others in one message', () => {
    const environment = Object.fromEntries(settings.map(({ name }) => [name, '?']));
    const faults = faultsOf(environment);
    for (const { name } of settings) {
      expect(faults.filter((fault) => fault.startsWith(`${name}: expected `))).toHaveLength(1);
    }
    expect(faults).toHaveLength(settings.length + 2);
  });

  it.for([
    { name: 'a connection string', secret: TABLES, hidden: 'c2VjcmV0' },
    { name: 'a bus key alone', secret: 'bXktc2VjcmV0LWJ1cy1rZXktbXktc2VjcmV0LWJ1cy0=', hidden: 'bXktc2Vj' },
    { name: 'a signature in a URL', secret: 'https://contoso.table.core.windows.net?sv=1&sig=hush', hidden: 'hush' },
    { name: 'a password in a URL', secret: 'https://me:hush@contoso.table.core.windows.net', hidden: 'hush' },
  ])('never shows $name, wherever it was put', ({ secret, hidden }) => {
    for (const { name } of settings) {
      for (const text of [secret, JSON.stringify([{ name: secret, [secret]: secret, regions: [secret] }])]) {
        const faults = faultsOf({ [name]: text });
        expect(faults.join()).toContain('expected');
        expect(faults.join()).not.toContain(hidden);
      }
    }
  });
});
