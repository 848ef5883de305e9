import { describe, expect, it } from 'vitest';
import { ConfigError, type Environment, readConfig } from '../src/config.ts';

const MINIMAL: Environment = {
  REGISTRIES: '[{ "name": "contoso", "regions": ["westus"] }]',
  TABLES: 'UseDevelopmentStorage=true',
  SERVICE_BUS: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=Root;SharedAccessKey=none;UseDevelopmentEmulator=true;',
};
const CLIENT_ID = '00000000-0000-0000-0000-0000000000c1';
const CONNECTION =
  'InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/';

const telemetryOf = (environment: Environment) => readConfig({ ...MINIMAL, ...environment }).telemetry;

function faultsOf(environment: Environment): readonly string[] {
  try {
    telemetryOf(environment);
  } catch (error) {
    return error instanceof ConfigError ? error.faults : [String(error)];
  }
  return [];
}

describe('where metrics go', () => {
  it.for([
    { name: 'nowhere unless somebody says so', environment: {}, expected: {} },
    {
      name: 'to Application Insights',
      environment: { APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION },
      expected: { applicationInsights: { connectionString: CONNECTION } },
    },
    {
      name: "to Application Insights, signed in as the app's own identity",
      environment: {
        APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
      },
      expected: { applicationInsights: { connectionString: CONNECTION, identity: {} } },
    },
    {
      name: 'to Application Insights, signed in as another identity',
      environment: {
        APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${CLIENT_ID};Authorization=AAD`,
      },
      expected: { applicationInsights: { connectionString: CONNECTION, identity: { clientId: CLIENT_ID } } },
    },
    {
      name: 'to an OTLP endpoint',
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
      expected: { otlp: { endpoint: 'http://127.0.0.1:4318', headers: {} } },
    },
    {
      name: 'to an OTLP endpoint with headers',
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.contoso.com/otlp',
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k3v9==, x-scope = a%2Cb',
      },
      expected: {
        otlp: { endpoint: 'https://otlp.contoso.com/otlp', headers: { 'api-key': 'k3v9==', 'x-scope': 'a,b' } },
      },
    },
    {
      name: 'nowhere with headers alone',
      environment: { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k3v9' },
      expected: {},
    },
  ])('$name', ({ environment, expected }) => {
    expect(telemetryOf(environment)).toEqual(expected);
  });

  it.for([
    {
      setting: 'APPLICATIONINSIGHTS_CONNECTION_STRING',
      text: 'InstrumentationKey=none-of-these',
      expected: 'a connection string like "InstrumentationKey=…;IngestionEndpoint=https://…", got 32 other characters',
    },
    {
      setting: 'APPLICATIONINSIGHTS_CONNECTION_STRING',
      text: CONNECTION.replace('https:', 'http:'),
      expected: 'a connection string like "InstrumentationKey=…;IngestionEndpoint=https://…", got 127 other characters',
    },
    {
      setting: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      text: 'Authorization=None',
      expected: '"Authorization=AAD", with or without "ClientId=…", got "Authorization=None"',
    },
    {
      setting: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      text: 'Authorization=AAD;ClientId=me',
      expected: '"Authorization=AAD", with or without "ClientId=…", got "Authorization=AAD;ClientId=me"',
    },
    {
      setting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      text: '127.0.0.1:4317',
      expected: 'a URL like "http://127.0.0.1:4318", without a query, got "127.0.0.1:4317"',
    },
    {
      setting: 'OTEL_EXPORTER_OTLP_HEADERS',
      text: 'a key that has no name',
      expected: 'headers like "api-key=…,other=…", values percent-encoded, got 22 other characters',
    },
    {
      setting: 'OTEL_EXPORTER_OTLP_HEADERS',
      text: 'api-key=%zz',
      expected: 'headers like "api-key=…,other=…", values percent-encoded, got 11 other characters',
    },
  ])('is refused when it is not $expected', ({ setting, text, expected }) => {
    expect(faultsOf({ [setting]: text })).toEqual([`${setting}: expected ${expected}`]);
  });
});
