import { afterEach, describe, expect, it } from 'vitest';
import { parseRegistryAddress } from '../../src/adapters/acr/management-address.ts';
import type { Region } from '../../src/core/names.ts';
import type { Step } from '../../src/setup/plan.ts';
import { RegistryAdmin } from '../../src/setup/registry-admin.ts';
import { faultLine } from '../../src/setup/run.ts';
import {
  armFixture,
  inTime,
  RESOURCE_ID,
  type Script,
  ScriptedManagement,
} from '../adapters/acr/scripted-management.ts';

const opened: ScriptedManagement[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((management) => management.close()));
});

function address() {
  const parsed = parseRegistryAddress(RESOURCE_ID);
  if (parsed.type === 'invalid') {
    throw new Error(parsed.message);
  }
  return parsed.value;
}

async function open(script: Script) {
  const management = await ScriptedManagement.start(script);
  opened.push(management);
  return { management, admin: new RegistryAdmin(address(), 'the-app-key', management.endpoint) };
}

const create: Step = {
  ...{ type: 'create', region: 'westus' as Region, name: 'landfallwestus' },
  serviceUri: 'https://landfall.example/api/webhooks/contoso/westus',
};

describe('what became of a ping', () => {
  const [ping, push] = armFixture<{ value: [{ id: string }, { id: string }] }>('list-events').value;
  const pending = { ...ping, eventResponseMessage: undefined };
  const pushes = (count: number) => Array.from({ length: count }, () => push);

  it.for([
    { name: 'is known by its id', events: [push, ping], expected: 200 },
    { name: 'is not known before there is an answer', events: [pending], expected: undefined },
    { name: 'is not known before it is listed', events: [push], expected: undefined },
    { name: 'is found among the newest 200', events: [...pushes(199), ping], expected: 200 },
    { name: 'is not looked for behind those', events: [...pushes(200), ping], expected: undefined },
  ])('$name', async ({ events, expected }) => {
    const { admin } = await open(() => ({ body: { value: events } }));
    expect((await admin.delivery('landfallwestus', ping.id, inTime()))?.statusCode).toBe(expected);
  });
});

describe('the quota of webhooks', () => {
  it.for([
    { name: 'is as the registry tells', body: armFixture('usages'), expected: { limit: 500, used: 2 } },
    { name: 'is unknown where it is not among the usages', body: { value: [] }, expected: undefined },
    {
      name: 'is none below 0',
      body: { value: [{ name: 'Webhooks', limit: -1, currentValue: 2 }] },
      expected: undefined,
    },
  ])('$name', async ({ body, expected }) => {
    const { admin } = await open(() => ({ body }));
    expect(await admin.quota(inTime())).toEqual(expected);
  });
});

describe('a change that takes its time', () => {
  const operation = (outcome: object) => async () => {
    const { management, admin } = await open(({ method, path }) => {
      const isOperation = path.endsWith('/operationStatuses/1');
      const headers = { 'azure-asyncoperation': `${management.url}${RESOURCE_ID}/operationStatuses/1` };
      return method === 'PUT' ? { status: 201, headers, body: {} } : { body: isOperation ? outcome : webhook };
    });
    await admin.carryOut(create, inTime());
    return management.asked.map(({ method, path }) => `${method} ${path}`);
  };
  const { value } = armFixture<{ value: object[] }>('webhooks');
  const [webhook] = value;

  it('is waited for', async () => {
    expect(await operation({ status: 'Succeeded' })()).toEqual([
      'PUT /webhooks/landfallwestus',
      'GET /operationStatuses/1',
      'GET /webhooks/landfallwestus',
    ]);
  });

  it('may fail', async () => {
    const error = { code: 'WebhookFailed', message: 'It could not be made.' };
    await expect(operation({ status: 'Failed', error })()).rejects.toThrow('It could not be made.');
  });
});

describe('a refusal', () => {
  it('is told with what the registry says of it, but for the key', async () => {
    const message = 'The header value the-app-key is not allowed.';
    const { admin } = await open(() => ({ status: 400, body: { error: { code: 'InvalidRequest', message } } }));
    const error: unknown = await admin.carryOut(create, inTime()).catch((reason) => reason);
    expect(admin.hide(faultLine(error))).toBe(
      'Expected registry contoso to create webhook landfallwestus, got 400 InvalidRequest: The header value … is not allowed.',
    );
  });

  it('for want of a token says how to sign in', async () => {
    const { management } = await open(() => ({ body: { value: [] } }));
    const credential = { getToken: () => Promise.reject(new Error('signed out')) };
    const admin = new RegistryAdmin(address(), undefined, { ...management.endpoint, credential });
    const error: unknown = await admin.webhooks(inTime()).catch((reason) => reason);
    expect(faultLine(error)).toMatch(/signed out; sign in with az login$/);
  });
});
