// What is recorded, as Application Insights receives it.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Certificate, newCertificate } from '../../../src/local/registry/certificate.ts';
import { measurements, openTelemetry } from './opened.ts';
import { type Received, type Receiver, readOtlp, startReceiver } from './otlp-receiver.ts';

// The package sends by HTTPS alone.
const trusted = getCACertificates('default');
let certificate: Certificate;
beforeAll(async () => {
  // After some seconds the package asks its maker for settings, and has no option against that: nobody answers here.
  Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1,localhost' });
  certificate = await newCertificate(Date.now());
  setDefaultCACertificates([...trusted, certificate.cert]);
});
afterAll(() => setDefaultCACertificates(trusted));

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver(certificate);
  receiver.answer = { status: 200, body: JSON.stringify({ itemsReceived: 1, itemsAccepted: 1, errors: [] }) };
});
afterEach(() => receiver.close());

const KEY = '00000000-0000-0000-0000-000000000001';
const applicationInsights = () => ({ connectionString: `InstrumentationKey=${KEY};IngestionEndpoint=${receiver.url}` });

interface Envelope {
  readonly iKey: string;
  readonly data: {
    readonly baseData: {
      readonly metrics: readonly { readonly name: string; readonly value: number; readonly count: number }[];
      readonly properties: Readonly<Record<string, string>>;
    };
  };
}

function envelopes({ headers, body }: Received): readonly Envelope[] {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  return text.startsWith('[') ? JSON.parse(text) : text.split('\n').map((line) => JSON.parse(line));
}

describe('metrics by Application Insights', () => {
  it('have the values that were recorded, for each set of attributes', async () => {
    const { metrics, close, lines } = openTelemetry({ applicationInsights: applicationInsights() });
    for (const measurement of measurements) {
      metrics.record(measurement);
    }
    await close();
    expect(lines).toEqual([]);
    const received = receiver.requests.flatMap(envelopes);
    expect(new Set(received.map(({ iKey }) => iKey))).toEqual(new Set([KEY]));
    const rows = received.map(({ data: { baseData } }) => {
      const { name, value, count } = baseData.metrics[0] ?? {};
      return { name, value, count, ...baseData.properties };
    });
    const contoso = { registry: 'contoso' };
    expect(rows).toEqual([
      { name: 'landfall.arrival.lag', value: 0, count: 1, ...contoso, region: 'westus' },
      { name: 'landfall.arrival.lag', value: 707.5, count: 2, ...contoso, region: 'westeurope' },
      { name: 'landfall.replications.in_flight', value: 3, count: 1, ...contoso },
      { name: 'landfall.replications.lagging', value: 0, count: 1, ...contoso },
      { name: 'landfall.sweep.oldest_due_age', value: 42.5, count: 1 },
      { name: 'landfall.notifications', value: 2, count: 1, ...contoso, region: 'westus', outcome: 'recorded' },
      { name: 'landfall.notifications', value: 1, count: 1, ...contoso, region: 'westus', outcome: 'duplicate' },
      { name: 'landfall.announcements', value: 1, count: 1, ...contoso, type: 'replication.completed' },
    ]);
  });

  it.for([
    { name: 'signed in as the identity that is configured', credential: true, expected: 'Bearer token1' },
    { name: 'by the connection string alone when none is', credential: false, expected: undefined },
  ])('are sent $name', async ({ credential, expected }) => {
    const scopes: (string | readonly string[])[] = [];
    const identity = {
      getToken: async (wanted: string | readonly string[]) => {
        scopes.push(wanted);
        return { token: 'token1', expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const target = { ...applicationInsights(), ...(credential ? { credential: identity } : {}) };
    const { metrics, close } = openTelemetry({ applicationInsights: target });
    metrics.record({ name: 'landfall.sweep.oldest_due_age', value: 1, attributes: {} });
    await close();
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual([expected]);
    expect(scopes.flat()).toEqual(credential ? ['https://monitor.azure.com/.default'] : []);
  });

  it('and by OTLP go to both', async () => {
    const collector = await startReceiver();
    try {
      const otlp = { endpoint: `${collector.url}/`, headers: {} };
      const { metrics, close } = openTelemetry({ applicationInsights: applicationInsights(), otlp });
      metrics.record({ name: 'landfall.sweep.oldest_due_age', value: 1, attributes: {} });
      await close();
      expect(receiver.requests.flatMap(envelopes)).toHaveLength(1);
      expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/metrics']);
      expect(collector.requests.flatMap(readOtlp)).toHaveLength(1);
    } finally {
      await collector.close();
    }
  });
});
