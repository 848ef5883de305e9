import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Control, type ControlActions, startControl } from '../../../src/local/stack/control.ts';
import { askControl, holdSubscription, requestOf } from '../../../src/local/stack/control-client.ts';
import { type Running, runningFile } from '../../../src/local/stack/running.ts';

const token = 'the-token';
let control: Control;
let running: Running;
let data: string;
/** Subscriptions that there are. */
let subscriptions: string[];

const actions: ControlActions = {
  describe: () => ({ url: 'http://127.0.0.1:7071' }),
  push: (body) =>
    body === undefined ? { type: 'invalid', message: 'expected a push' } : { type: 'valid', value: { pushed: body } },
  describeRegistry: () => ({ registry: 'contoso' }),
  orderRegistry: (body) =>
    body === undefined ? { type: 'invalid', message: 'expected an order' } : { type: 'valid', value: { done: body } },
  subscribe: (type) => {
    const name = `s-${type ?? 'all'}`;
    subscriptions.push(name);
    return { name, remove: () => subscriptions.splice(subscriptions.indexOf(name), 1) };
  },
};

beforeEach(async () => {
  subscriptions = [];
  control = await startControl(token);
  running = { pid: process.pid, control: control.url, token };
  data = mkdtempSync(path.join(tmpdir(), 'landfall-control-'));
  writeFileSync(runningFile(data), JSON.stringify(running));
});
afterEach(async () => {
  await control.close();
  rmSync(data, { recursive: true });
});

describe('the control endpoint', () => {
  it.for([
    { name: 'another token', authorization: 'Bearer other' },
    { name: 'an empty one', authorization: 'Bearer ' },
    { name: 'none', authorization: undefined },
  ])('does nothing for who has $name', async ({ authorization }) => {
    control.open(actions);
    const headers = authorization === undefined ? {} : { authorization };
    for (const [method, asked] of [
      ['GET', '/alive'],
      ['GET', '/stack'],
      ['POST', '/push'],
      ['GET', '/registry'],
      ['POST', '/registry'],
      ['POST', '/subscriptions'],
    ] as const) {
      expect((await fetch(`${control.url}${asked}`, { method, headers })).status).toBe(401);
    }
    expect(subscriptions).toEqual([]);
  });

  it('says that it is alive before the stack is ready, and nothing else', async () => {
    expect(await askControl(running, { method: 'GET', path: '/alive' })).toMatchObject({ status: 200 });
    expect(await askControl(running, { method: 'GET', path: '/stack' })).toMatchObject({
      ...{ status: 503, body: { message: 'the local stack is still starting; try again in a moment' } },
    });
  });

  it('hands pushes over, and says what is wrong with one', async () => {
    control.open(actions);
    const push = { method: 'POST', path: '/push' } as const;
    expect(await requestOf(data, { ...push, body: { image: 'web' } })).toEqual({ pushed: { image: 'web' } });
    await expect(requestOf(data, push)).rejects.toThrow('expected a push');
  });

  it('shows the registry, hands orders over, and says what is wrong with one', async () => {
    control.open(actions);
    const order = { method: 'POST', path: '/registry' } as const;
    expect(await requestOf(data, { method: 'GET', path: '/registry' })).toEqual({ registry: 'contoso' });
    expect(await requestOf(data, { ...order, body: { order: 'remove' } })).toEqual({ done: { order: 'remove' } });
    await expect(requestOf(data, order)).rejects.toThrow('expected an order');
  });

  it('answers 404 with what it knows', async () => {
    control.open(actions);
    await expect(requestOf(data, { method: 'GET', path: '/nothing' })).rejects.toThrow('got GET /nothing');
  });
});

describe('a subscription of a companion', () => {
  it('lives as long as its request', async () => {
    control.open(actions);
    const held = await holdSubscription(data, 'completed');
    expect(held.name).toBe('s-replication.completed');
    expect(subscriptions).toEqual(['s-replication.completed']);
    held.release();
    await expect.poll(() => subscriptions).toEqual([]);
  });

  it('ends with the stack', async () => {
    control.open(actions);
    const held = await holdSubscription(data, undefined);
    await control.close();
    await held.ended;
    expect(subscriptions).toEqual([]);
  });

  it('is refused for a type that there is not', async () => {
    control.open(actions);
    await expect(holdSubscription(data, 'done')).rejects.toThrow('expected one of completed, lagging');
  });
});

describe('a companion without a stack', () => {
  it('says so where none was started', async () => {
    rmSync(runningFile(data));
    await expect(requestOf(data, { method: 'GET', path: '/stack' })).rejects.toThrow('type npm start first');
  });

  it('says so where one was killed', async () => {
    await control.close();
    await expect(requestOf(data, { method: 'GET', path: '/stack' })).rejects.toThrow('type npm start first');
    await expect(holdSubscription(data, undefined)).rejects.toThrow('type npm start first');
  });
});
