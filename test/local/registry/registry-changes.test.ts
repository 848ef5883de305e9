// Deletions, and replicas and webhooks that come and go, against a receiver that stands where the app would.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../src/adapters/acr/notification.ts';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type { RegistryModel } from '../../../src/local/registry/model.ts';
import { addReplica, type NewReplica, removeReplica } from '../../../src/local/registry/replicas.ts';
import { shapeOf } from './shape.ts';
import { pushAndWait, startWorld, type World } from './world.ts';

const sampleDelete = JSON.parse(readFileSync(path.resolve('test/fixtures/payloads/delete.json'), 'utf8'));
const regions = newContoso().replicas.map(({ region }) => region);
const japan = 'japaneast' as Region;
const repository = 'public/products/web' as Repository;
const digest = `sha256:${'1'.repeat(64)}` as Digest;
const delaysMs = new Map([...regions, japan].map((region) => [region, 0]));
const push = { repository, tag: '1.2' as Tag, digest, delaysMs };

const paths = (world: World) => world.receiver.received.map((call) => call.path.split('/').at(-1)).sort();
const events = (world: World, event: string) => world.events.filter((other) => other.event === event);

async function deleteAndWait(world: World, order: Partial<Parameters<World['registry']['deleteImage']>[0]> = {}) {
  const quiet = world.quiet();
  world.registry.deleteImage({ repository, digest, delaysMs, ...order });
  await quiet;
}

function withReplica(change: Partial<NewReplica> = {}): RegistryModel {
  const model = newContoso();
  const replica = { region: japan, displayName: 'Japan East', state: 'stuck', hasWebhook: true, ...change } as const;
  addReplica(model, replica, Date.now());
  return model;
}

describe('a deletion', () => {
  it('is told by every region, as ACR does, with the digest and no tag', async () => {
    const world = await startWorld();
    await deleteAndWait(world);
    expect(paths(world)).toEqual([...regions].sort());
    for (const { body } of world.receiver.received) {
      expect(shapeOf(body)).toEqual(shapeOf(sampleDelete));
      expect(parseNotification(new TextEncoder().encode(JSON.stringify(body)))).toMatchObject({
        ...{ type: 'deletion', removal: { repository, digest } },
      });
    }
    expect(new Set(world.receiver.received.map(({ body }) => body['id'])).size).toBe(regions.length);
  });

  it('is told to people when it is made, and when the app has acknowledged it', async () => {
    const world = await startWorld();
    await pushAndWait(world, push);
    await deleteAndWait(world);
    expect(events(world, 'deleted')).toMatchObject([{ repository, digest, tags: ['1.2'] }]);
    expect(events(world, 'deletion-arrived')).toHaveLength(regions.length);
    expect(events(world, 'deletion-arrived')[0]).toMatchObject({
      image: `${repository}@${digest}`,
      outcome: 'recorded',
    });
  });

  it('gets lost as a push does, and is remembered', async () => {
    const world = await startWorld();
    await deleteAndWait(world, { lose: new Set(['westeurope' as Region]) });
    expect(paths(world)).toEqual(regions.filter((region) => region !== 'westeurope').sort());
    expect(events(world, 'lost')).toMatchObject([{ image: `${repository}@${digest}`, region: 'westeurope' }]);
    expect(world.model.history['landfallwesteurope']).toMatchObject([
      { statusCode: '504', notification: { action: 'delete', target: { repository, digest } } },
    ]);
  });

  it.for([
    { name: 'in a moment', pushMs: 40, deletionMs: 120 },
    { name: 'in an hour', pushMs: 3_600_000, deletionMs: 0 },
  ])('calls off what would come to a region $name', async ({ pushMs, deletionMs }) => {
    const world = await startWorld();
    const allAfter = (delayMs: number) => ({ delaysMs: new Map(regions.map((region) => [region, delayMs])) });
    world.registry.push({ ...push, ...allAfter(pushMs) });
    await deleteAndWait(world, allAfter(deletionMs));
    expect(world.model.inFlight).toEqual([]);
    expect(world.receiver.received.map(({ body }) => body['action'])).toEqual(regions.map(() => 'delete'));
  });

  it('is not told by a webhook for pushes only', async () => {
    const world = await startWorld();
    world.model.webhooks = world.model.webhooks.map((webhook) => ({ ...webhook, actions: ['push'] }));
    await deleteAndWait(world);
    expect(paths(world)).toEqual([]);
    expect(events(world, 'lost')).toEqual([]);
  });
});

describe('webhooks', () => {
  it('that are several in a region each get the same notification, at their own URL with their own headers', async () => {
    const world = await startWorld();
    const [first, ...others] = world.model.webhooks;
    const own = { serviceUri: `${world.receiver.url}/own/westus`, customHeaders: { mine: 'yes' } };
    world.model.webhooks = [first, { ...first, name: 'another', ...own }, ...others] as typeof world.model.webhooks;
    await pushAndWait(world, push);
    const toWestUs = world.receiver.received.filter((call) => call.path.endsWith('/westus'));
    expect(toWestUs.map((call) => [call.path, call.headers['mine'], call.headers['x-functions-key']]).sort()).toEqual([
      ['/api/webhooks/contoso/westus', undefined, 'the-key'],
      ['/own/westus', 'yes', undefined],
    ]);
    expect(new Set(toWestUs.map(({ body }) => body['id'])).size).toBe(1);
    expect(world.model.history['another']).toMatchObject([{ requestUri: own.serviceUri, statusCode: '202' }]);
  });

  it('that are deleted while it is on its way tell nothing', async () => {
    const world = await startWorld();
    const quiet = world.quiet();
    world.registry.push(push);
    world.model.webhooks = world.model.webhooks.filter(({ region }) => region !== 'eastus');
    await quiet;
    expect(paths(world)).not.toContain('eastus');
    expect(world.model.repositories[repository]?.['1.2']?.regions).toContain('eastus');
  });
});

describe('a replica that is not ready', () => {
  it('tells of a push when it is, with the time at which it then had it', async () => {
    const model = withReplica();
    const world = await startWorld({ model });
    const quiet = world.quiet();
    world.registry.push(push);
    await expect.poll(() => model.inFlight[0]?.deliveries).toMatchObject([{ region: japan, isHeld: true }]);
    expect(paths(world)).toEqual([...regions].sort());
    const readyAt = Date.now();
    const [home, ...others] = model.replicas;
    model.replicas = [home, ...others.map((other) => (other.region === japan ? { ...other, readyAt } : other))];
    world.registry.noticeReplicas();
    await quiet;
    const last = world.receiver.received.at(-1);
    expect(last?.path).toBe('/api/webhooks/contoso/japaneast');
    expect(Date.parse(String(last?.body['timestamp']))).toBeGreaterThanOrEqual(readyAt);
    expect(model.repositories[repository]?.['1.2']?.regions).toContain(japan);
    expect(events(world, 'replica')).toMatchObject([{ change: 'changed', region: japan, displayStatus: 'Ready' }]);
  });

  it('is awaited when the registry goes on after it was stopped', async () => {
    const model = withReplica({ state: 'creating', readyAfterMs: 1 });
    const world = await startWorld({ model });
    world.registry.resume();
    await expect.poll(() => events(world, 'replica')).toMatchObject([{ change: 'changed', displayStatus: 'Ready' }]);
  });

  it('does not get what is overwritten until then', async () => {
    const model = withReplica();
    const world = await startWorld({ model });
    world.registry.push(push);
    await expect.poll(() => model.inFlight[0]?.deliveries).toMatchObject([{ region: japan, isHeld: true }]);
    world.registry.push({ ...push, digest: `sha256:${'2'.repeat(64)}` as Digest });
    await expect.poll(() => paths(world)).toHaveLength(2 * regions.length);
    expect(paths(world)).not.toContain(japan);
    expect(model.inFlight.map(({ digest: held }) => held)).toEqual([`sha256:${'2'.repeat(64)}`]);
  });

  it('is not waited for any more when it is removed', async () => {
    const model = withReplica();
    const world = await startWorld({ model });
    world.registry.push(push);
    await expect.poll(() => model.inFlight[0]?.deliveries).toMatchObject([{ isHeld: true }]);
    removeReplica(model, japan);
    expect(model.inFlight).toEqual([]);
  });
});

describe('the registry takes notice', () => {
  it('of replicas that come, fail, and go, whoever changed them', async () => {
    const world = await startWorld();
    addReplica(world.model, { region: japan, displayName: 'Japan East', state: 'failed', hasWebhook: false }, 0);
    world.registry.noticeReplicas();
    world.registry.noticeReplicas();
    removeReplica(world.model, japan);
    removeReplica(world.model, 'eastus' as Region);
    world.registry.noticeReplicas();
    expect(events(world, 'replica')).toMatchObject([
      { change: 'added', region: japan, provisioningState: 'Failed', message: expect.stringContaining('permission') },
      { change: 'removed', region: 'eastus', displayName: 'East US' },
      { change: 'removed', region: japan },
    ]);
  });

  it('of a replica that is ready by its time', async () => {
    const world = await startWorld();
    const added = { region: japan, displayName: 'Japan East', state: 'creating', hasWebhook: false } as const;
    addReplica(world.model, { ...added, readyAfterMs: 1 }, Date.now());
    world.registry.noticeReplicas();
    await expect
      .poll(() => events(world, 'replica'))
      .toMatchObject([
        { change: 'added', provisioningState: 'Creating' },
        { change: 'changed', provisioningState: 'Succeeded' },
      ]);
  });
});
