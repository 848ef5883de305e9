import { afterEach, describe, expect, it } from 'vitest';
import { type PastDelivery, Unavailable } from '../../../src/usecases/ports.ts';
import { armFixture, contoso, inTime, type Script, ScriptedManagement } from './scripted-management.ts';

const opened: ScriptedManagement[] = [];
const open = async (answers: Script) => {
  const management = await ScriptedManagement.start(answers);
  opened.push(management);
  return management;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((management) => management.close()));
});

describe('the webhooks of a registry', () => {
  it('are told with their region, state, scope and actions', async () => {
    const management = await open(() => ({ body: armFixture('webhooks') }));
    expect(await management.api().webhooks(contoso, inTime())).toEqual([
      { name: 'landfallwestus', region: 'westus', isEnabled: true, scope: '', actions: ['push', 'delete'] },
      { name: 'landfalleastus', region: 'eastus', isEnabled: true, scope: '', actions: ['delete', 'push'] },
    ]);
  });

  it.for([
    { name: 'is disabled', properties: { status: 'disabled' }, expected: { isEnabled: false } },
    { name: 'is in no state', properties: { status: undefined }, expected: { isEnabled: false } },
    { name: 'has a scope', properties: { scope: 'web:*' }, expected: { isEnabled: true, scope: 'web:*' } },
    { name: 'has no scope', properties: { scope: null }, expected: { isEnabled: true, scope: '' } },
  ])('$name', async ({ properties, expected }) => {
    const { value } = armFixture<{ value: { properties: object }[] }>('webhooks');
    const webhooks = value.map((webhook) => ({ ...webhook, properties: { ...webhook.properties, ...properties } }));
    const management = await open(() => ({ body: { value: webhooks } }));
    expect((await management.api().webhooks(contoso, inTime()))[0]).toMatchObject(expected);
  });

  it('are read to the last page', async () => {
    const { value } = armFixture<{ value: unknown[] }>('webhooks');
    const management: ScriptedManagement = await open(({ query }) =>
      query.has('page')
        ? { body: { value: value.slice(1) } }
        : { body: { value: value.slice(0, 1), nextLink: `${management.url}/?page=2` } },
    );
    const webhooks = await management.api().webhooks(contoso, inTime());
    expect(webhooks.map(({ name }) => name)).toEqual(['landfallwestus', 'landfalleastus']);
  });

  it.for([
    { name: 'without actions', properties: { actions: undefined } },
    { name: 'without a region', location: undefined },
    { name: 'of which one is null', isNull: true },
  ])('are none to rely on $name', async ({ properties, isNull, ...changed }) => {
    const { value } = armFixture<{ value: [{ properties: object }] }>('webhooks');
    const webhook = { ...value[0], ...('location' in changed ? changed : {}), ...(properties && { properties }) };
    const management = await open(() => ({ body: { value: isNull ? [null] : [webhook] } }));
    await expect(management.api().webhooks(contoso, inTime())).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('where a webhook posts to', () => {
  it('is its service URI', async () => {
    const management = await open(() => ({ body: armFixture('callback-config') }));
    const target = await management.api().target(contoso, 'landfallwestus', inTime());
    expect(target).toBe('https://landfall.example/api/webhooks/contoso/westus');
    expect(management.asked[0]).toMatchObject({ method: 'POST', path: '/webhooks/landfallwestus/getCallbackConfig' });
  });

  it.for([
    { name: 'has no service URI', body: { customHeaders: { 'x-functions-key': 'hidden' } } },
    { name: 'is cut short', body: '{"customHeaders":{"x-functions-key":"hidden"' },
    { name: 'is a text', body: '"hidden"' },
  ])('is not known from an answer that $name, and no key shows', async ({ body }) => {
    const management = await open(() => ({ body }));
    const fault: unknown = await management
      .api()
      .target(contoso, 'landfallwestus', inTime())
      .catch((error) => error);
    expect(fault).toBeInstanceOf(Unavailable);
    const { message, cause } = fault as Error;
    expect(`${message} ${cause}`).not.toContain('hidden');
    expect(message).toContain('landfallwestus');
  });
});

const events = armFixture<{ value: [unknown, unknown, unknown] }>('list-events').value;

async function gather(history: AsyncIterable<PastDelivery>): Promise<PastDelivery[]> {
  const deliveries: PastDelivery[] = [];
  for await (const delivery of history) {
    deliveries.push(delivery);
  }
  return deliveries;
}

/** The first event on the first page, the others on the second. */
async function openPaged() {
  const management: ScriptedManagement = await open(({ query }) =>
    query.has('page')
      ? { body: { value: events.slice(1) } }
      : { body: { value: events.slice(0, 1), nextLink: `${management.url}/events?page=2` } },
  );
  return management;
}

describe('the delivery history of a webhook', () => {
  it('is told newest first, over all pages, to the nanosecond', async () => {
    const management = await openPaged();
    const deliveries = await gather(management.api().history(contoso, 'landfallwestus', inTime()));
    expect(deliveries.map(({ eventAt, statusCode }) => [eventAt, statusCode])).toEqual([
      ['2025-09-10T21:30:18.152768900Z', 200],
      ['2025-09-10T21:27:30.936956612Z', 504],
      ['2025-09-10T21:23:50.245946712Z', 202],
    ]);
    expect(management.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /webhooks/landfallwestus/listEvents',
      'GET /events',
    ]);
  });

  it('is read page by page, as it is needed', async () => {
    const management = await openPaged();
    const history = management.api().history(contoso, 'landfallwestus', inTime());
    expect(management.asked).toHaveLength(0);
    await history.next();
    expect(management.asked).toHaveLength(1);
    await history.next();
    expect(management.asked).toHaveLength(2);
    await history.return();
  });

  it('is empty for a webhook that never delivered anything', async () => {
    const management = await open(() => ({ body: { value: [] } }));
    expect(await gather(management.api().history(contoso, 'landfallwestus', inTime()))).toEqual([]);
  });

  it('goes on behind what cannot be read', async () => {
    const management = await open(() => ({ body: { value: [null, { id: 'broken' }, events[1]] } }));
    const deliveries = await gather(management.api().history(contoso, 'landfallwestus', inTime()));
    expect(deliveries.map(({ notification }) => notification.type)).toEqual(['malformed', 'malformed', 'push']);
  });

  it.for([
    { name: 'a page without a list', body: {} },
    { name: 'a page that is no JSON', body: '<html>secret</html>' },
    { name: 'a next page that is no link', body: { value: [], nextLink: 7 } },
  ])('is not read to its end with $name', async ({ body }) => {
    const management = await open(() => ({ body }));
    const reading = gather(management.api().history(contoso, 'landfallwestus', inTime()));
    await expect(reading).rejects.toBeInstanceOf(Unavailable);
    await expect(reading).rejects.not.toThrow('secret');
  });

  it('ends by its signal on a page that never comes', async () => {
    const management: ScriptedManagement = await open(({ query }) =>
      query.has('page') ? 'no answer' : { body: { value: events, nextLink: `${management.url}/events?page=2` } },
    );
    const control = new AbortController();
    const reading = gather(management.api().history(contoso, 'landfallwestus', control.signal));
    await management.hanging;
    control.abort();
    await expect(reading).rejects.toBeInstanceOf(Unavailable);
    await management.cutOff;
  });
});
