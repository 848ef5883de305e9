// What is deployed: the bundle, loaded by a host, with a webhook posted to it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../src/local/azurite/start-azurite.ts';
import { buildBundle } from '../src/local/build.ts';
import { type RunningHost, startHost } from '../src/local/host/host.ts';
import { overlappingRoutes } from '../src/local/host/routes.ts';
import { type Receiver, readOtlp, startReceiver } from './adapters/telemetry/otlp-receiver.ts';

const keys = { host: 'host-key', master: 'master-key' };
const folder = mkdtempSync(path.join(tmpdir(), 'landfall-bundle-'));
let azurite: Awaited<ReturnType<typeof startAzurite>>;
let host: RunningHost | undefined;
let collector: Receiver;
let chunks: Awaited<ReturnType<typeof buildBundle>>;

beforeAll(async () => {
  chunks = await buildBundle(folder);
  azurite = await startAzurite({});
  process.env['REGISTRIES'] = JSON.stringify([{ name: 'contoso', regions: ['westus', 'eastus'] }]);
  process.env['EVENT_GRID'] = 'on';
  process.env['TABLES'] = azurite.connectionString;
  // Nobody listens there: a webhook that announces nothing must not care.
  process.env['SERVICE_BUS'] =
    'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=Root;SharedAccessKey=none;UseDevelopmentEmulator=true;';
  collector = await startReceiver();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  const entry = path.join(folder, 'main.js');
  host = await startHost({ entry, hostJson: path.resolve('host.json'), port: 0, keys, runTimers: false });
});

afterAll(async () => {
  await host?.close();
  await collector?.close();
  await azurite?.close();
  rmSync(folder, { recursive: true, force: true });
});

function running(): RunningHost {
  if (host === undefined) {
    throw new Error('expected the host to run');
  }
  return host;
}

/** The text of a file of the bundle and of all that it imports statically. */
function loadedAtOnce(file: string, seen = new Set<string>()): string {
  if (seen.has(file)) {
    return '';
  }
  seen.add(file);
  const text = readFileSync(path.join(folder, file), 'utf8');
  const imported = [...text.matchAll(/^(?:import|} from) ?[^;]*?"\.\/(chunk-\w+\.js)";$/gm)].map(
    ([, name]) => name ?? '',
  );
  return [text, ...imported.map((name) => loadedAtOnce(name, seen))].join('\n');
}

describe('the bundle', () => {
  it('is what package.json names, with source maps', () => {
    const { main } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(main).toBe('dist/main.js');
    expect(existsSync(path.join(folder, 'main.js.map'))).toBe(true);
  });

  it('takes a webhook', async () => {
    const response = await fetch(`${running().url}/api/webhooks/contoso/westus`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': keys.host },
      body: readFileSync('test/fixtures/payloads/push.json'),
    });
    expect([response.status, await response.json()]).toEqual([202, { outcome: 'recorded' }]);
  });

  it('loads neither the SDKs of Service Bus, telemetry and management nor the identity library for that', () => {
    const loaded = loadedAtOnce('main.js');
    expect(loaded).not.toContain('ManagedIdentityCredential =');
    expect(loaded).not.toMatch(/\brhea\b|amqp:/);
    expect(loaded).not.toContain('azsdk-js-arm-containerregistry');
    expect(loaded).not.toMatch(/MeterProvider|@opentelemetry\//);
    expect(chunks.length).toBeGreaterThan(2);
  });

  it('answers 401 by the host to a wrong or missing key, on every route', async () => {
    for (const key of ['wrong', '']) {
      for (const [method, route] of [
        ['POST', '/api/webhooks/contoso/westus'],
        ['GET', '/api/replications/contoso/public/products/web:1.2'],
        ['GET', '/api/health'],
      ] as const) {
        const response = await fetch(running().url + route, { method, headers: { 'x-functions-key': key } });
        expect([route, response.status]).toEqual([route, 401]);
      }
    }
  });

  it('has no two routes that overlap: the real host would pick by name', () => {
    const names = running().functions.map(({ name }) => name);
    expect(names).toEqual([
      ...['event-grid', 'health', 'reconcile', 'refresh-replicas', 'replication', 'sweep', 'webhook'],
    ]);
    expect(overlappingRoutes(running().functions)).toEqual([]);
  });

  it('sends what it measured when the host ends it, and nothing before it had the time to answer', async () => {
    expect(collector.requests).toEqual([]);
    await running().close();
    host = undefined;
    const metrics = collector.requests.flatMap(readOtlp).flatMap((resource) => resource.metrics);
    const points = metrics.map(({ name, points }) => [name, points.map(({ attributes }) => attributes)]);
    expect(Object.fromEntries(points)).toEqual({
      'landfall.arrival.lag': [{ registry: 'contoso', region: 'westus' }],
      'landfall.notifications': [{ registry: 'contoso', region: 'westus', outcome: 'recorded' }],
    });
  });
});
