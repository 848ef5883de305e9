// The stack as tests and the bench use it, with two processes that serve the app.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Repository, Tag } from '../../../src/core/names.ts';
import type { StackEvent } from '../../../src/local/stack/events.ts';
import { readRunning } from '../../../src/local/stack/running.ts';
import { type StackOptions, startStack } from '../../../src/local/stack/stack.ts';

const root = mkdtempSync(path.join(tmpdir(), 'landfall-stack-'));
const data = path.join(root, 'data');
afterAll(() => rmSync(root, { recursive: true }));

const order = (tag: string) => ({ repository: 'web' as Repository, tag: tag as Tag });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('startStack', () => {
  it('shares one port among several processes of the app, one of which runs the timers', async () => {
    const events: StackEvent[] = [];
    const stack = await startStack({
      ...{ data, appInstances: 2, settings: { SWEEP_SCHEDULE: '* * * * * *' } },
      onEvent: (event) => events.push(event),
    });
    const pids = [...stack.appPids()];
    expect(pids).toHaveLength(2);
    expect(events[0]?.event).toBe('ready');

    const delaysMs = new Map(stack.regions.map((region) => [region, 0]));
    for (const tag of ['1', '2', '3', '4']) {
      stack.push({ ...order(tag), delaysMs });
    }
    const announced = () => events.filter(({ event }) => event === 'announced');
    await expect.poll(announced, { timeout: 20_000 }).toHaveLength(4);
    const log = () => readFileSync(stack.logFile, 'utf8');
    await expect.poll(log, { timeout: 20_000 }).toContain('Function.sweep');
    for (const instance of [1, 2]) {
      expect(log()).toContain(`app ${instance} information Function.webhook`);
    }
    expect(log()).not.toContain('app 2 information Function.sweep');

    await stack.close('the test is over');
    expect([...pids, stack.azurite.pid].filter(isRunning)).toEqual([]);
    expect(events.at(-2)).toMatchObject({ event: 'stopping', reason: 'the test is over' });
    expect(events.at(-1)?.event).toBe('stopped');
    expect(readRunning(data)).toBeUndefined();
  });

  it('has the same keys, tables and pushes when it starts again', async () => {
    const before = JSON.parse(readFileSync(path.join(data, 'keys.json'), 'utf8'));
    const stack = await startStack({ data });
    expect(stack).toMatchObject({ key: before.host, masterKey: before.master });
    const status = async (tag: string) => {
      const url = `${stack.url}/api/replications/contoso/web:${tag}`;
      return (await fetch(url, { headers: { 'x-functions-key': stack.key } })).status;
    };
    expect(await status('1')).toBe(200);
    expect(await status('5')).toBe(404);
    await stack.close();
  });

  it('has nobody in it who reads announcements when nobody wants to know', async () => {
    const stack = await startStack({ data, fresh: true });
    expect(() => stack.broker.depth(`${stack.topic}/Subscriptions/terminal`)).toThrow();
    expect(stack.broker.depth(`${stack.topic}/Subscriptions/${stack.subscription}`).ready).toBe(0);
    await stack.close();
  });

  const broken = path.join(root, 'broken.mjs');
  writeFileSync(broken, "throw new Error('this app is broken');\n");
  it.for<{ name: string; options: Partial<StackOptions>; expected: string }>([
    { name: 'cannot be loaded', options: { entry: broken }, expected: 'the app does not start: this app is broken' },
    {
      name: 'refuses its settings',
      options: { settings: { SWEEP_CONCURRENCY: 'many' } },
      expected: 'SWEEP_CONCURRENCY: expected a whole number from 1 to 256, got "many"',
    },
  ])('leaves nothing running when the app $name', async ({ options, expected }) => {
    await expect(startStack({ data, ...options })).rejects.toThrow(expected);
    expect(readRunning(data)).toBeUndefined();
  });

  it('tells when the app ended and cannot be started again', async () => {
    const marker = path.join(root, 'served-once');
    const once = path.join(root, 'once.mjs');
    const main = JSON.stringify(path.resolve('src/main.ts'));
    const [file, fs] = [JSON.stringify(marker), "import { existsSync, writeFileSync } from 'node:fs';"];
    const code = `if (existsSync(${file})) throw new Error('once only');\nwriteFileSync(${file}, '');\nawait import(${main});`;
    writeFileSync(once, `${fs}\n${code}\n`);
    const { promise: fault, resolve: onFault } = Promise.withResolvers<Error>();
    const stack = await startStack({ data, entry: once, onFault });
    process.kill(stack.appPids()[0] ?? 0, 'SIGKILL');
    expect(await fault).toMatchObject({ message: 'the app does not start: once only' });
    expect(stack.appPids()).toEqual([]);
    await stack.close();
  });
});
