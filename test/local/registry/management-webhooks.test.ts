// Webhooks over the management API, asked by the SDK that the app uses.
import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type { Webhook } from '../../../src/local/registry/model.ts';
import { moveApp } from '../../../src/local/registry/webhooks.ts';
import { all, GROUP, REGISTRY, recorded, remember, startManagement } from './management.ts';
import { shapeOf } from './shape.ts';

const NAME = 'landfallwestus';

describe('webhooks', () => {
  it('are listed, and say nothing of where they post to', async () => {
    const { client, ask } = await startManagement();
    const webhooks = await all(client.webhooks.list(GROUP, REGISTRY));
    expect(webhooks).toMatchObject(
      ['westus', 'eastus', 'canadacentral', 'westeurope'].map((location) => ({
        ...{ name: `landfall${location}`, location, status: 'enabled', scope: '', actions: ['push', 'delete'] },
      })),
    );
    const [first] = (await ask('/webhooks')).body['value'] as object[];
    expect(shapeOf(first)).toEqual(shapeOf(recorded('webhooks').value[0]));
  });

  it('are told one by one', async () => {
    const { client } = await startManagement();
    expect(await client.webhooks.get(GROUP, REGISTRY, NAME)).toMatchObject({ name: NAME, location: 'westus' });
  });

  it('tell where they post to only to who asks for that', async () => {
    const model = newContoso();
    moveApp(model, { url: 'http://127.0.0.1:4711', key: 'the-key' });
    const { client, ask } = await startManagement({ model });
    expect(await client.webhooks.getCallbackConfig(GROUP, REGISTRY, NAME)).toEqual({
      serviceUri: 'http://127.0.0.1:4711/api/webhooks/contoso/westus',
      customHeaders: { 'x-functions-key': 'the-key' },
    });
    const { body } = await ask(`/webhooks/${NAME}/getCallbackConfig`, { method: 'POST' });
    expect(shapeOf(body)).toEqual(shapeOf(recorded('callback-config')));
  });

  it('are created, with the final answer at once', async () => {
    const { client, model } = await startManagement();
    const created = await client.webhooks.create(GROUP, REGISTRY, 'second', {
      ...{ location: 'East US', serviceUri: 'https://other.example/hook', customHeaders: { secret: 's' } },
      ...{ actions: ['Push'], scope: 'web:*', status: 'disabled' },
    });
    expect(created).toMatchObject({
      ...{ name: 'second', location: 'eastus', scope: 'web:*', status: 'disabled', provisioningState: 'Succeeded' },
      // As they were written.
      actions: ['Push'],
    });
    expect(model.webhooks.at(-1)).toMatchObject({
      ...{ name: 'second', region: 'eastus', serviceUri: 'https://other.example/hook', customHeaders: { secret: 's' } },
    });
  });

  it('are enabled and tell of everything unless it is said otherwise', async () => {
    const { client } = await startManagement();
    const hook = { location: 'eastus', serviceUri: 'https://other.example/hook', actions: ['push'] };
    expect(await client.webhooks.create(GROUP, REGISTRY, 'second', hook)).toMatchObject({
      ...{ status: 'enabled', scope: '' },
    });
  });

  it('are replaced by another of the same name, in the same region', async () => {
    const { client, model } = await startManagement();
    const hook = { serviceUri: 'https://other.example/hook', actions: ['delete'] };
    await client.webhooks.create(GROUP, REGISTRY, NAME, { location: 'westus', ...hook });
    expect(model.webhooks).toHaveLength(4);
    expect(model.webhooks[0]).toMatchObject({ name: NAME, ...hook, customHeaders: {} });
    const moved = client.webhooks.create(GROUP, REGISTRY, NAME, { location: 'eastus', ...hook });
    await expect(moved).rejects.toMatchObject({ statusCode: 409, code: 'InvalidResourceLocation' });
  });

  const good = { location: 'eastus', properties: { serviceUri: 'https://a.example/', actions: ['push'] } };
  it.for([
    {
      name: 'in a region without a replica',
      body: { ...good, location: 'japaneast' },
      status: 404,
      code: 'RegistryResourceNotFound',
    },
    { name: 'under a name of 4 characters', resource: 'abcd', body: good, status: 400, code: 'InvalidRequest' },
    {
      name: 'under a name of 51 characters',
      resource: 'a'.repeat(51),
      body: good,
      status: 400,
      code: 'InvalidRequest',
    },
    { name: 'under a name with a hyphen', resource: 'land-fall', body: good, status: 400, code: 'InvalidRequest' },
    { name: 'without a location', body: { properties: good.properties }, status: 400, code: 'InvalidRequest' },
    { name: 'without properties', body: { location: 'eastus' }, status: 400, code: 'InvalidRequest' },
    {
      name: 'with a URL that is none',
      body: { ...good, properties: { ...good.properties, serviceUri: 'landfall' } },
      status: 400,
      code: 'InvalidRequest',
    },
    {
      name: 'with a URL of another scheme',
      body: { ...good, properties: { ...good.properties, serviceUri: 'file:///etc' } },
      status: 400,
      code: 'InvalidRequest',
    },
    {
      name: 'without actions',
      body: { ...good, properties: { ...good.properties, actions: [] } },
      status: 400,
      code: 'InvalidRequest',
    },
    {
      name: 'with an action that there is not',
      body: { ...good, properties: { ...good.properties, actions: ['pull'] } },
      status: 400,
      code: 'InvalidRequest',
    },
    { name: 'with what is not JSON', body: '{', status: 400, code: 'InvalidRequest' },
  ])('are refused $name', async ({ resource = 'second', body, status, code }) => {
    const { ask, model } = await startManagement();
    const answer = await ask(`/webhooks/${resource}`, { method: 'PUT', body });
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(model.webhooks).toHaveLength(4);
  });

  it.for([
    { there: 498, status: 200 },
    { there: 499, status: 200 },
    { there: 500, status: 400 },
  ])('are answered $status where there are $there', async ({ there, status }) => {
    const { ask, model } = await startManagement();
    const [first] = model.webhooks;
    model.webhooks = Array.from({ length: there }, (_, index) => ({ ...(first as Webhook), name: `hook${index}` }));
    const answer = await ask('/webhooks/another', { method: 'PUT', body: good });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body).includes('QuotaExceeded')).toBe(status === 400);
  });

  it('keep what an update does not name', async () => {
    const { client, model } = await startManagement();
    const before = model.webhooks[0];
    expect(await client.webhooks.update(GROUP, REGISTRY, NAME, { status: 'disabled' })).toMatchObject({
      ...{ status: 'disabled', actions: ['push', 'delete'] },
    });
    expect(model.webhooks[0]).toEqual({ ...before, status: 'disabled', modifiedAt: expect.any(Number) });
    const change = { serviceUri: 'https://b.example/', customHeaders: { a: 'b' }, scope: 'web', actions: ['push'] };
    await client.webhooks.update(GROUP, REGISTRY, NAME, change);
    expect(model.webhooks[0]).toMatchObject({ ...change, status: 'disabled' });
  });

  it('are deleted with what they remember, and deleting one again changes nothing', async () => {
    const { client, model } = await startManagement();
    remember(model, NAME, 1, 1);
    await client.webhooks.delete(GROUP, REGISTRY, NAME);
    await client.webhooks.delete(GROUP, REGISTRY, NAME);
    expect(model.webhooks).toHaveLength(3);
    expect(model.history).toEqual({});
  });

  it.for([
    { method: 'GET', below: '' },
    { method: 'PATCH', below: '' },
    { method: 'POST', below: '/ping' },
    { method: 'POST', below: '/listEvents' },
    { method: 'POST', below: '/getCallbackConfig' },
  ])('that there are not are not found by $method $below', async ({ method, below }) => {
    const { ask } = await startManagement();
    const answer = await ask(`/webhooks/nowhere${below}`, { method });
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } });
  });
});
