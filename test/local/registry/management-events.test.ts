// Pings and what webhooks have delivered, over the management API, asked by the SDK that the app uses.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Region } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { moveApp } from '../../../src/local/registry/webhooks.ts';
import { all, GROUP, notification, REGISTRY, recorded, remember, startManagement } from './management.ts';
import { startReceiver } from './receiver.ts';
import { shapeOf } from './shape.ts';

const NAME = 'landfallwestus';

describe('a ping', () => {
  it('is posted to the webhook, and remembered with the answer', async () => {
    const receiver = await startReceiver(() => 200);
    onTestFinished(() => receiver.close());
    const model = newContoso();
    moveApp(model, { url: receiver.url, key: 'the-key' });
    const { client, api } = await startManagement({ model });
    const { id } = await client.webhooks.ping(GROUP, REGISTRY, NAME);
    await api.close();
    expect(receiver.received).toMatchObject([
      {
        ...{ path: '/api/webhooks/contoso/westus', headers: { 'x-functions-key': 'the-key' } },
        body: { id, action: 'ping', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{7}Z$/) },
      },
    ]);
    expect(Object.keys(receiver.received[0]?.body ?? {})).toEqual(['id', 'timestamp', 'action']);
    expect(model.history[NAME]).toMatchObject([{ statusCode: '200', notification: { id } }]);
  });

  it('of a webhook that leads nowhere is remembered as unanswered', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const model = newContoso();
    moveApp(model, { url: receiver.url, key: 'the-key' });
    const { client, api } = await startManagement({ model });
    await client.webhooks.ping(GROUP, REGISTRY, NAME);
    await api.close();
    expect(model.history[NAME]).toMatchObject([{ statusCode: '504' }]);
  });
});

describe('the events of a webhook', () => {
  it('have the shape that was recorded', async () => {
    const { ask, model } = await startManagement();
    remember(model, NAME, 1, 1);
    const { body } = await ask(`/webhooks/${NAME}/listEvents`, { method: 'POST' });
    const [event] = body['value'] as object[];
    expect(shapeOf(event)).toEqual(shapeOf(recorded('list-events').value[1]));
  });

  it('hold the notification as it was posted, to the nanosecond', async () => {
    const { ask, model } = await startManagement();
    remember(model, NAME, 123_456_789, 123_456_789);
    const { body } = await ask(`/webhooks/${NAME}/listEvents`, { method: 'POST' });
    expect(body['value']).toMatchObject([
      {
        id: 'n123456789',
        eventRequestMessage: {
          ...{ content: notification(123_456_789), requestUri: 'https://landfall.example/api', method: 'POST' },
        },
        eventResponseMessage: { statusCode: '202', reasonPhrase: 'Accepted' },
      },
    ]);
  });

  it('do not show what the webhook sends in secret', async () => {
    const { ask, model } = await startManagement();
    moveApp(model, { url: 'http://127.0.0.1:1', key: 'the-key' });
    remember(model, NAME, 1, 1);
    const { body } = await ask(`/webhooks/${NAME}/listEvents`, { method: 'POST' });
    expect(JSON.stringify(body)).not.toContain('the-key');
  });

  it.for([
    { deliveries: 0, pages: 1 },
    { deliveries: 99, pages: 1 },
    { deliveries: 100, pages: 1 },
    { deliveries: 101, pages: 2 },
    { deliveries: 250, pages: 3 },
  ])('of $deliveries deliveries come newest first, in $pages pages', async ({ deliveries, pages }) => {
    const { client, model, requests } = await startManagement();
    remember(model, NAME, 1, deliveries);
    const events = await all(client.webhooks.listEvents(GROUP, REGISTRY, NAME));
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: deliveries }, (_, i) => `n${deliveries - i}`));
    const asked = [`POST /webhooks/${NAME}/listEvents`, ...Array(pages - 1).fill(`GET /webhooks/${NAME}/listEvents`)];
    expect(requests).toEqual(asked);
  });

  it('come once each and without a gap when more are delivered between two pages', async () => {
    const { client, model } = await startManagement({ eventsPageSize: 2 });
    remember(model, NAME, 1, 5);
    const ids: (string | undefined)[] = [];
    for await (const page of client.webhooks.listEvents(GROUP, REGISTRY, NAME).byPage()) {
      ids.push(...page.map(({ id }) => id));
      remember(model, NAME, 6, 8);
    }
    expect(ids).toEqual(['n5', 'n4', 'n3', 'n2', 'n1']);
  });

  it('are those of one webhook', async () => {
    const { client, model } = await startManagement();
    remember(model, NAME, 1, 1);
    expect(await all(client.webhooks.listEvents(GROUP, REGISTRY, 'landfalleastus'))).toEqual([]);
    expect(model.webhooks.map(({ region }) => region)).toContain('eastus' as Region);
  });
});
