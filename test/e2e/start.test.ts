// `npm start` and its companions as they are typed: one stack, used by one test after the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TableClient } from '@azure/data-tables';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ready, StackEvent } from '../../src/local/stack/events.ts';
import { readRunning } from '../../src/local/stack/running.ts';

const data = mkdtempSync(path.join(tmpdir(), 'landfall-start-'));
const image = 'public/products/web:1.3';
const replicas = ['westus', 'eastus', 'canadacentral', 'westeurope'];
const atOnce = replicas.flatMap((region) => ['--delay', `${region}=0`]);

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function launch(script: string, ...args: string[]): ChildProcess {
  const command = ['src/local/launch.mjs', `src/local/${script}.ts`, '--data', data, ...args];
  return spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}

/** From then on it gets every message. */
async function isReceiving(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: string) => /receiving/i.test(chunk) && resolve());
    }
  });
}

let start: ChildProcess;
const events: StackEvent[] = [];
let ready: Ready;

/** Of the kind, in the order in which they came. */
function seen<K extends StackEvent['event']>(kind: K): Extract<StackEvent, { event: K }>[] {
  return events.filter((event): event is Extract<StackEvent, { event: K }> => event.event === kind);
}

/** The newest process that serves the app. */
const appPid = () => seen('app').findLast(({ state }) => state === 'running')?.pid ?? 0;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function status(query = ''): Promise<Response> {
  const url = `${ready.url}/api/replications/${ready.registry}/${image}${query}`;
  return await fetch(url, { headers: { 'x-functions-key': ready.key } });
}

beforeAll(async () => {
  start = launch('start', '--port', '0', '--fresh', '--no-pushes', '--json', '--lag-after', '5');
  start.stderr?.pipe(process.stderr);
  const lines = createInterface({ input: start.stdout ?? process.stdin });
  lines.on('line', (line) => events.push(JSON.parse(line) as StackEvent));
  await Promise.race([once(lines, 'line'), once(start, 'exit')]);
  const [first] = seen('ready');
  expect(first, 'the first line says that the stack is ready').toBeDefined();
  const { event: _, ...rest } = first as Ready & { event: string };
  ready = rest;
});

afterAll(async () => {
  if (start.exitCode === null && start.signalCode === null) {
    const over = once(start, 'exit');
    start.kill('SIGTERM');
    await over;
  }
  rmSync(data, { recursive: true });
});

describe('npm start', () => {
  it('says first how to reach everything', () => {
    expect(Object.keys(events[0] ?? {})).toEqual([
      ...['event', 'url', 'key', 'masterKey', 'registry', 'resourceId', 'regions', 'replicas'],
      ...['managementEndpoint', 'managementCa', 'serviceBus', 'topic', 'subscription', 'tables'],
    ]);
    expect(ready).toMatchObject({ registry: 'contoso', regions: replicas });
    expect(ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('takes a push from npm run push, which follows it to the end', async () => {
    const subscribers = [['--filter', 'completed'], ['--json']].map((args) =>
      launch('subscribe', '--count', '1', ...args),
    );
    const results = subscribers.map(ended);
    await Promise.all(subscribers.map(isReceiving));

    const pushed = await ended(launch('push', image, ...atOnce));
    expect(pushed.code, pushed.errors).toBe(0);
    expect(pushed.output).toMatch(/^Pushed public\/products\/web:1\.3 \(sha256:[0-9a-f]{8}\) to West US\.$/m);
    for (const name of ['West US', 'East US', 'Canada Central', 'West Europe']) {
      expect(pushed.output).toMatch(new RegExp(`^  ${name} +arrived`, 'm'));
    }
    expect(pushed.output).toMatch(/^Completed: it is in every region after \d+\.\d s\.$/m);

    const [readable, bare] = await Promise.all(results);
    expect(readable?.output).toMatch(/ {2}completed {3}public\/products\/web:1\.3\n {10}after/);
    expect(JSON.parse(bare?.output ?? '')).toMatchObject({ type: 'replication.completed', subject: image });
  });

  it('tells what was pushed, what arrived, and what was announced', async () => {
    await expect.poll(() => seen('announced')).toHaveLength(1);
    expect(seen('pushed')).toMatchObject([{ image, region: 'westus' }]);
    expect(
      seen('arrived')
        .map(({ region, outcome }) => `${region} ${outcome}`)
        .sort(),
    ).toEqual(replicas.map((region) => `${region} recorded`).sort());
    expect(seen('announced')).toMatchObject([{ type: 'replication.completed', image, missing: [] }]);
    const order = events.map(({ event }) => event).filter((kind) => kind === 'arrived' || kind === 'announced');
    expect(order.at(-1)).toBe('announced');
  });

  it('lets a program receive everything with the SDK', async () => {
    const client = new ServiceBusClient(ready.serviceBus);
    const receiver = client.createReceiver(ready.topic, ready.subscription);
    const [message] = await receiver.receiveMessages(1);
    expect(message).toMatchObject({ messageId: seen('announced')[0]?.id, subject: image });
    if (message !== undefined) {
      await receiver.completeMessage(message);
    }
    await client.close();
  });

  it('lets a program read the tables with the SDK', async () => {
    const client = TableClient.fromConnectionString(ready.tables, 'tags', { allowInsecureConnection: true });
    const rows: object[] = [];
    for await (const row of client.listEntities()) {
      rows.push(row);
    }
    expect(rows).toMatchObject([{ status: 'replicated' }]);
  });

  it('answers where the image is', async () => {
    const response = await status('?wait=30');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'replicated', digest: seen('pushed')[0]?.digest });
  });

  it('starts the app again at once when it is killed', async () => {
    const killed = appPid();
    process.kill(killed, 'SIGKILL');
    await expect
      .poll(() => seen('app').at(-1), { timeout: 20_000 })
      .toMatchObject({ state: 'running', isRestart: true });
    expect(seen('app').at(-2)).toMatchObject({ state: 'ended', pid: killed, reason: 'SIGKILL' });
    expect(appPid()).not.toBe(killed);
    expect((await status()).status).toBe(200);
  });

  it('refuses to start twice on the same data', async () => {
    const second = await ended(launch('start', '--port', '0', '--json'));
    expect(second).toMatchObject({ code: 1, output: '' });
    expect(second.errors).toMatch(/^landfall: a local stack \(process \d+\) is already running on /);
    expect((await status()).status).toBe(200);
  });

  it('ends everything on SIGTERM', async () => {
    const processes = [readRunning(data)?.pid ?? 0, appPid()];
    const tables = /TableEndpoint=([^;]+)/.exec(ready.tables)?.[1] ?? '';
    const bus = /sb:\/\/([^;]+)/.exec(ready.serviceBus)?.[1] ?? '';
    const services = [ready.url, tables, `http://${bus}`];
    expect(processes.filter(isRunning)).toEqual(processes);
    const over = once(start, 'exit');
    start.kill('SIGTERM');
    expect(await over).toEqual([0, null]);
    expect(processes.filter(isRunning)).toEqual([]);
    for (const service of services) {
      await expect(fetch(service), service).rejects.toThrow('fetch failed');
    }
    expect(readRunning(data)).toBeUndefined();
    expect(seen('stopping')).toMatchObject([{ reason: 'SIGTERM' }]);
    expect(events.at(-1)?.event).toBe('stopped');
  });
});

describe('companions without a stack', () => {
  it.for([
    { name: 'push', args: [image] },
    { name: 'subscribe', args: [] },
  ])('npm run $name says what to do', async ({ name, args }) => {
    const { code, errors } = await ended(launch(name, ...args));
    expect(code).toBe(1);
    expect(errors).toBe(`landfall: nothing is running on ${data}: type npm start first, in another terminal\n`);
  });
});

describe('options that are none', () => {
  it.for([
    { name: 'start', args: ['--port', 'x'], expected: 'expected --port to be a whole number from 0 to 65535, got "x"' },
    { name: 'push', args: ['WEB'], expected: 'expected a repository like' },
    { name: 'subscribe', args: ['--filter', 'x'], expected: 'expected one of completed, lagging' },
  ])('npm run $name ends with 2 and says what was expected', async ({ name, args, expected }) => {
    const { code, errors } = await ended(launch(name, ...args));
    expect(code).toBe(2);
    expect(errors).toContain(expected);
  });
});
