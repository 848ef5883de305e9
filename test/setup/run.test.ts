// The command against the simulated registry's management API, with the real SDK, and an app that answers its pings.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRegistryAddress } from '../../src/adapters/acr/management-address.ts';
import type { Region } from '../../src/core/names.ts';
import { registryId } from '../../src/local/registry/arm.ts';
import { newContoso } from '../../src/local/registry/contoso.ts';
import { startManagementApi } from '../../src/local/registry/management-api.ts';
import type { RegistryModel, Webhook } from '../../src/local/registry/model.ts';
import { addReplica } from '../../src/local/registry/replicas.ts';
import { RegistryAdmin } from '../../src/setup/registry-admin.ts';
import { run } from '../../src/setup/run.ts';
import { type Receiver, startReceiver } from '../local/registry/receiver.ts';

const KEY = 'the-app-key';
const REGIONS = ['westus', 'canadacentral', 'eastus', 'westeurope'];

let model: RegistryModel;
let simulated: Awaited<ReturnType<typeof startManagementApi>>;
let app: Receiver;
let answers: (path: string) => number;
let asked: string[];

beforeEach(async () => {
  answers = () => 200;
  app = await startReceiver((path) => answers(path));
  model = newContoso();
  model.webhooks = [];
  asked = [];
  simulated = await startManagementApi({
    ...{ model, onChange: () => {} },
    onRequest: ({ method, path }) => asked.push(`${method} ${path.split('/registries/contoso')[1]}`),
  });
});

afterEach(async () => {
  await simulated.close();
  await app.close();
});

interface Given {
  readonly action?: 'check' | 'apply';
  readonly isSure?: boolean;
  /** What the person answers; nobody is there unless given. */
  readonly confirms?: boolean;
  readonly key?: string | undefined;
}

async function webhooks(given: Given) {
  const { action = 'apply', isSure = true, confirms } = given;
  const address = parseRegistryAddress(registryId(model));
  if (address.type === 'invalid') {
    throw new Error(address.message);
  }
  const { url: endpoint, ca, credential } = simulated;
  const key = 'key' in given ? given.key : KEY;
  const admin = new RegistryAdmin(address.value, key, { endpoint, credential, tlsOptions: { ca } });
  const pace = {
    // Lets what is under way go on.
    sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 10)),
    ...{ timeout: () => AbortSignal.timeout(20_000), lookEveryMs: 2_000, looks: 500 },
  };
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const confirm = confirms === undefined ? undefined : async () => confirms;
  const access = { admin, target: { registry: model.name, app: app.url } };
  const code = await run({ action, isSure }, access, pace, { print: say, warn: say, confirm });
  const text = lines.join('\n');
  expect(text).not.toContain(KEY);
  return { code, text };
}

/** What was changed, in the order of the requests. */
const changes = () => asked.filter((request) => /^(?:PUT|PATCH|DELETE) /.test(request));

const change = (region: string, changed: Partial<Webhook>) => {
  model.webhooks = model.webhooks.map((webhook) => (webhook.region === region ? { ...webhook, ...changed } : webhook));
};

describe('npm run webhooks -- check', () => {
  it('says what is wanting, and changes nothing', async () => {
    const { code, text } = await webhooks({ action: 'check' });
    expect(code).toBe(1);
    expect(text).toMatch(/westus +Succeeded, Ready +- .* no webhook/);
    expect(text).toContain('the same with apply');
    expect([changes(), app.received]).toEqual([[], []]);
  });

  it('ends with 0 when all is well, with the key or without', async () => {
    await webhooks({});
    expect(await webhooks({ action: 'check' })).toMatchObject({ code: 0 });
    expect(await webhooks({ action: 'check', key: undefined })).toMatchObject({ code: 0 });
    const other = await webhooks({ action: 'check', key: 'another-key' });
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining('sends another key') });
  });

  it('ends with 2 and the reason when it cannot find out', async () => {
    const permission = 'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action';
    await webhooks({});
    simulated.faults.set({ mode: 'forbidden', permission });
    const { code, text } = await webhooks({ action: 'check' });
    expect(code).toBe(2);
    expect(text).toContain(`lacks ${permission}`);
    simulated.faults.set({ mode: 'throttled' });
    expect(await webhooks({ action: 'check' })).toMatchObject({
      ...{ code: 2, text: expect.stringContaining('it can be asked again in 17 s') },
    });
  });
});

describe('npm run webhooks -- apply', () => {
  it('creates a webhook for each replica, and sees each ping arrive', async () => {
    const { code, text } = await webhooks({});
    expect(code).toBe(0);
    expect(model.webhooks.map(({ region }) => region)).toEqual(REGIONS);
    for (const webhook of model.webhooks) {
      expect(webhook).toMatchObject({
        ...{ name: `landfall${webhook.region}`, status: 'enabled', scope: '', actions: ['push', 'delete'] },
        serviceUri: `${app.url}/api/webhooks/contoso/${webhook.region}`,
        customHeaders: { 'x-functions-key': KEY },
      });
      expect(text).toContain(`${webhook.region}: webhook landfall${webhook.region} created`);
      expect(text).toContain(`${webhook.region}: the ping of landfall${webhook.region} has arrived`);
    }
    expect(app.received.map(({ path }) => path).sort()).toEqual(
      REGIONS.map((region) => `/api/webhooks/contoso/${region}`).sort(),
    );
    expect(app.received.every(({ headers }) => headers['x-functions-key'] === KEY)).toBe(true);
  });

  it('has nothing to change the second time', async () => {
    await webhooks({});
    const before = structuredClone(model.webhooks);
    asked.length = 0;
    expect(await webhooks({})).toMatchObject({ code: 0, text: expect.stringContaining('Nothing to change.') });
    expect([changes(), model.webhooks]).toEqual([[], before]);
  });

  it('repairs what is wrong, and that alone', async () => {
    await webhooks({});
    change('eastus', { status: 'disabled', scope: 'web:*', actions: ['Push', 'quarantine'] });
    change('westus', { customHeaders: { 'X-Functions-Key': 'former', 'x-team': 'web' } });
    asked.length = 0;
    const { code, text } = await webhooks({});
    expect(code).toBe(0);
    expect(changes()).toEqual(['PATCH /webhooks/landfallwestus', 'PATCH /webhooks/landfalleastus']);
    expect(model.webhooks.find(({ region }) => region === 'eastus')).toMatchObject({
      ...{ status: 'enabled', scope: '', actions: ['push', 'delete', 'quarantine'] },
    });
    expect(model.webhooks.find(({ region }) => region === 'westus')?.customHeaders).toEqual({
      ...{ 'x-functions-key': KEY, 'x-team': 'web' },
    });
    expect(text).toContain('eastus: repair webhook landfalleastus (disabled; its scope hides repositories');
  });

  it('leaves those of others alone', async () => {
    await webhooks({});
    const others = { serviceUri: 'https://hooks.example/secret', status: 'disabled' } as const;
    change('eastus', others);
    const { code } = await webhooks({});
    expect(code).toBe(0);
    expect(model.webhooks.filter(({ region }) => region === 'eastus')).toMatchObject([
      others,
      { name: 'landfalleastusx2', status: 'enabled' },
    ]);
  });

  it.for([
    { name: 'is asked, and goes on with yes', given: { isSure: false, confirms: true }, code: 0, created: 4 },
    { name: 'is asked, and does nothing with no', given: { isSure: false, confirms: false }, code: 1, created: 0 },
    { name: 'is not asked with --yes', given: { isSure: true, confirms: false }, code: 0, created: 4 },
    { name: 'is not there, and nothing is done', given: { isSure: false }, code: 2, created: 0 },
  ])('the person $name', async ({ given, code, created }) => {
    const { code: actual, text } = await webhooks(given);
    expect([actual, model.webhooks.length]).toEqual([code, created]);
    expect(text).toContain('westus: create webhook landfallwestus, which posts to 127.0.0.1:');
    expect(text.includes('nothing was changed')).toBe(created === 0);
  });

  it.for([
    { name: 'takes them when there is just room', others: 496, code: 0, changed: 4 },
    { name: 'changes nothing when there is none for one of them', others: 497, code: 1, changed: 0 },
  ])('$name', async ({ others, code, changed }) => {
    model.webhooks = Array.from(
      { length: others },
      (_, index): Webhook => ({
        ...{ name: `other${index}`, region: 'mars' as Region, createdAt: 0, modifiedAt: 0, status: 'enabled' },
        ...{ scope: '', actions: ['push'], serviceUri: 'https://hooks.example', customHeaders: {} },
      }),
    );
    const outcome = await webhooks({});
    expect([outcome.code, changes().length]).toEqual([code, changed]);
    expect(outcome.text.includes('expected room for 4 more webhooks, got 497 of 500 in use')).toBe(code === 1);
  });

  it.for([
    { name: 'does not take the key', status: 401, expected: 'expected the app to take the key, got 401' },
    { name: 'does not know the registry', status: 404, expected: 'expected the app to know the registry, got 404' },
    { name: 'has failed', status: 500, expected: 'expected the app to take it, got 500' },
    { name: 'sends it elsewhere', status: 302, expected: 'expected the app to take it, got 302' },
  ])('says that the app $name', async ({ status, expected }) => {
    answers = (path) => (path.endsWith('eastus') ? status : 202);
    const { code, text } = await webhooks({});
    expect(code).toBe(1);
    expect(text).toContain(`eastus: the ping of landfalleastus: ${expected}`);
    expect(text).toContain('westus: the ping of landfallwestus has arrived');
  });

  it('pings once more an app that was asleep', async () => {
    let isAsleep = true;
    answers = (path) => {
      const status = isAsleep && path.endsWith('eastus') ? 503 : 200;
      isAsleep &&= status === 200;
      return status;
    };
    expect((await webhooks({})).code).toBe(0);
    expect(app.received.filter(({ path }) => path.endsWith('eastus'))).toHaveLength(2);
  });

  it('does what it can while a replica is not ready, and says so', async () => {
    const region = 'brazilsouth' as Region;
    addReplica(model, { region, displayName: 'Brazil South', state: 'failed', hasWebhook: false }, Date.now());
    const { code, text } = await webhooks({});
    expect([code, model.webhooks.length]).toEqual([1, 4]);
    expect(text).toContain('brazilsouth: no webhook; the replica cannot have one before it is ready');
    expect(await webhooks({ action: 'check' })).toMatchObject({
      code: 1,
      text: expect.stringContaining('needs a look'),
    });
  });

  it('says which permission is missing to change something', async () => {
    const permission = 'Microsoft.ContainerRegistry/registries/webhooks/write';
    simulated.faults.set({ mode: 'forbidden', permission });
    expect(await webhooks({})).toMatchObject({ code: 2, text: expect.stringContaining(`lacks ${permission}`) });
  });
});
