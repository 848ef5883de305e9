import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberedDigest } from '../builders.ts';
import { makePush, type TestPush } from './pushes.ts';
import { ask, type ProxiedApp, post, readRows, startAppWithProxiedBus, stopStorage } from './stack.ts';

const STATUS = '/api/replications/contoso';
/** A request that waits as long as it may does not end before its test does. */
const LONGEST_WAIT = 'wait=60';

let app: ProxiedApp;
beforeAll(async () => {
  app = await startAppWithProxiedBus();
});
afterAll(() => app?.close());

let pushes = 0;
/** To a tag of its own, unless one is named. */
function newPush(tag = `1.${pushes}`): TestPush {
  pushes += 1;
  return makePush(pushes, 'public/products/web', tag);
}

const imageOf = ({ repository, tag }: TestPush): string => `${repository}:${tag}`;
const statusOf = (push: TestPush, query = '', init?: RequestInit) =>
  ask(app, `${STATUS}/${imageOf(push)}${query}`, init);

async function arriveIn({ webhooks }: TestPush, from: number, to: number): Promise<void> {
  for (const webhook of webhooks.slice(from, to)) {
    expect(await post(app, webhook)).toMatchObject({ status: 202, outcome: 'recorded' });
  }
}

async function arriveEverywhere(): Promise<TestPush> {
  const push = newPush();
  await arriveIn(push, 0, 4);
  return push;
}

describe('where is my tag?', () => {
  it('404 before anybody has reported it, 202 on its way, 200 when it is everywhere', async () => {
    const push = newPush();
    expect((await statusOf(push)).status).toBe(404);

    await arriveIn(push, 0, 3);
    const onItsWay = await statusOf(push);
    expect(onItsWay.status).toBe(202);
    expect(onItsWay.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await onItsWay.json()).toMatchObject({
      ...{ registry: 'contoso', repository: push.repository, tag: push.tag, digest: push.digest },
      status: 'replicating',
    });

    await arriveIn(push, 3, 4);
    const everywhere = await statusOf(push);
    expect(everywhere.status).toBe(200);
    expect(everywhere.headers.get('retry-after')).toBeNull();
    const { status, regions } = (await everywhere.json()) as {
      status: string;
      regions: { arrivedAt: string | null }[];
    };
    expect(status).toBe('replicated');
    expect(regions.filter(({ arrivedAt }) => arrivedAt !== null)).toHaveLength(4);
  });

  it('409 for a push that a newer one took the tag from', async () => {
    const older = newPush();
    const newer = newPush(older.tag);
    await arriveIn(older, 0, 3);
    await arriveIn(newer, 0, 4);
    const answer = await statusOf(older, `@${older.digest}`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ status: 'superseded', supersededBy: newer.digest });
    expect((await statusOf(older)).status).toBe(200);
  });

  it('can be asked for a digest', async () => {
    const push = await arriveEverywhere();
    expect((await statusOf(push, `@${push.digest}`)).status).toBe(200);
    expect((await statusOf(push, `@${numberedDigest(999_999)}`)).status).toBe(404);
  });

  it('takes encoded slashes in the image', async () => {
    const push = await arriveEverywhere();
    for (const slash of ['%2F', '%2f']) {
      expect((await ask(app, `${STATUS}/${imageOf(push).replaceAll('/', slash)}`)).status).toBe(200);
    }
  });

  it('answers 304 while nothing changes, and in full when something has', async () => {
    const push = newPush();
    await arriveIn(push, 0, 3);
    const etag = (await statusOf(push)).headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const again = () => statusOf(push, '', { headers: { 'if-none-match': etag } });
    expect((await again()).status).toBe(304);
    await arriveIn(push, 3, 4);
    expect((await again()).status).toBe(200);
  });

  it('answers HEAD as GET, without a body', async () => {
    const push = await arriveEverywhere();
    const got = await statusOf(push);
    const head = await statusOf(push, '', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('etag')).toBe(got.headers.get('etag'));
    expect(await head.text()).toBe('');
  });

  it.for([
    { name: 'no repository', route: `${STATUS}/Public/Web:1`, expected: 400 },
    { name: 'no tag', route: `${STATUS}/web:${'t'.repeat(129)}`, expected: 400 },
    { name: 'no digest', route: `${STATUS}/web:1@sha256:abc`, expected: 400 },
    { name: 'no time to wait', route: `${STATUS}/web:1?wait=soon`, expected: 400 },
    { name: 'a time below 0', route: `${STATUS}/web:1?wait=-1`, expected: 400 },
    { name: 'an unknown registry', route: '/api/replications/fabrikam/web:1', expected: 404 },
    { name: 'no image at all', route: STATUS, expected: 400 },
  ])('refuses $name with $expected', async ({ route, expected }) => {
    expect((await ask(app, route)).status).toBe(expected);
  });
});

describe('?wait=', () => {
  it('answers when the push is everywhere, though it was not known yet', async () => {
    const push = newPush();
    const waiting = statusOf(push, `?${LONGEST_WAIT}`);
    await sleep(500);
    await arriveIn(push, 0, 4);
    expect((await waiting).status).toBe(200);
  }, 30_000);

  it('answers when the last region has it', async () => {
    const push = newPush();
    await arriveIn(push, 0, 3);
    const waiting = statusOf(push, `?${LONGEST_WAIT}`);
    await sleep(500);
    await arriveIn(push, 3, 4);
    expect((await waiting).status).toBe(200);
  }, 30_000);

  it('answers when a newer push takes the tag', async () => {
    const older = newPush();
    await arriveIn(older, 0, 1);
    const waiting = statusOf(older, `@${older.digest}?${LONGEST_WAIT}`);
    await sleep(500);
    await arriveIn(newPush(older.tag), 0, 1);
    expect((await waiting).status).toBe(409);
  }, 30_000);

  it('answers at once what is final, however long it might wait', async () => {
    const push = await arriveEverywhere();
    expect((await statusOf(push, '?wait=999999')).status).toBe(200);
  }, 30_000);

  it('answers how things stand when the time is over', async () => {
    const push = newPush();
    expect((await statusOf(push, '?wait=0.5')).status).toBe(404);
    await arriveIn(push, 0, 1);
    expect((await statusOf(push, '?wait=1')).status).toBe(202);
  });
});

describe('webhooks', () => {
  it.for([
    { payload: 'push', expected: { status: 202, outcome: 'recorded' } },
    { payload: 'push-index', expected: { status: 202, outcome: 'recorded' } },
    { payload: 'push-no-tag', expected: { status: 202, outcome: 'ignored' } },
    { payload: 'ping', expected: { status: 200, outcome: 'ping' } },
    { payload: 'delete', expected: { status: 202, outcome: 'recorded' } },
    { payload: 'quarantine', expected: { status: 202, outcome: 'ignored' } },
    { payload: 'chart-push', expected: { status: 202, outcome: 'ignored' } },
    { payload: 'chart-delete', expected: { status: 202, outcome: 'ignored' } },
  ])('answers the payload $payload', async ({ payload, expected }) => {
    const body = readFileSync(new URL(`../fixtures/payloads/${payload}.json`, import.meta.url));
    const response = await ask(app, '/api/webhooks/contoso/eastus', { method: 'POST', body });
    const { outcome } = (await response.json()) as { outcome: string };
    expect({ status: response.status, outcome }).toEqual(expected);
  });

  it('acknowledge a repeated delivery and store it once', async () => {
    const push = newPush();
    await arriveIn(push, 0, 1);
    for (const webhook of push.webhooks.slice(0, 1)) {
      expect(await post(app, webhook)).toMatchObject({ status: 202, outcome: 'duplicate' });
    }
    const row = (await readRows(app)).find(({ tag }) => tag.tag === push.tag);
    expect(row?.state.facts).toHaveLength(1);
  });

  it.for([
    { name: 'without a key', headers: { 'x-functions-key': '' } },
    { name: 'with a wrong key', headers: { 'x-functions-key': 'wrong' } },
  ])('are refused $name, and nothing is stored', async ({ headers }) => {
    const push = newPush();
    const [first] = push.webhooks;
    const init = { method: 'POST', body: JSON.stringify(first?.notification), headers };
    expect((await ask(app, '/api/webhooks/contoso/eastus', init)).status).toBe(401);
    expect((await readRows(app)).filter(({ tag }) => tag.tag === push.tag)).toEqual([]);
  });
});

describe('methods that a route does not have', () => {
  it.for([
    { method: 'GET', route: '/api/webhooks/contoso/eastus' },
    { method: 'PUT', route: '/api/webhooks/contoso/eastus' },
    { method: 'POST', route: `${STATUS}/web:1` },
    { method: 'DELETE', route: `${STATUS}/web:1` },
    { method: 'POST', route: '/api/health' },
  ])('answer 404: $method $route', async ({ method, route }) => {
    expect((await ask(app, route, { method })).status).toBe(404);
  });
});

describe('health', () => {
  const health = async () => {
    const response = await ask(app, '/api/health');
    return { status: response.status, body: await response.json() };
  };

  it('is healthy', async () => {
    const body = { status: 'healthy', storage: 'reachable', bus: 'reachable' };
    expect(await health()).toMatchObject({ status: 200, body });
    expect((await ask(app, '/api/health', { method: 'HEAD' })).status).toBe(200);
  });

  it('is 503 while the bus is gone, and says so', async () => {
    await app.busProxy.goDown();
    try {
      const body = { status: 'unhealthy', storage: 'reachable', bus: 'unreachable' };
      expect(await health()).toMatchObject({ status: 503, body });
    } finally {
      await app.busProxy.comeBack();
    }
    await expect.poll(health, { timeout: 20_000 }).toMatchObject({ status: 200 });
  });

  it('is 503 while storage stands still, and says so', async () => {
    const resume = stopStorage(app);
    try {
      const body = { status: 'unhealthy', storage: 'unreachable', bus: 'reachable' };
      expect(await health()).toMatchObject({ status: 503, body });
      expect((await ask(app, `${STATUS}/web:1`)).status).toBe(503);
    } finally {
      resume();
    }
    await expect.poll(health, { timeout: 20_000 }).toMatchObject({ status: 200 });
  });

  it('is 401 without a key', async () => {
    expect((await ask(app, '/api/health', { headers: { 'x-functions-key': '' } })).status).toBe(401);
  });
});
