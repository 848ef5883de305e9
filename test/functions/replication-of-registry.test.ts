import { describe, expect, it } from 'vitest';
import { replication } from '../../src/functions/replication.ts';
import { Forbidden, Unavailable } from '../../src/usecases/ports.ts';
import { arrival, digestA, digestB, eastus, HOUR_MS, MINUTE_MS, START, webTag, westus } from '../builders.ts';
import { contoso, instance } from '../usecases/app.ts';
import { east, home, openManaged, replicaOf, stuck } from '../usecases/replicas.ts';
import { call } from './call.ts';

const IMAGE = 'public/products/web:1.2';

function open({ isVerified = false } = {}) {
  const opened = openManaged();
  opened.outside.isVerified = isVerified;
  const app = instance(opened.outside);
  const handler = replication({ readStatus: app.readStatus, timing: app.timing, registryNames: [contoso] });
  const get = (options: { query?: Record<string, string>; headers?: Record<string, string>; image?: string } = {}) => {
    const { image = IMAGE, ...rest } = options;
    return call(handler, { method: 'GET', params: { registry: contoso, image }, ...rest });
  };
  const arrive = async (...arrivals: readonly Parameters<typeof arrival>[0][]) => {
    for (const overrides of arrivals) {
      await (await app.recordArrival.record(webTag, arrival(overrides))).announced;
    }
  };
  return { ...opened, app, get, arrive, run: () => app.refreshReplicas.run() };
}

describe('GET /api/replications, where regions are read from the registry', () => {
  it('expects nothing that it does not know yet', async () => {
    const { get, arrive } = open();
    await arrive({ region: westus });
    const { status, jsonBody } = await get();
    expect([status, jsonBody.expected, jsonBody.replicasSeenAt]).toEqual([202, null, undefined]);
  });

  it('says when the replicas were seen, and nothing more when all is well', async () => {
    const { get, arrive, run } = open();
    await run();
    await arrive({ region: westus });
    const { jsonBody } = await get();
    expect(jsonBody).toMatchObject({ expected: [eastus, westus], replicasSeenAt: '2026-08-21T12:00:00.000Z' });
    expect([jsonBody.notReadyReplicas, jsonBody.managementFailure]).toEqual([undefined, undefined]);
  });

  it('shows a replica that is not ready, which is not waited for', async () => {
    const { outside, get, arrive, run } = open();
    outside.api.setReplicas(contoso, [home, stuck]);
    await run();
    await arrive({ region: westus });
    const { status, jsonBody } = await get();
    expect([status, jsonBody.expected]).toEqual([200, [westus]]);
    expect(jsonBody.notReadyReplicas).toEqual([
      { region: eastus, condition: 'Failed, Failed: no permission', since: '2026-08-21T12:00:00.000Z' },
    ]);
  });

  it('shows an arrival from a region that is excluded, which is not waited for', async () => {
    const { outside, get, arrive, run } = open();
    outside.excluded = [eastus];
    await run();
    await arrive({ region: eastus }, { region: westus, seconds: 1 });
    expect((await get()).jsonBody).toMatchObject({
      status: 'replicated',
      expected: [westus],
      regions: [
        { region: eastus, expected: false, source: 'announced' },
        { region: westus, expected: true },
      ],
    });
  });

  it('says since when the registry cannot be asked, and goes by what it told last', async () => {
    const { outside, get, arrive, run } = open();
    await run();
    await arrive({ region: westus });
    outside.api.setReplicas(contoso, new Forbidden('got 403', 'x/read'));
    outside.now += MINUTE_MS;
    await run();
    outside.now += HOUR_MS;
    await run();
    expect((await get()).jsonBody).toMatchObject({
      expected: [eastus, westus],
      replicasSeenAt: '2026-08-21T12:00:00.000Z',
      managementFailure: { since: '2026-08-21T12:01:00.000Z', reason: 'got 403' },
    });
  });

  it('answers without what it knows of the registry when that cannot be read', async () => {
    const { outside, get, arrive, run } = open();
    await run();
    await arrive({ region: westus });
    outside.now += MINUTE_MS;
    const down = { call: 'registries.load', error: new Unavailable('down') };
    outside.faults.push(down, down);
    const { status, jsonBody } = await get();
    expect([status, jsonBody.expected, jsonBody.replicasSeenAt]).toEqual([202, null, undefined]);
  });

  it.for([
    { name: 'the replicas were seen once more', replicas: [home, east], expected: 304 },
    {
      name: 'another replica is ready that this push does not wait for',
      replicas: [home, east, replicaOf('uksouth')],
      expected: 304,
    },
    { name: 'a replica is not ready any more', replicas: [home, stuck], expected: 200 },
    { name: 'a replica is removed', replicas: [home], expected: 200 },
    { name: 'the registry cannot be asked any more', replicas: new Unavailable('down'), expected: 202 },
  ])('answers $expected to an ETag when $name', async ({ replicas, expected }) => {
    const { outside, get, arrive, run } = open();
    await run();
    await arrive({ region: westus });
    const { headers } = await get();
    outside.now += 5 * MINUTE_MS;
    outside.api.setReplicas(contoso, replicas);
    await run();
    const etag = (headers as Record<string, string>)['etag'] as string;
    expect((await get({ headers: { 'if-none-match': etag } })).status).toBe(expected);
  });
});

describe('GET /api/replications?verify=', () => {
  it.for(['yes', '1', 'TRUE'])('refuses %s', async (verify) => {
    const { get } = open({ isVerified: true });
    expect(await get({ query: { verify } })).toMatchObject({ status: 400, jsonBody: { title: 'Not a switch' } });
  });

  it.for([
    { verify: 'true', expected: 'Verification is off' },
    { verify: '', expected: 'Verification is off' },
    { verify: 'false', expected: 'Unknown push' },
  ])('is answered "$expected" where it is off and asked for with "$verify"', async ({ verify, expected }) => {
    const { outside, get } = open();
    expect((await get({ query: { verify } })).jsonBody.title).toBe(expected);
    expect(outside.calls()).not.toContain('api.digest');
  });

  it('asks the replicas that are missing, and counts what they hold', async () => {
    const { outside, get, arrive, run } = open({ isVerified: true });
    await run();
    await arrive({ region: westus });
    outside.api.setManifest(webTag, eastus, digestA);
    outside.now = START + MINUTE_MS;
    expect(await get({ query: { verify: 'true' } })).toMatchObject({
      status: 200,
      jsonBody: {
        status: 'replicated',
        verification: { eastus: 'held' },
        regions: [
          { region: eastus, source: 'verified', arrivedAt: '2026-08-21T12:01:00.000Z' },
          { region: westus, source: 'announced' },
        ],
      },
    });
    expect(outside.calls().filter((name) => name === 'api.digest')).toHaveLength(1);
  });

  it.for([
    { name: 'nothing', held: undefined, expected: 'absent' },
    { name: 'another digest', held: digestB, expected: 'another' },
    { name: 'no answer', held: new Unavailable('down'), expected: 'unreachable' },
    { name: 'a refusal', held: new Forbidden('got 403', 'x'), expected: 'refused' },
  ])('says that a replica has $name', async ({ held, expected }) => {
    const { outside, get, arrive, run } = open({ isVerified: true });
    await run();
    await arrive({ region: westus });
    outside.api.setManifest(webTag, eastus, held);
    expect(await get({ query: { verify: 'true' } })).toMatchObject({
      status: 202,
      jsonBody: { verification: { eastus: expected } },
    });
  });

  it.for([
    { name: 'nothing is missing', image: IMAGE, regions: [westus, eastus] },
    { name: 'another digest than the current one is asked for', image: `${IMAGE}@${digestB}`, regions: [westus] },
  ])('asks nobody when $name', async ({ image, regions }) => {
    const { outside, get, arrive, run } = open({ isVerified: true });
    await run();
    await arrive(...regions.map((region, seconds) => ({ region, seconds })));
    await get({ image, query: { verify: 'true' } });
    expect(outside.calls()).not.toContain('api.digest');
  });
});
