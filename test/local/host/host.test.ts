import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningHost, startHost } from '../../../src/local/host/host.ts';
import { BODY_LIMIT_BYTES } from '../../../src/local/host/request-body.ts';
import { events, gates } from './apps/stage.ts';
import { type Received, type Sent, send } from './send.ts';

const keys = { host: 'key-of-the-host', master: 'key-of-the-master' };
const lines: string[] = [];
let host: RunningHost;

const options = {
  entry: path.resolve(import.meta.dirname, 'apps/full.ts'),
  port: 0,
  keys,
  runTimers: false,
  log: ({ level, category, message }: { level: string; category: string; message: string }) =>
    void lines.push(`${level} ${category}: ${message}`),
};
const ask = (sent: Sent): Promise<Received> => send(host, sent);
const linesOf = (category: string): string[] => lines.filter((line) => line.includes(category));

beforeAll(async () => {
  process.env['TICK_SCHEDULE'] = '0 */5 * * * *';
  host = await startHost(options);
});
afterAll(() => host.close());

describe('a running host', () => {
  it('tells its functions by name, with their whole routes', () => {
    expect(host.url).toBe(`http://127.0.0.1:${host.port}`);
    expect(host.functions).toContainEqual({
      name: 'echo',
      type: 'httpTrigger',
      route: 'api/echo',
      methods: ['POST'],
    });
    expect(host.functions).toContainEqual({ name: 'tick', type: 'timerTrigger' });
    expect(host.functions.map(({ name }) => name)).toEqual(host.functions.map(({ name }) => name).toSorted());
  });

  it('has run the appStart hooks, and no timer function where timers are off', () => {
    expect(events).toEqual(['appStart']);
  });

  it('is the only one in its process', async () => {
    await expect(startHost(options)).rejects.toThrow('Expected one app in a process, got a second');
  });
});

describe('hooks', () => {
  it('may wrap the handler and change the result', async () => {
    expect(await ask({ path: '/api/hooked' })).toMatchObject({ body: 'handler inside, then by preInvocation' });
  });

  it('may forgive an error', async () => {
    expect(await ask({ path: '/api/forgiven' })).toMatchObject({ status: 202 });
  });
});

describe('a request body', () => {
  const post = (headers: Sent['headers'], body: string[]) =>
    ask({ method: 'POST', path: '/api/echo', ...(headers && { headers }), body });

  it('sent in chunks arrives whole', async () => {
    expect(await post({ 'transfer-encoding': 'chunked' }, ['one ', 'two ', 'three'])).toMatchObject({
      status: 200,
      body: 'one two three',
    });
  });

  it('that announces more than the limit is refused unread', async () => {
    // Nothing of the body is ever sent, so an answer at all means that none was waited for.
    const answer = await post({ 'content-length': BODY_LIMIT_BYTES + 1, connection: 'close' }, []);
    expect(answer).toMatchObject({ status: 413, body: '' });
    expect(answer.headers).toMatchObject({ connection: 'close' });
  });
});

describe('an answer', () => {
  it('sets cookies with all that they can have', async () => {
    const { headers } = await ask({ path: '/api/cookies' });
    expect(headers['set-cookie']).toEqual([
      'a=%C3%BC%3B; domain=example.org; path=/x; samesite=none',
      'b=; expires=Fri, 02 Jan 1970 00:00:00 GMT; max-age=1; path=/; samesite=lax',
    ]);
  });

  it('is framed by the host, not by the function', async () => {
    const { headers, body } = await ask({ path: '/api/framed' });
    expect(headers).toMatchObject({ 'content-length': '5', 'x-own': '1' });
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(body).toBe('five!');
  });

  it('with content negotiation is an error here, and says so in the log', async () => {
    expect(await ask({ path: '/api/negotiated' })).toMatchObject({ status: 500, body: '' });
    expect(linesOf('Function.negotiated')).toEqual([expect.stringContaining('enableContentNegotiation')]);
  });
});

describe('a key', () => {
  it.for([
    { name: 'in the header', headers: { 'x-functions-key': keys.host }, path: '/api/failing', expected: 500 },
    {
      name: 'in the query, whatever the case of `code`',
      headers: {},
      path: `/api/failing?CODE=${keys.host}`,
      expected: 500,
    },
    {
      name: 'in the query, not if a header is there and empty',
      headers: { 'x-functions-key': '' },
      path: `/api/failing?code=${keys.host}`,
      expected: 401,
    },
    {
      name: 'in the query, the first of two',
      headers: {},
      path: `/api/failing?code=x&code=${keys.host}`,
      expected: 401,
    },
  ])('is looked for $name', async ({ headers, path, expected }) => {
    expect(await ask({ headers, path })).toMatchObject({ status: expected });
  });
});

describe('a function that fails', () => {
  it('shows in the log and not in the answer, and no key shows anywhere', async () => {
    const wrong = { 'x-functions-key': 'a-wrong-key' };
    lines.length = 0;
    await ask({ path: '/api/failing?code=another-wrong-key' });
    await ask({ path: '/api/failing', headers: wrong });
    expect(linesOf('Function.failing')).toEqual([]);

    expect(await ask({ path: `/api/failing?code=${keys.host}` })).toMatchObject({ status: 500, body: '' });
    expect(linesOf('Function.failing')).toEqual([
      'information Function.failing.User: about to fail',
      expect.stringMatching(/^error Function\.failing: Failed: Error: failed as planned\n\s+at /),
    ]);
    await ask({ method: 'POST', path: '/admin/functions/broken', headers: { 'x-functions-key': keys.master } });
    expect(lines.join('\n')).not.toMatch(/key-of-the-|wrong-key|code=/);
  });

  it('by registering another one after the start is one that fails', async () => {
    expect(await ask({ path: '/api/late' })).toMatchObject({ status: 500 });
    expect(linesOf('Function.late')).toEqual([expect.stringContaining('only be registered during app startup')]);
  });
});

describe('a timer function', () => {
  const json = { 'content-type': 'application/json', 'x-functions-key': keys.master };

  it('is run by trigger, which waits for it', async () => {
    const run = host.trigger('tick').then(() => events.push('trigger resolved'));
    await gates.tick.reached;
    expect(events).not.toContain('trigger resolved');
    gates.tick.open();
    await run;
    expect(events.slice(-2)).toEqual(['tick, past due: false', 'trigger resolved']);
  });

  it('that fails lets trigger reject', async () => {
    await expect(host.trigger('broken')).rejects.toThrow('broken as planned');
  });

  it.for([{ name: 'echo' }, { name: 'nothing' }])('is what trigger expects, and $name is none', async ({ name }) => {
    await expect(host.trigger(name)).rejects.toThrow(
      `Expected a timer function of broken, eager, manual, tick, got ${name}`,
    );
  });

  it('is run through the admin interface, whatever the case of its name', async () => {
    const before = events.length;
    const answer = await ask({ method: 'POST', path: '/admin/functions/TICK', headers: json, body: ['{}'] });
    expect(answer).toMatchObject({ status: 202, body: '' });
    await vi.waitFor(() => expect(events.slice(before)).toEqual(['tick, past due: false']));
  });

  it('that fails when run through the admin interface shows in the log', async () => {
    const before = linesOf('Function.broken').length;
    await ask({ method: 'POST', path: '/admin/functions/broken', headers: json, body: ['{}'] });
    await vi.waitFor(() =>
      expect(linesOf('Function.broken').slice(before)).toEqual([
        expect.stringMatching(/^error Function\.broken: Failed: Error: broken as planned/),
      ]),
    );
  });

  it.for([
    { name: 'a body that is no JSON', body: ['{'], type: 'application/json', expected: 400 },
    { name: 'no body', body: [], type: 'application/json', expected: 400 },
    { name: 'a body of another type', body: ['{}'], type: 'text/plain', expected: 415 },
    { name: 'a type with a charset', body: ['{}'], type: 'application/json; charset=utf-8', expected: 202 },
  ])('run through the admin interface with $name answers $expected', async ({ body, type, expected }) => {
    const headers = { ...json, 'content-type': type };
    expect(await ask({ method: 'POST', path: '/admin/functions/tick', headers, body })).toMatchObject({
      status: expected,
    });
  });
});
