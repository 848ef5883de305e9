// A push, as three tools hear of it that know the registry's own webhook only: once each, when every region has it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../src/local/broker/broker.ts';
import { Receiver } from '../adapters/forward/receiver.ts';
import { makePush } from './pushes.ts';
import { type App, post, startApp } from './stack.ts';

const TOPIC = 'replication-events';
let broker: Broker;
let app: App;
let flux: Receiver;
let kargo: Receiver;
let argo: Receiver;

beforeAll(async () => {
  const filter = { sql: "type = 'replication.completed'" };
  const subscriptions = [{ name: 'everything' }, { name: 'forward', rule: filter, maxDeliveryCount: 10 }];
  broker = await startBroker({ topics: [{ name: TOPIC, duplicateDetectionSeconds: 86_400, subscriptions }] });
  [flux, kargo, argo] = await Promise.all([Receiver.start(), Receiver.start([503]), Receiver.start([200, 401])]);
  app = await startApp({
    settings: {
      SERVICE_BUS: broker.connectionString,
      FORWARD_TARGETS: JSON.stringify([
        { name: 'flux', url: flux.url },
        { name: 'kargo', url: kargo.url, repositories: ['team/*'] },
        { name: 'argo', url: `${argo.url}?type=acr`, header: 'Authorization', repositories: ['team/web', 'public/*'] },
      ]),
      FORWARD_SECRETS: JSON.stringify({ argo: 'Bearer of-the-test' }),
    },
  });
});
afterAll(async () => {
  await app?.close();
  await Promise.all([flux, kargo, argo].map((receiver) => receiver?.close()));
  await broker?.close();
});

const settled = async () => {
  for (let depth = depthOf(); depth.ready + depth.locked > 0; depth = depthOf()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const depthOf = () => broker.depth(`${TOPIC}/Subscriptions/forward`);

it('a completed push reaches every target once, and again only who did not take it', async () => {
  const push = makePush(1, 'team/web', '1.2');
  const [last, ...first] = push.webhooks;
  for (const webhook of first) {
    await post(app, webhook);
  }
  expect([flux, kargo, argo].map(({ got }) => got.length)).toEqual([0, 0, 0]);
  if (last !== undefined) {
    await post(app, last);
  }
  await Promise.all([flux.until(1), kargo.until(2), argo.until(1)]);
  await settled();
  expect([flux, kargo, argo].map(({ got }) => got.length)).toEqual([1, 2, 1]);
  for (const { headers, body } of [...flux.got, ...kargo.got, ...argo.got]) {
    expect(headers['user-agent']).toMatch(/^AzureContainerRegistry/);
    expect(JSON.parse(body)).toMatchObject({
      action: 'push',
      target: { repository: 'team/web', tag: '1.2', digest: push.digest },
      request: { host: 'contoso.azurecr.io' },
    });
  }
  expect(argo.got[0]).toMatchObject({ url: '/hook?type=acr', headers: { authorization: 'Bearer of-the-test' } });
  expect(depthOf()).toEqual({ ready: 0, locked: 0, dead: 0 });
});

it('a push that one target refuses is among the dead letters at once, and every target has heard of it once', async () => {
  const before = [flux, kargo, argo].map(({ got }) => got.length);
  for (const webhook of makePush(2, 'team/web', '1.3').webhooks) {
    await post(app, webhook);
  }
  while (depthOf().dead === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const heard = [flux, kargo, argo].map(({ got }, index) => got.length - (before[index] ?? 0));
  expect(heard).toEqual([1, 1, 1]);
  expect(depthOf()).toEqual({ ready: 0, locked: 0, dead: 1 });
});
