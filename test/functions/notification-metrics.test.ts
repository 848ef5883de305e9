// Every notification is counted by what became of it, whichever way it came.
import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { eventGrid } from '../../src/functions/event-grid.ts';
import { webhook } from '../../src/functions/webhook.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import { recordedEvent } from '../adapters/acr/events.ts';
import { payloadBytes, pushBody } from '../adapters/acr/payloads.ts';
import { call } from './call.ts';
import { openDependencies } from './notifications.ts';

const push = JSON.stringify(pushBody());
const ping = Buffer.from(payloadBytes('ping')).toString();
const known = { registry: 'contoso', region: 'westus' };
const unknown = { registry: 'unknown', region: 'unknown' };

function open() {
  const { outside, metrics, dependencies } = openDependencies();
  const counted = () => metrics.of('landfall.notifications');
  const post = (params: Readonly<Record<string, string>>, body: string) =>
    call(webhook(dependencies), { params, body });
  return { outside, dependencies, counted, post };
}

describe('a webhook is counted', () => {
  it.for([
    { name: 'a push', params: known, body: push, expected: { outcome: 'recorded', ...known } },
    {
      name: 'a region by its usual name',
      params: { ...known, region: 'West US' },
      body: push,
      expected: { outcome: 'recorded', ...known },
    },
    { name: 'a ping', params: known, body: ping, expected: { outcome: 'ping', ...known } },
    { name: 'no JSON', params: known, body: '{', expected: { outcome: 'refused', ...known } },
    {
      name: 'a region that is none',
      params: { ...known, region: '<made up>' },
      body: push,
      expected: { outcome: 'refused', registry: 'contoso', region: 'unknown' },
    },
    {
      name: 'a registry that somebody made up',
      params: { registry: 'madeup', region: 'westus' },
      body: push,
      expected: { outcome: 'refused', ...unknown },
    },
  ])('by outcome, registry and region: $name', async ({ params, body, expected }) => {
    const { counted, post } = open();
    await post(params, body);
    expect(counted()).toEqual([{ ...expected, value: 1 }]);
  });

  it('each time that it comes', async () => {
    const { counted, post } = open();
    await post(known, push);
    await post(known, push);
    expect(counted().map(({ outcome }) => outcome)).toEqual(['recorded', 'duplicate']);
  });

  it('and logged when it fails for a reason that nobody expects', async () => {
    const { outside, dependencies, counted } = open();
    outside.faults.push({ call: 'tags.commit', error: new Error('a fault') });
    const logged: unknown[] = [];
    const context = new InvocationContext({
      functionName: 'webhook',
      logHandler: (level, ...values) => logged.push({ level, ...JSON.parse(String(values[0])) }),
    });
    const request = new HttpRequest({
      url: 'http://127.0.0.1/',
      method: 'POST',
      params: known,
      body: { string: push },
    });
    await expect(webhook(dependencies)(request, context)).rejects.toThrow('a fault');
    expect(counted()).toEqual([{ outcome: 'failed', ...known, value: 1 }]);
    expect(logged).toMatchObject([{ level: 'error', event: 'webhook', outcome: 'failed', ...known }]);
  });

  it('as unavailable when it could not be stored', async () => {
    const { outside, counted, post } = open();
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    await post(known, push);
    expect(counted()).toEqual([{ outcome: 'unavailable', ...known, value: 1 }]);
  });
});

describe('an event of Event Grid is counted', () => {
  it.for([
    { name: 'a push', event: recordedEvent('image-pushed'), expected: { outcome: 'recorded', ...known } },
    {
      name: 'one without a region',
      event: recordedEvent('connected-image-pushed'),
      expected: { outcome: 'ignored', registry: 'contoso', region: 'unknown' },
    },
    { name: 'one that is none', event: {}, expected: { outcome: 'refused', ...unknown } },
  ])('by outcome, registry and region: $name', async ({ event, expected }) => {
    const { dependencies, counted } = open();
    await eventGrid(dependencies)(event, new InvocationContext({ functionName: 'event-grid', logHandler: () => {} }));
    expect(counted()).toEqual([{ ...expected, value: 1 }]);
  });
});
