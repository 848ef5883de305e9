import http from 'node:http';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningHost, startHost } from '../../../src/local/host/host.ts';
import { events, gates } from './apps/stage.ts';
import { type Received, send } from './send.ts';

/** Asks over a connection that stays open, and reads nothing of the answer until `read` is called. */
function askSlowly(host: RunningHost, agent: http.Agent, path: string): Promise<{ read(): Promise<number> }> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${host.url}${path}`, { agent }, (response) => {
      const read = async (): Promise<number> => {
        let sizeBytes = 0;
        for await (const chunk of response) {
          sizeBytes += (chunk as Buffer).length;
        }
        return sizeBytes;
      };
      resolve({ read });
    });
    request.on('error', reject);
  });
}

describe('a host that is closed', () => {
  const agent = new http.Agent({ keepAlive: true });
  let host: RunningHost;
  let closed: Promise<void>;
  let slow: Promise<Received>;
  let large: { read(): Promise<number> };
  let manual: Promise<void>;
  let refused: unknown;

  beforeAll(async () => {
    process.env['TICK_SCHEDULE'] = '0 0 0 1 1 *';
    const entry = path.resolve(import.meta.dirname, 'apps/full.ts');
    host = await startHost({ entry, port: 0, keys: { host: 'h', master: 'm' }, log: () => {} });
    // One request waits in its handler, one answer is written but not read, the timer that runs at start is running.
    slow = send(host, { path: '/api/slow', agent });
    large = await askSlowly(host, agent, '/api/large');
    await Promise.all([gates.slow.reached, gates.tick.reached]);

    closed = host.close().then(() => {
      events.push('closed');
    });
    manual = host.trigger('manual');
    refused = await send(host, { path: '/api/hooked' }).catch((error: unknown) => error);
  });
  afterAll(() => agent.destroy());

  it('takes no more connections', () => {
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('has not closed while a request is in flight', () => {
    expect(events).toEqual(['appStart', 'eager']);
  });

  it('answers the request in flight, and says that the connection ends', async () => {
    gates.slow.open();
    const answer = await slow;
    expect(answer).toMatchObject({ status: 200, body: 'slow' });
    expect(answer.headers).toMatchObject({ connection: 'close' });
  });

  it('sends to the end what a client reads slowly', async () => {
    expect(await large.read()).toBe(20_000_000);
  });

  it('lets timer functions finish, also one run by hand meanwhile, then runs the appTerminate hooks', async () => {
    gates.tick.open();
    await gates.manual.reached;
    // Time enough to close, if it did not wait.
    await setTimeout(50);
    expect(events.slice(2)).toEqual(['slow done', 'tick, past due: false']);
    gates.manual.open();
    await manual;
    await closed;
    expect(events.slice(4)).toEqual(['manual done', 'appTerminate', 'closed']);
  });

  it('closes once, however often it is asked', async () => {
    await host.close();
    expect(events.filter((event) => event === 'appTerminate')).toHaveLength(1);
  });
});
