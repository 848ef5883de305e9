import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningHost, startHost } from '../../../src/local/host/host.ts';
import { extensionKey } from '../../../src/local/host/keys.ts';
import { events } from './apps/stage.ts';
import { type Received, type Sent, send } from './send.ts';

const keys = { host: 'key-of-the-host', master: 'key-of-the-master' };
const systemKey = extensionKey(keys, 'eventgrid');
const ENDPOINT = '/runtime/webhooks/EventGrid';
const lines: string[] = [];
let host: RunningHost;

beforeAll(async () => {
  host = await startHost({
    entry: path.resolve(import.meta.dirname, 'apps/events.ts'),
    port: 0,
    keys,
    log: ({ level, category, message }) => void lines.push(`${level} ${category}: ${message}`),
  });
});
afterAll(() => host.close());
afterEach(() => {
  events.length = 0;
  lines.length = 0;
});

interface Call extends Omit<Sent, 'path' | 'body'> {
  eventType?: string;
  functionName?: string;
  body?: unknown;
}

const call = ({ eventType, functionName = 'take', body, headers = {}, method = 'POST' }: Call): Promise<Received> =>
  send(host, {
    method,
    path: `${ENDPOINT}?functionName=${functionName}&code=${systemKey}`,
    headers: { ...(eventType === undefined ? {} : { 'aeg-event-type': eventType }), ...headers },
    body: body === undefined ? [] : [typeof body === 'string' ? body : JSON.stringify(body)],
  });
const notify = (body: unknown, functionName?: string) =>
  call({ eventType: 'Notification', body, ...(functionName === undefined ? {} : { functionName }) });

const event = (subject: string) => ({ id: '1', subject, eventTime: '2026-11-17T16:52:01.343145347Z', data: { n: 1 } });

describe('the endpoint of the Event Grid extension', () => {
  it.for([
    { name: 'the system key in the query', query: `code=${systemKey}`, headers: {}, expected: 202 },
    { name: 'the system key in the header', query: '', headers: { 'x-functions-key': systemKey }, expected: 202 },
    { name: 'the master key', query: `code=${keys.master}`, headers: {}, expected: 202 },
    { name: 'no key', query: '', headers: {}, expected: 401 },
    { name: 'a wrong key', query: 'code=x', headers: {}, expected: 401 },
    { name: 'the host key, which opens functions only', query: `code=${keys.host}`, headers: {}, expected: 403 },
    {
      name: 'a wrong key in the header, whatever the query has',
      query: `code=${systemKey}`,
      headers: { 'x-functions-key': 'x' },
      expected: 401,
    },
  ])('answers $expected to $name', async ({ query, headers, expected }) => {
    const answer = await send(host, {
      method: 'POST',
      path: `${ENDPOINT}?functionName=take&${query}`,
      headers: { 'aeg-event-type': 'Notification', ...headers },
      body: ['[]'],
    });
    expect(answer).toMatchObject({ status: expected, body: '' });
  });

  it.for([
    { name: 'in lower case', at: '/runtime/webhooks/eventgrid', expected: 202 },
    { name: 'in capitals', at: '/RUNTIME/WEBHOOKS/EVENTGRID', expected: 202 },
    { name: 'with more after it', at: '/runtime/webhooks/eventgrid/x/y', expected: 202 },
    { name: 'of another extension', at: '/runtime/webhooks/blobs', expected: 404 },
  ])('is found $name: $expected', async ({ at, expected }) => {
    const answer = await send(host, {
      method: 'POST',
      path: `${at}?FUNCTIONNAME=take&code=${keys.master}`,
      headers: { 'aeg-event-type': 'Unsubscribe' },
    });
    expect(answer.status).toBe(expected);
  });

  it.for([
    { name: 'an unknown function', functionName: 'nobody' },
    { name: 'a function by its name in other case', functionName: 'Take' },
    { name: 'a function that takes no events', functionName: 'anything' },
    { name: 'no function', functionName: '' },
  ])('answers 404 to events for $name', async ({ functionName }) => {
    expect(await notify([event('one')], functionName)).toMatchObject({
      status: 404,
      body: `cannot find function: '${functionName}'`,
    });
    expect(events).toEqual([]);
  });

  it.for([
    { name: 'Unsubscribe', eventType: 'Unsubscribe', expected: 202 },
    { name: 'no word of what it is', eventType: undefined, expected: 400 },
    { name: 'a word that nobody knows', eventType: 'Greeting', expected: 400 },
  ])('answers $expected to $name', async ({ eventType, expected }) => {
    const answer = await call({ body: '[]', ...(eventType === undefined ? {} : { eventType }) });
    expect(answer).toMatchObject({ status: expected, body: '' });
  });

  it('is told of among the functions, without a route', () => {
    expect(host.functions).toContainEqual({ name: 'take', type: 'eventGridTrigger' });
  });
});

describe('a handshake', () => {
  const data = { validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6', validationUrl: 'https://example.org' };
  const eventType = 'Microsoft.EventGrid.SubscriptionValidationEvent';
  it.for([
    { name: 'in the schema of Event Grid', body: [{ eventType, data }] },
    { name: 'in a CloudEvent, whose data is a text', body: { type: eventType, data: JSON.stringify(data) } },
  ])('$name is answered with the code', async ({ body }) => {
    const answer = await call({ eventType: 'SubscriptionValidation', body });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { validationResponse: data.validationCode }]);
    expect(events).toEqual([]);
  });

  it.for([
    { name: 'without a code', body: [{ eventType, data: {} }] },
    { name: 'without data', body: [{ eventType }] },
    { name: 'without an event', body: [] },
    { name: 'that is no JSON', body: '{' },
  ])('$name answers 500', async ({ body }) => {
    expect(await call({ eventType: 'SubscriptionValidation', body })).toMatchObject({ status: 500, body: '' });
    expect(lines).toEqual([expect.stringMatching(/^error Host\.EventGrid: Failed: /)]);
  });

  it.for([
    { name: 'of a public cloud', origin: 'eventgrid.azure.net', expected: 'eventgrid.azure.net' },
    { name: 'of another cloud', origin: 'eventgrid.azure.us', expected: 'eventgrid.azure.us' },
    { name: 'that nobody knows', origin: 'evil.example', expected: 'eventgrid.azure.net' },
    { name: 'that is not given', origin: undefined, expected: 'eventgrid.azure.net' },
  ])('for CloudEvents allows an origin $name', async ({ origin, expected }) => {
    const headers = origin === undefined ? {} : { 'webhook-request-origin': origin };
    const answer = await call({ method: 'OPTIONS', headers });
    expect(answer).toMatchObject({ status: 200, headers: { 'webhook-allowed-origin': expected } });
  });

  it('for CloudEvents wants the key as well', async () => {
    expect(await send(host, { method: 'OPTIONS', path: `${ENDPOINT}?functionName=take` })).toMatchObject({
      status: 401,
    });
  });
});

describe('events', () => {
  it.for([
    { name: 'in an array', body: [event('one'), event('two')], expected: [event('one'), event('two')] },
    { name: 'alone, as a CloudEvent comes', body: event('one'), expected: [event('one')] },
    { name: 'in an empty array', body: [], expected: [] },
  ])('reach the function one by one and as they came: $name', async ({ body, expected }) => {
    expect(await notify(body)).toMatchObject({ status: 202, body: '' });
    expect(events.sort()).toEqual(expected.map((one) => `take: ${JSON.stringify(one)}`));
  });

  it('of one delivery are taken at the same time', async () => {
    expect(await notify([event('first'), event('second')], 'wait')).toMatchObject({ status: 202 });
    expect(events).toEqual(['first began', 'second began']);
  });

  it('are all taken before a delivery in which one fails is answered 500', async () => {
    const answer = await notify([event('broken'), event('fine')]);
    expect(answer).toMatchObject({ status: 500, body: 'Exception while executing function: Functions.take' });
    expect(events).toEqual([`take: ${JSON.stringify(event('fine'))}`]);
    expect(lines).toEqual([expect.stringMatching(/^error Function\.take: Failed: Error: broken as planned/)]);
  });

  it.for([
    { name: 'a text among them', body: ['x'] },
    { name: 'null among them', body: [null] },
    { name: 'no JSON at all', body: '{' },
    { name: 'a number', body: 7 },
  ])('with $name answer 500', async ({ body }) => {
    expect(await notify(body)).toMatchObject({ status: 500 });
    expect(events).toEqual([]);
  });

  it('leave no key in the log', async () => {
    await notify([event('broken')]);
    await call({ eventType: 'Notification', body: '{' });
    expect(lines).toHaveLength(2);
    expect(lines.join('\n')).not.toMatch(/code=|key-of-the-/);
    expect(lines.join('\n')).not.toContain(systemKey);
  });
});
