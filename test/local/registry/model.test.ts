import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toEventTime } from '../../../src/core/instant.ts';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import {
  type DeletionInFlight,
  type Delivery,
  newestBuild,
  type PushInFlight,
  recordDeletion,
  recordDelivery,
  recordPush,
  recordReplica,
} from '../../../src/local/registry/model.ts';
import { loadModel, ModelFile } from '../../../src/local/registry/model-file.ts';

const repository = 'public/products/web' as Repository;
const pushOf = (tag: string, pushedAt = 0, digest = `sha256:${tag}`): PushInFlight => ({
  ...{ type: 'push', id: `${tag} ${pushedAt}` },
  ...{ repository, tag: tag as Tag, digest: digest as Digest, region: 'westus' as Region, pushedAt },
  ...{ mediaType: 'a/b', sizeBytes: 1, arrived: [], deliveries: [] },
});

const now = toEventTime(100);
const later: Delivery = {
  ...{ region: 'eastus' as Region, notificationId: 'n', eventAt: toEventTime(1_000), deliverAt: 1_000 },
  ...{ isLost: false, isRepeat: false },
};
const deliveryAt = (at: number) => ({
  ...{ at, notification: { id: String(at), timestamp: '2026-11-17T21:30:18.1527689Z', action: 'ping' } as const },
  ...{ requestUri: 'http://127.0.0.1/', traceparent: '00-0-0-00', statusCode: '202', reasonPhrase: 'Accepted' },
});

describe('the model', () => {
  it('has a webhook for each replica, with a name that the registry would take', () => {
    const { replicas, webhooks } = newContoso();
    expect(webhooks.map(({ region }) => region)).toEqual(replicas.map(({ region }) => region));
    expect(webhooks.every(({ name }) => /^[a-zA-Z0-9]{5,50}$/.test(name))).toBe(true);
  });

  it('has replicas whose names are not their regions, but for the home region', () => {
    expect(newContoso().replicas.map(({ name, isHome }) => [name, isHome])).toEqual([
      ['westus', true],
      ['replication001', false],
      ['replication002', false],
      ['replication003', false],
    ]);
  });

  it('can be of any regions, the first of which is the home region', () => {
    const option = (name: string) => ({ name: name as Region, displayName: name.toUpperCase() });
    const { replicas, webhooks } = newContoso([option('uksouth'), option('ukwest')]);
    expect(replicas).toMatchObject([
      { name: 'uksouth', displayName: 'UKSOUTH', isHome: true },
      { name: 'replication001', region: 'ukwest', isHome: false },
    ]);
    expect(webhooks.map(({ name }) => name)).toEqual(['landfalluksouth', 'landfallukwest']);
    expect(() => newContoso([])).toThrow('Expected at least one region, got none');
  });

  it.for([
    { deliveries: 1_999, expected: 1_999 },
    { deliveries: 2_000, expected: 2_000 },
    { deliveries: 2_001, expected: 2_000 },
  ])('remembers $expected of $deliveries deliveries of a webhook, newest first', ({ deliveries, expected }) => {
    const model = newContoso();
    for (let at = 1; at <= deliveries; at += 1) {
      recordDelivery(model, 'landfallwestus', deliveryAt(at));
    }
    const history = model.history['landfallwestus'] ?? [];
    expect(history).toHaveLength(expected);
    expect(history[0]).toMatchObject({ sequence: deliveries, at: deliveries });
    expect(history.at(-1)?.sequence).toBe(deliveries - expected + 1);
  });

  it('remembers nothing of a webhook that there is not', () => {
    const model = newContoso();
    recordDelivery(model, 'landfallmars', deliveryAt(1));
    expect(model.history).toEqual({});
  });

  it('knows the newest build, not the newest push', () => {
    const model = newContoso();
    for (const tag of ['1.4.9', '1.4.10', 'latest', '1.4.2']) {
      recordPush(model, pushOf(tag));
    }
    expect(newestBuild(model, repository)).toBe(10);
    expect(newestBuild(model, 'other' as Repository)).toBe(0);
  });

  it('forgets the oldest tags when there are too many', () => {
    const model = newContoso();
    for (let build = 1; build <= 250; build += 1) {
      recordPush(model, pushOf(`1.4.${build}`, build));
    }
    const tags = Object.keys(model.repositories[repository] ?? {});
    expect(tags).toHaveLength(200);
    expect(tags).toContain('1.4.250');
    expect(tags).not.toContain('1.4.50');
  });

  it('does not move an overwritten tag back when a replica gets the old image late', () => {
    const model = newContoso();
    const old = pushOf('latest', 1, 'sha256:old');
    recordPush(model, old);
    recordPush(model, pushOf('latest', 2, 'sha256:new'));
    recordReplica(model, old, 'eastus' as Region);
    expect(model.repositories[repository]?.['latest']).toMatchObject({ digest: 'sha256:new', regions: ['westus'] });
  });
});

describe('a deletion', () => {
  const deletion = (digest: string): DeletionInFlight => ({
    ...{ type: 'deletion', id: 'd', repository, digest: digest as Digest, mediaType: 'a/b', deliveries: [later] },
  });

  it('takes all tags of the digest, and no others', () => {
    const model = newContoso();
    recordPush(model, pushOf('1.4.1', 1, 'sha256:a'));
    recordPush(model, pushOf('latest', 2, 'sha256:a'));
    recordPush(model, pushOf('1.4.2', 3, 'sha256:b'));
    expect(recordDeletion(model, deletion('sha256:a'), now)).toEqual(['1.4.1', 'latest']);
    expect(Object.keys(model.repositories[repository] ?? {})).toEqual(['1.4.2']);
  });

  it.for([
    { name: 'what a region has already, but not told yet, is still told', eventAt: 99, expected: 1 },
    { name: 'what a region gets at that very moment too', eventAt: 100, expected: 1 },
    { name: 'what a region does not have yet never comes', eventAt: 101, expected: 0 },
  ])('$name', ({ eventAt, expected }) => {
    const model = newContoso();
    const push = { ...pushOf('1.4.1'), deliveries: [{ ...later, eventAt: toEventTime(eventAt) }] };
    recordPush(model, push);
    recordDeletion(model, deletion(push.digest), now);
    expect(push.deliveries).toHaveLength(expected);
    expect(model.inFlight.filter(({ type }) => type === 'push')).toHaveLength(expected);
  });

  it('leaves what another repository has of the same digest', () => {
    const model = newContoso();
    const other = { ...pushOf('1.4.1'), repository: 'other' as Repository, deliveries: [later] };
    recordPush(model, other);
    recordDeletion(model, deletion(other.digest), now);
    expect(model.repositories['other']).toHaveProperty(['1.4.1']);
    expect(other.deliveries).toEqual([later]);
  });
});

describe('the model on disk', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-model-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is what was saved', () => {
    const file = path.join(folder, 'saved.json');
    const model = newContoso();
    recordPush(model, pushOf('1.4.1'));
    new ModelFile(file, model).save();
    expect(loadModel(file, newContoso())).toEqual(model);
  });

  it.for([
    { name: 'is absent', text: undefined },
    { name: 'is cut short', text: '{"version":2,"repos' },
    { name: 'was written by another version', text: '{"version":1}' },
  ])('starts anew where it $name', ({ text }) => {
    const file = path.join(folder, 'other.json');
    if (text !== undefined) {
      writeFileSync(file, text);
    }
    const anew = newContoso();
    expect(loadModel(file, anew)).toBe(anew);
  });
});
