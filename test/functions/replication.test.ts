import { describe, expect, it } from 'vitest';
import { replication } from '../../src/functions/replication.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  canadacentral,
  digestA,
  digestB,
  eastus,
  fourRegions,
  MINUTE_MS,
  policy,
  START,
  webTag,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from '../usecases/app.ts';
import { call } from './call.ts';

function open() {
  const outside = new Outside();
  const { recordArrival, readStatus, timing } = instance(outside);
  const handler = replication({ readStatus, timing, registryNames: [contoso] });
  const get = (
    image: string,
    options: { query?: Record<string, string>; headers?: Record<string, string>; registry?: string } = {},
  ) => {
    const { registry = 'contoso', ...rest } = options;
    return call(handler, { method: 'GET', params: { registry, ...(image === '' ? {} : { image }) }, ...rest });
  };
  const arrive = async (...arrivals: readonly Parameters<typeof arrival>[0][]) => {
    for (const overrides of arrivals) {
      await (await recordArrival.record(webTag, arrival(overrides))).announced;
    }
  };
  return { outside, get, arrive };
}

const everywhere = fourRegions.map((region, index) => ({ region, seconds: index }));
const IMAGE = 'public/products/web:1.2';

describe('GET /api/replications/{registry}/{image}', () => {
  it('answers 404 for a push that nobody reported', async () => {
    const { get } = open();
    expect(await get(IMAGE)).toMatchObject({ status: 404, jsonBody: { title: 'Unknown push' } });
  });

  it('answers 202 with Retry-After while regions are missing, and says which', async () => {
    const { get, arrive, outside } = open();
    await arrive({ region: westus }, { region: eastus, seconds: 2 });
    outside.now = START + 5_000;
    const { status, headers, jsonBody } = await get(IMAGE);
    expect([status, headers]).toMatchObject([202, { 'retry-after': '5' }]);
    expect(jsonBody).toMatchObject({
      registry: 'contoso',
      repository: 'public/products/web',
      tag: '1.2',
      digest: digestA,
      status: 'replicating',
      originRegion: westus,
      expected: [...fourRegions].sort(),
      regions: [
        { region: canadacentral, expected: true, arrivedAt: null, lagMs: 5000, lagging: false, source: null },
        { region: eastus, expected: true, arrivedAt: '2026-08-21T12:00:02.000Z', lagMs: 2000, source: 'announced' },
        { region: 'westeurope', arrivedAt: null },
        { region: westus, lagMs: 0 },
      ],
    });
  });

  it('flags lag on the read, before any timer has run', async () => {
    const { get, arrive, outside } = open();
    await arrive({ region: westus });
    outside.now = START + 10 * MINUTE_MS;
    const { jsonBody } = await get(IMAGE);
    expect(jsonBody.regions.map(({ lagging }: { lagging: boolean }) => lagging)).toEqual([true, true, true, false]);
  });

  it('answers 200 when it is in every region', async () => {
    const { get, arrive } = open();
    await arrive(...everywhere);
    expect(await get(IMAGE)).toMatchObject({ status: 200, jsonBody: { status: 'replicated' } });
  });

  it('answers 409 for a digest that was overwritten before, and names its successor', async () => {
    const { get, arrive } = open();
    await arrive({ region: westus }, { region: westus, digest: digestB, seconds: 60 });
    expect(await get(`${IMAGE}@${digestA}`)).toMatchObject({
      status: 409,
      jsonBody: { status: 'superseded', supersededBy: digestB },
    });
    expect(await get(`${IMAGE}@${digestB}`)).toMatchObject({ status: 202 });
  });

  it('answers 409 for one that was given up', async () => {
    const { get, arrive, outside } = open();
    await arrive({ region: westus });
    outside.now = START + policy.abandonAfterMs;
    expect(await get(IMAGE)).toMatchObject({ status: 409, jsonBody: { status: 'abandoned', reason: 'expired' } });
  });

  it.for([
    { name: 'an encoded slash', image: 'public%2Fproducts%2fweb:1.2', expected: 202 },
    { name: 'no tag: latest', image: 'public/products/web', expected: 404 },
    { name: 'no image', image: '', expected: 400 },
    { name: 'what is no image', image: 'Public/Web:1.2', expected: 400 },
    { name: 'a digest that is none', image: `${IMAGE}@sha256:12`, expected: 400 },
  ])('$name is answered $expected', async ({ image, expected }) => {
    const { get, arrive } = open();
    await arrive({ region: westus });
    expect((await get(image)).status).toBe(expected);
  });

  it('answers 404 for an unknown registry, and names the known ones', async () => {
    const { get } = open();
    const { status, jsonBody } = await get(IMAGE, { registry: 'fabrikam' });
    expect([status, jsonBody.detail]).toEqual([404, 'expected one of contoso, got "fabrikam"']);
  });

  it.for(['x', '-1', '1e3', 'NaN'])('refuses ?wait=%s', async (wait) => {
    const { get } = open();
    expect(await get(IMAGE, { query: { wait } })).toMatchObject({
      status: 400,
      jsonBody: { title: 'Not a time to wait' },
    });
  });

  it.for([
    { name: 'holds the answer back as long as asked', wait: '7', expected: 7 },
    { name: 'holds it back for a minute at the most', wait: '3600', expected: 60 },
  ])('$name', async ({ wait, expected }) => {
    const { get, outside } = open();
    expect((await get(IMAGE, { query: { wait } })).status).toBe(404);
    expect(outside.now - START).toBe(expected * 1000);
  });

  it('answers as soon as it is final, also for a push that was not known yet', async () => {
    const { get, arrive, outside } = open();
    const sleep = outside.timing.sleep;
    let sleeps = 0;
    Object.assign(outside.timing, {
      sleep: async (milliseconds: number) => {
        await sleep(milliseconds);
        sleeps += 1;
        if (sleeps === 3) {
          await arrive(...everywhere);
        }
      },
    });
    expect((await get(IMAGE, { query: { wait: '30' } })).status).toBe(200);
    expect(sleeps).toBe(3);
  });

  it('answers 304 to an ETag while nothing has changed, though time has passed', async () => {
    const { get, arrive, outside } = open();
    await arrive({ region: westus });
    const { headers } = await get(IMAGE);
    const etag = (headers as Record<string, string>)['etag'] as string;
    outside.now += 5_000;
    expect(await get(IMAGE, { headers: { 'if-none-match': `"x", ${etag}` } })).toMatchObject({ status: 304 });
    await arrive({ region: eastus });
    expect(await get(IMAGE, { headers: { 'if-none-match': etag } })).toMatchObject({ status: 202 });
  });

  it('answers 503 when the store cannot be read, and goes on waiting while it may', async () => {
    const { get, arrive, outside } = open();
    await arrive(...everywhere);
    const down = { call: 'tags.load', error: new Unavailable('down') };
    outside.faults.push(down);
    expect((await get(IMAGE)).status).toBe(503);
    outside.faults.push(down, down);
    expect((await get(IMAGE, { query: { wait: '10' } })).status).toBe(200);
  });
});
