import { InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { eventGrid } from '../../src/functions/event-grid.ts';
import { webhook } from '../../src/functions/webhook.ts';
import { SchemaTooNew, Unavailable } from '../../src/usecases/ports.ts';
import { eventWith, pushedEvent, recordedEvent } from '../adapters/acr/events.ts';
import { START, webTag, westus } from '../builders.ts';
import { contoso } from '../usecases/app.ts';
import { call } from './call.ts';
import { openDependencies } from './notifications.ts';

const signal = new AbortController().signal;
const removal = recordedEvent('image-deleted');

function open() {
  const { dependencies, ...opened } = openDependencies();
  const logged: { level: string; line: Record<string, unknown> }[] = [];
  const context = new InvocationContext({
    functionName: 'event-grid',
    logHandler: (level, ...values) => logged.push({ level, line: JSON.parse(String(values[0])) }),
  });
  const handler = eventGrid(dependencies);
  const deliver = async (event: unknown) => await handler(event, context);
  return { ...opened, dependencies, logged, deliver };
}

describe('an event of Event Grid', () => {
  it.for([
    { name: 'image-pushed', outcome: 'recorded', level: 'information' },
    { name: 'cloud-image-pushed', outcome: 'recorded', level: 'information' },
    { name: 'image-deleted', outcome: 'recorded', level: 'information' },
    { name: 'cloud-image-deleted', outcome: 'recorded', level: 'information' },
    { name: 'chart-pushed', outcome: 'ignored', level: 'information' },
    { name: 'connected-image-pushed', outcome: 'ignored', level: 'information' },
  ] as const)('is $outcome, and says so in one line: $name', async ({ name, outcome, level }) => {
    const { deliver, logged } = open();
    await deliver(recordedEvent(name));
    expect(logged).toMatchObject([{ level, line: { event: 'event-grid', outcome, tookMs: 0 } }]);
  });

  it('that tells of a push is stored as an arrival in the region of its location', async () => {
    const { outside, deliver, logged } = open();
    await deliver(pushedEvent({ location: 'East US' }));
    const stored = await outside.tags.load(webTag, signal);
    expect(stored?.value.facts).toMatchObject([
      {
        ...{ type: 'arrival', region: 'eastus', source: 'announced', receivedAt: START },
        eventAt: '2026-11-17T16:52:01.468100900Z',
      },
    ]);
    const { repository, tag } = webTag;
    expect(logged).toMatchObject([{ line: { registry: 'contoso', region: 'eastus', repository, tag } }]);
  });

  it('that tells of a deletion is stored with its registry and its region', async () => {
    const { outside, deliver } = open();
    await deliver(removal);
    expect(outside.deletions.pending().map(({ notice }) => notice)).toEqual([
      {
        ...{ registry: 'contoso', region: 'westus', receivedAt: START, repository: 'public/products/web' },
        eventAt: '2026-11-17T16:54:53.185024800Z',
        digest: removal.data.target['digest'],
      },
    ]);
  });

  it('that comes again is a duplicate', async () => {
    const { deliver, logged } = open();
    await deliver(pushedEvent());
    await deliver(pushedEvent());
    expect(logged.map(({ line }) => line['outcome'])).toEqual(['recorded', 'duplicate']);
  });

  it.for([
    { name: 'with the same time', timestamp: '2026-11-17T16:52:01.4681009Z' },
    { name: 'with a time of nine digits', timestamp: '2026-11-17T16:52:01.468100923Z' },
  ])('that the webhook told of already $name is a duplicate', async ({ timestamp }) => {
    const { dependencies, deliver, logged } = open();
    const event = recordedEvent('image-pushed');
    const params = { registry: 'contoso', region: 'westus' };
    const answer = await call(webhook(dependencies), { params, body: JSON.stringify({ ...event.data, timestamp }) });
    expect(answer).toMatchObject({ status: 202, jsonBody: { outcome: 'recorded' } });
    await deliver(event);
    expect(logged).toMatchObject([{ line: { outcome: 'duplicate' } }]);
  });

  it.for([
    { name: 'recorded', event: pushedEvent(), expected: [westus] },
    { name: 'ignored by its body', event: pushedEvent({ target: {} }), expected: [westus] },
    { name: 'ignored as nobody knows its region', event: pushedEvent({ location: '' }), expected: [] },
    { name: 'refused', event: pushedEvent({ timestamp: 'today' }), expected: [] },
  ])('is a sign of life of its region, or none: $name', async ({ event, expected }) => {
    const { dependencies, deliver } = open();
    await deliver(event);
    expect([...dependencies.noteWebhook.seen(contoso).keys()]).toEqual(expected);
  });
});

describe('an event that delivering again cannot help', () => {
  const topic = String(recordedEvent('image-pushed')['topic']).replace('contoso', 'fabrikam');
  it.for<{ name: string; event: unknown; line: object }>([
    {
      name: 'of an unknown registry',
      event: pushedEvent({}, { topic }),
      line: { registry: 'fabrikam', reason: 'expected one of contoso' },
    },
    {
      name: 'of an unknown registry, even if it would be ignored',
      event: pushedEvent({ location: undefined }, { topic }),
      line: { registry: 'fabrikam', reason: 'expected one of contoso' },
    },
    { name: 'that is none', event: 'x', line: { issues: ['expected an object, got "x"'] } },
    {
      name: 'with a push that is none',
      event: pushedEvent({ timestamp: 'today' }),
      line: { registry: 'contoso', region: 'westus', issues: [expect.stringContaining('data.timestamp: ')] },
    },
  ])('is dropped with a warning: $name', async ({ event, line }) => {
    const { outside, deliver, logged } = open();
    await deliver(event);
    expect(logged).toMatchObject([{ level: 'warning', line: { event: 'event-grid', outcome: 'refused', ...line } }]);
    expect(outside.calls()).toEqual([]);
  });
});

describe('an event that is not stored', () => {
  it.for([
    { name: 'of a push', event: pushedEvent(), call: 'tags.commit', error: new Unavailable('timed out') },
    { name: 'of a deletion', event: removal, call: 'deletions.add', error: new Unavailable('timed out') },
    {
      name: 'for a document newer than this release',
      event: eventWith('cloud-image-pushed', {}),
      call: 'tags.commit',
      error: new SchemaTooNew('version 2'),
    },
  ])('fails, so that it is delivered again: $name', async ({ event, call, error }) => {
    const { outside, dependencies, deliver, logged } = open();
    outside.faults.push({ call, error });
    await expect(deliver(event)).rejects.toThrow('the event is not stored');
    expect(logged).toMatchObject([{ level: 'error', line: { outcome: 'unavailable', reason: error.message } }]);
    expect(dependencies.noteWebhook.seen(contoso).size).toBe(0);
    await deliver(event);
    expect(logged.at(-1)).toMatchObject({ line: { outcome: 'recorded' } });
  });

  it.for([
    { name: 'push', event: pushedEvent(), call: 'tags.commit' },
    { name: 'deletion', event: removal, call: 'deletions.add' },
  ])('fails after 3.5 s when the store hangs: a $name', async ({ event, call }) => {
    const { outside, deliver } = open();
    outside.hanging.add(call);
    outside.expiring.add(3_500);
    await expect(deliver(event)).rejects.toThrow('the event is not stored');
  });

  it('fails where nobody knows what went wrong', async () => {
    const { outside, deliver } = open();
    outside.faults.push({ call: 'deletions.add', error: new TypeError('a fault') });
    await expect(deliver(removal)).rejects.toThrow('a fault');
  });
});
