// The subscribers, each as a process of its own, fed with messages that the app's own sender sent to the local broker.
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceBusAnnouncementSender } from '../../src/adapters/service-bus/sender.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import { type Broker, startBroker } from '../../src/local/broker/broker.ts';
import { Receiver } from '../adapters/forward/receiver.ts';
import { announcementOfType } from '../adapters/service-bus/announcements.ts';
import { digestA, digestB, webTag } from '../builders.ts';
import { type Running, run } from './processes.ts';

const FOLDER = path.resolve('docs/consumers');
const TOPIC = 'replication-events';
const QUEUE = `${TOPIC}/Subscriptions/deploy`;
const scratch = mkdtempSync(path.join(tmpdir(), 'landfall-subscriber-'));
const deployed = path.join(scratch, 'deployed');
const deploy = path.join(scratch, 'deploy.mjs');
const signal = new AbortController().signal;
const running: Running[] = [];
let broker: Broker;
let sender: ServiceBusAnnouncementSender;

beforeAll(() => {
  writeFileSync(
    deploy,
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(deployed)}, process.argv[2] + '\\n');`,
  );
});
beforeEach(async () => {
  writeFileSync(deployed, '');
  const subscriptions = [{ name: 'deploy', rule: { sql: "type = 'replication.completed'" }, maxDeliveryCount: 10 }];
  broker = await startBroker({ topics: [{ name: TOPIC, duplicateDetectionSeconds: 600, subscriptions }] });
  sender = new ServiceBusAnnouncementSender({
    connection: { connectionString: broker.connectionString },
    clientId: undefined,
    topic: TOPIC,
    loginServerOf: () => 'contoso.azurecr.io',
  });
});
afterEach(async () => {
  for (const process of running.splice(0)) {
    process.stop();
    await process.ended;
  }
  await sender.close();
  await broker.close({ hard: true });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const send = (...announcements: Announcement[]) => sender.send(webTag, announcements, signal);
const completed = (id: string, overrides: Partial<Announcement> = {}) =>
  announcementOfType('replication.completed', { id, ...overrides });

function start(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const settings = { SERVICE_BUS: broker.connectionString, SUBSCRIPTION: 'deploy', ...env };
  const process_ = run(process.execPath, [path.join(FOLDER, script), ...args], settings);
  running.push(process_);
  return process_;
}

async function untilSettled(): Promise<void> {
  for (let { ready, locked } = broker.depth(QUEUE); ready + locked > 0; { ready, locked } = broker.depth(QUEUE)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const image = (digest: string) => `contoso.azurecr.io/public/products/web@${digest}`;

describe('subscriber.mjs', () => {
  it('runs the command with what to deploy, once each, and ends when the subscription is empty', async () => {
    await send(completed('web-1', { sequence: 1 }), completed('web-2', { sequence: 2, digest: digestB }));
    const { ended } = start('subscriber.mjs', ['--once', process.execPath, deploy]);
    expect(await ended).toMatchObject({ code: 0 });
    expect(readFileSync(deployed, 'utf8')).toBe(`${image(digestA)}\n${image(digestB)}\n`);
    expect(broker.depth(QUEUE)).toEqual({ ready: 0, locked: 0, dead: 0 });
  });

  it('leaves out what is older than what it has deployed, and what it has deployed', async () => {
    await send(completed('web-2', { sequence: 2, digest: digestB }));
    await send(completed('web-1', { sequence: 1 }), completed('web-2-again', { sequence: 2, digest: digestB }));
    start('subscriber.mjs', [process.execPath, deploy]);
    await untilSettled();
    expect(readFileSync(deployed, 'utf8')).toBe(`${image(digestB)}\n`);
  });

  it('gives a message back when the command fails, and ends in order when it is told to', async () => {
    await send(completed('web-1'));
    const failing = path.join(scratch, 'fail.mjs');
    writeFileSync(failing, 'console.log("tried"); process.exitCode = 3;');
    const subscriber = start('subscriber.mjs', [process.execPath, failing]);
    while (broker.depth(QUEUE).locked === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // While it pauses, or still tries: it gives the message back in either case.
    subscriber.stop();
    const { code, output } = await subscriber.ended;
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('to end with 0, got 3') });
    expect(broker.depth(QUEUE)).toEqual({ ready: 1, locked: 0, dead: 0 });
  });

  it.for([
    { name: 'a subscription', env: { SUBSCRIPTION: '' }, args: ['true'], expected: 'Expected SUBSCRIPTION' },
    {
      name: 'a connection',
      env: { SERVICE_BUS: '' },
      args: ['true'],
      expected: 'SERVICE_BUS_NAMESPACE or SERVICE_BUS',
    },
    { name: 'a command', env: {}, args: ['--once'], expected: 'Expected a command' },
  ])('says so without $name', async ({ env, args, expected }) => {
    const { ended } = start('subscriber.mjs', args, env);
    expect(await ended).toMatchObject({ code: 1, output: expect.stringContaining(expected) });
  });
});

describe('github/dispatch.mjs', () => {
  it('dispatches what the workflow reads', async () => {
    const github = await Receiver.start([204]);
    const env = { GITHUB_REPOSITORY: 'contoso/web', GITHUB_TOKEN: 'of-the-test' };
    start('github/dispatch.mjs', [], { ...env, GITHUB_API_URL: github.url });
    await send(completed('web-1'));
    const [got] = await github.until(1);
    await untilSettled();
    await github.close();
    expect(got).toMatchObject({
      url: '/hook/repos/contoso/web/dispatches',
      headers: { authorization: 'Bearer of-the-test', accept: 'application/vnd.github+json' },
    });
    expect(JSON.parse(got?.body ?? '')).toEqual({
      event_type: 'image-landed',
      client_payload: {
        ...{ id: 'web-1', subject: 'public/products/web:1.2', sequence: '0000000000000001' },
        ...{ registry: 'contoso', repository: 'public/products/web', tag: '1.2' },
        ...{ digest: digestA, image: image(digestA) },
      },
    });
  });
});

describe('azure-devops/trigger.mjs', () => {
  it('posts the event, signed, to the incoming webhook', async () => {
    const devOps = await Receiver.start();
    const env = { WEBHOOK_NAME: 'landfall', WEBHOOK_SECRET: 'of-the-test' };
    start('azure-devops/trigger.mjs', [], { ...env, AZURE_DEVOPS_URL: devOps.url });
    await send(completed('web-1'));
    const [got] = await devOps.until(1);
    await untilSettled();
    await devOps.close();
    const body = got?.body ?? '';
    expect(got).toMatchObject({
      url: '/hook/_apis/public/distributedtask/webhooks/landfall?api-version=6.0-preview',
      headers: { 'x-landfall-signature': createHmac('sha1', 'of-the-test').update(body).digest('hex') },
    });
    expect(JSON.parse(body)).toMatchObject({ type: 'replication.completed', data: { image: image(digestA) } });
  });
});
