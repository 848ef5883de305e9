import { describe, expect, it } from 'vitest';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { recordPush } from '../../../src/local/registry/model.ts';
import type { RegistryControl } from '../../../src/local/stack/registry-control.ts';
import { carryOut, parseRegistryOrder } from '../../../src/local/stack/registry-order.ts';

const digest = `sha256:${'1'.repeat(64)}` as Digest;
const model = newContoso();
recordPush(model, {
  ...{
    type: 'push',
    id: 'p',
    repository: 'web' as Repository,
    tag: '1' as Tag,
    digest,
    mediaType: 'a/b',
    sizeBytes: 1,
  },
  ...{ region: 'westus' as Region, pushedAt: 1, arrived: [], deliveries: [] },
});
const add = { order: 'add', region: 'Japan East', state: 'stuck', hasWebhook: false };

describe('an order for the registry', () => {
  it.for<{ name: string; body: object; expected: object }>([
    {
      name: 'adds a replica, called as it was written',
      body: add,
      expected: { ...add, region: 'japaneast', displayName: 'Japan East' },
    },
    {
      name: 'adds a replica with a name for people',
      body: { ...add, region: 'japaneast', displayName: 'Tokyo' },
      expected: { ...add, region: 'japaneast', displayName: 'Tokyo' },
    },
    {
      name: 'removes a replica',
      body: { order: 'remove', region: 'East US' },
      expected: { order: 'remove', region: 'eastus', displayName: 'East US' },
    },
    {
      name: 'deletes what a tag points to',
      body: { order: 'delete', image: 'web:1' },
      expected: { order: 'delete', repository: 'web', digest },
    },
    {
      name: 'deletes what a digest names, whether a tag points to it or not',
      body: { order: 'delete', image: `other@sha256:${'2'.repeat(64)}` },
      expected: { order: 'delete', repository: 'other', digest: `sha256:${'2'.repeat(64)}` },
    },
    {
      name: 'switches the management API',
      body: { order: 'management', mode: 'off' },
      expected: { order: 'management', mode: 'off' },
    },
  ])('$name', ({ body, expected }) => {
    expect(parseRegistryOrder(body, model)).toEqual({ type: 'valid', value: expected });
  });

  it.for<{ name: string; body: unknown; expected: string }>([
    { name: 'none', body: undefined, expected: 'expected' },
    { name: 'an unknown one', body: { order: 'burn' }, expected: 'expected' },
    { name: 'a region that is none', body: { ...add, region: '§' }, expected: 'expected a region like "eastus"' },
    {
      name: 'a region that has a replica',
      body: { ...add, region: 'eastus' },
      expected: 'without a replica, got eastus',
    },
    { name: 'an unknown state', body: { ...add, state: 'gone' }, expected: 'state' },
    {
      name: 'to remove the home region',
      body: { order: 'remove', region: 'westus' },
      expected: 'West Europe (westeurope); got westus, the home region',
    },
    {
      name: 'to remove what is not there',
      body: { order: 'remove', region: 'japaneast' },
      expected: 'East US (eastus), Canada Central (canadacentral), West Europe (westeurope); got japaneast',
    },
    {
      name: 'to delete a tag that there is not',
      body: { order: 'delete', image: 'web:2' },
      expected: 'expected an image that the registry has, got web:2',
    },
    { name: 'to delete no image', body: { order: 'delete', image: 'WEB' }, expected: 'expected a repository' },
    { name: 'a mode that there is not', body: { order: 'management', mode: 'slow' }, expected: 'mode' },
  ])('is refused: $name', ({ body, expected }) => {
    expect(parseRegistryOrder(body, model)).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });

  it('is carried out by what belongs to it', () => {
    const done: unknown[] = [];
    const control: RegistryControl = {
      addReplica: (...args) => done.push(['add', ...args]),
      removeReplica: (...args) => done.push(['remove', ...args]),
      setManagement: (...args) => done.push(['management', ...args]),
      deleteImage: (...args) => {
        done.push(['delete', ...args]);
        return { ...{ type: 'deletion', id: 'd', mediaType: 'a/b', deliveries: [] }, repository: args[0], digest };
      },
    };
    for (const body of [
      add,
      { order: 'remove', region: 'eastus' },
      { order: 'delete', image: 'web:1' },
      { order: 'management', mode: 'forbidden' },
    ]) {
      const order = parseRegistryOrder(body, model);
      expect(order.type === 'valid' && carryOut(order.value, control)).toMatchObject({ order: body.order });
    }
    expect(done).toEqual([
      ['add', 'japaneast', 'Japan East', { state: 'stuck', hasWebhook: false }],
      ['remove', 'eastus'],
      ['delete', 'web', digest],
      ['management', { mode: 'forbidden' }],
    ]);
  });
});
