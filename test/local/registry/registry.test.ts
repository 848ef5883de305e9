// The simulated registry against a receiver that stands where the app would.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../src/adapters/acr/notification.ts';
import type { Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type { RegistryModel } from '../../../src/local/registry/model.ts';
import type { PushOrder } from '../../../src/local/registry/registry.ts';
import { shapeOf } from './shape.ts';
import { pushAndWait, startWorld } from './world.ts';

const samplePush = JSON.parse(readFileSync(path.resolve('test/fixtures/payloads/push.json'), 'utf8'));
const regions = newContoso().replicas.map(({ region }) => region);
const image = { repository: 'public/products/web' as Repository, tag: '1.2' as Tag };
const atOnce = { ...image, delaysMs: new Map(regions.map((region) => [region, 0])) };

/** As the model is saved when the registry is stopped after a push; by now everything should have been delivered. */
async function onItsWay(order: PushOrder): Promise<RegistryModel> {
  const { registry, model, receiver } = await startWorld();
  registry.push({ ...order, delaysMs: new Map(regions.map((region) => [region, 3_600_000])) });
  await registry.stop();
  expect(receiver.received).toHaveLength(0);
  const saved = JSON.parse(JSON.stringify(model)) as RegistryModel;
  for (const push of saved.inFlight) {
    push.deliveries = push.deliveries.map((delivery) => ({ ...delivery, deliverAt: 0 }));
  }
  return saved;
}

describe('a push', () => {
  it("calls every region's webhook once, as the registry does", async () => {
    const world = await startWorld();
    await pushAndWait(world, atOnce);
    const { received } = world.receiver;
    expect(received.map((call) => call.path).sort()).toEqual(
      regions.map((region) => `/api/webhooks/contoso/${region}`).sort(),
    );
    expect(new Set(received.map((call) => call.body['id'])).size).toBe(regions.length);
    for (const { headers, body } of received) {
      expect(headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'AzureContainerRegistry/1.0',
        'x-functions-key': 'the-key',
      });
      expect(shapeOf(body)).toEqual(shapeOf(samplePush));
      expect(body['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      expect(parseNotification(new TextEncoder().encode(JSON.stringify(body)))).toMatchObject({
        type: 'push',
        push: image,
      });
    }
  });

  it('tells what was pushed and what arrived', async () => {
    const world = await startWorld();
    await pushAndWait(world, { ...atOnce, region: 'eastus' as Region });
    const [pushed, ...arrived] = world.events;
    expect(pushed).toMatchObject({ event: 'pushed', image: 'public/products/web:1.2', region: 'eastus' });
    expect(arrived.map((event) => event.event)).toEqual(regions.map(() => 'arrived'));
    expect(arrived.map((event) => 'arrivedCount' in event && event.arrivedCount)).toEqual([1, 2, 3, 4]);
    expect(arrived[0]).toMatchObject({ outcome: 'recorded', regionCount: 4, isCurrent: true });
  });

  it('delivers a repeat with the same notification', async () => {
    const world = await startWorld({ model: await onItsWay({ ...image, deliveries: 2 }) });
    const quiet = world.quiet();
    world.registry.resume();
    await quiet;
    const bodies = world.receiver.received.map(({ body }) => JSON.stringify(body));
    expect(bodies).toHaveLength(2 * regions.length);
    expect(new Set(bodies).size).toBe(regions.length);
  });

  it('does not deliver what gets lost, and remembers it as unanswered', async () => {
    const world = await startWorld();
    await pushAndWait(world, { ...atOnce, lose: new Set(['westeurope' as Region]) });
    expect(world.receiver.received.map((call) => call.path)).not.toContain('/api/webhooks/contoso/westeurope');
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'lost', region: 'westeurope' }));
    expect(world.model.history['landfallwesteurope']).toMatchObject([{ statusCode: '504' }]);
    expect(world.model.history['landfallwestus']).toMatchObject([{ statusCode: '202' }]);
  });

  it('tries once, whatever the app answers', async () => {
    const world = await startWorld({ statusOf: (called) => (called.endsWith('/eastus') ? 503 : 202) });
    await pushAndWait(world, atOnce);
    expect(world.receiver.received).toHaveLength(regions.length);
    const lost = world.events.filter(({ event }) => event === 'lost');
    expect(lost).toMatchObject([{ region: 'eastus', reason: 'the app answered 503 Service Unavailable' }]);
  });

  it('is remembered with its tag and the replicas that have it', async () => {
    const world = await startWorld();
    await pushAndWait(world, { ...atOnce, lose: new Set(['westeurope' as Region]) });
    const entry = world.model.repositories['public/products/web']?.['1.2'];
    expect([...(entry?.regions ?? [])].sort()).toEqual([...regions].sort());
  });
});

describe('a registry that was stopped', () => {
  it('delivers what was on its way when it goes on', async () => {
    const saved = await onItsWay(image);
    const after = await startWorld({ model: saved });
    const quiet = after.quiet();
    after.registry.resume();
    await quiet;
    expect(after.receiver.received).toHaveLength(regions.length);
    expect(saved.inFlight).toEqual([]);
  });

  it('takes no more pushes', async () => {
    const world = await startWorld();
    await world.registry.stop();
    world.registry.push(atOnce);
    await world.registry.answered('public/products/web:1.2');
    expect(world.receiver.received).toHaveLength(0);
  });
});
