// The registry of a running stack, as tests and companions see it.
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { SUBSCRIPTION } from '../../../src/local/registry/arm.ts';
import type { StackDescription } from '../../../src/local/stack/control-actions.ts';
import { requestOf } from '../../../src/local/stack/control-client.ts';
import type { StackEvent } from '../../../src/local/stack/events.ts';
import type { RegistryDescription } from '../../../src/local/stack/registry-description.ts';
import { type Stack, startStack } from '../../../src/local/stack/stack.ts';

const uksouth = 'uksouth' as Region;
const ukwest = 'ukwest' as Region;
const regions = [
  { name: uksouth, displayName: 'UK South' },
  { name: ukwest, displayName: 'UK West' },
];
const image = { repository: 'public/products/web' as Repository, tag: '1' as Tag };
const atOnce = { ...image, delaysMs: new Map([uksouth, ukwest].map((region) => [region, 0])) };

let data: string;
let stack: Stack;
const events: StackEvent[] = [];
const seen = <T extends StackEvent['event']>(name: T) =>
  events.filter((event): event is Extract<StackEvent, { event: T }> => event.event === name);
const ask = <T>(asked: Parameters<typeof requestOf>[1]) => requestOf<T>(data, asked);
const order = (body: object) => ask<object>({ method: 'POST', path: '/registry', body });

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'landfall-registry-'));
  stack = await startStack({ data, regions, onEvent: (event) => events.push(event) });
});
afterAll(async () => {
  await stack.close();
  rmSync(data, { recursive: true });
});

async function token(): Promise<string> {
  const { identity } = await ask<StackDescription>({ method: 'GET', path: '/stack' });
  const query = new URLSearchParams({ resource: stack.managementEndpoint, 'api-version': '2019-08-01' });
  const response = await fetch(`${identity.url}?${query}`, { headers: { 'x-identity-header': identity.header } });
  return ((await response.json()) as { access_token: string }).access_token;
}

describe('a stack', () => {
  it('has a registry of the regions that were wanted, each with a webhook that leads to the app', async () => {
    const registry = await ask<RegistryDescription>({ method: 'GET', path: '/registry' });
    expect(registry.replicas.map(({ region }) => region)).toEqual([uksouth, ukwest]);
    expect(registry.webhooks.map(({ serviceUri }) => serviceUri)).toEqual(
      [uksouth, ukwest].map((region) => `${stack.url}/api/webhooks/contoso/${region}`),
    );
    expect(JSON.stringify(registry)).not.toContain(stack.key);
    expect(stack.regions).toEqual([uksouth, ukwest]);
    expect(stack.replicas).toEqual([
      { region: uksouth, displayName: 'UK South', isHome: true },
      { region: ukwest, displayName: 'UK West', isHome: false },
    ]);
  });

  it('serves the management API to who has the CA, the resource id and a token', async () => {
    const credential = { getToken: async () => ({ token: await token(), expiresOnTimestamp: Date.now() + 60_000 }) };
    const client = new ContainerRegistryManagementClient(credential, SUBSCRIPTION, {
      endpoint: stack.managementEndpoint,
      tlsOptions: { ca: readFileSync(stack.managementCa, 'utf8') },
    });
    const [, , subscription, , group = ''] = stack.resourceId.split('/');
    expect(subscription).toBe(SUBSCRIPTION);
    expect(await client.registries.get(group, stack.registry)).toMatchObject({ id: stack.resourceId });
  });

  it('delivers to the app', async () => {
    stack.push(atOnce);
    await expect.poll(() => seen('arrived'), { timeout: 10_000 }).toHaveLength(2);
    const { webhooks } = await ask<RegistryDescription>({ method: 'GET', path: '/registry' });
    expect(webhooks.map(({ lastAnswer }) => lastAnswer)).toEqual(['202 Accepted', '202 Accepted']);
  });

  it('leaves it to the app to ask the registry for its regions', async () => {
    const url = `${stack.url}/api/replications/contoso/${image.repository}:${image.tag}`;
    const status = async () => (await fetch(url, { headers: { 'x-functions-key': stack.key } })).status;
    // Not known: never complete. Known: complete, as both regions have it.
    await expect.poll(status, { timeout: 30_000, interval: 200 }).toBe(200);
  });
});

describe('the registry of a stack', () => {
  it('gains replicas, tells of them, and loses them', () => {
    stack.addReplica('koreacentral' as Region, 'Korea Central', { state: 'stuck', hasWebhook: false });
    expect(() => stack.addReplica(ukwest, 'UK West')).toThrow('expected a region without a replica, got ukwest');
    stack.removeReplica('koreacentral' as Region);
    expect(seen('replica').slice(-2)).toMatchObject([
      { change: 'added', region: 'koreacentral', provisioningState: 'Creating' },
      { change: 'removed', region: 'koreacentral' },
    ]);
    expect(() => stack.removeReplica(uksouth)).toThrow('expected a region with a replica, other than uksouth');
  });

  it('has images deleted, which each region tells', async () => {
    const digest = `sha256:${'1'.repeat(64)}` as Digest;
    stack.deleteImage(image.repository, digest, { delaysMs: atOnce.delaysMs });
    await expect.poll(() => seen('deletion-arrived'), { timeout: 10_000 }).not.toHaveLength(0);
    expect(seen('deleted').at(-1)).toMatchObject({ repository: image.repository, digest, tags: [] });
  });

  it('does what companions order, tells of it, and says what is wrong with an order', async () => {
    expect(await order({ order: 'management', mode: 'off' })).toEqual({ order: 'management', mode: 'off' });
    const failure = await fetch(stack.managementEndpoint).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((await ask<RegistryDescription>({ method: 'GET', path: '/registry' })).management).toEqual({ mode: 'off' });
    stack.setManagement({});
    expect(seen('management').map(({ mode }) => mode)).toEqual(['off', 'on']);
    await expect(order({ order: 'remove', region: 'uksouth' })).rejects.toThrow('got uksouth, the home region');
    await expect(order({ order: 'delete', image: 'nothing:1' })).rejects.toThrow('expected an image that the registry');
  });
});
