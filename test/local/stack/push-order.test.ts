import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { parsePushOrder } from '../../../src/local/stack/push-order.ts';

const { replicas } = newContoso();
const digest = `sha256:${'a'.repeat(64)}`;

describe('parsePushOrder', () => {
  it('takes what a push needs', () => {
    const order = { repository: 'web', tag: '1', lose: new Set(), delaysMs: new Map(), deliveries: 1 };
    expect(parsePushOrder({ image: 'web:1' }, replicas)).toEqual({ type: 'valid', value: order });
  });

  it('takes regions in either form', () => {
    const body = {
      ...{ image: `web:1@${digest}`, region: 'West Europe', lose: ['East US', 'westus'], deliveries: 2 },
      delays: [{ region: 'canadacentral', seconds: 1.5 }],
    };
    expect(parsePushOrder(body, replicas)).toMatchObject({
      value: {
        ...{ digest, region: 'westeurope', lose: new Set(['eastus', 'westus']), deliveries: 2 },
        delaysMs: new Map([['canadacentral', 1_500]]),
      },
    });
  });

  it.for([
    { name: 'nothing', body: undefined, expected: 'expected an object, got nothing' },
    { name: 'no image', body: {}, expected: 'image: expected a string' },
    { name: 'a bad image', body: { image: 'WEB' }, expected: 'expected a repository like' },
    {
      name: 'a region in space',
      body: { image: 'web', region: 'mars' },
      expected: 'West Europe (westeurope); got "mars"',
    },
    { name: 'a region it is not in', body: { image: 'web', lose: ['uksouth'] }, expected: 'got "uksouth"' },
    {
      name: 'a delay of a region it is not in',
      body: { image: 'web', delays: [{ region: 'uksouth', seconds: 1 }] },
      expected: 'got "uksouth"',
    },
    {
      name: 'a negative delay',
      body: { image: 'web', delays: [{ region: 'westus', seconds: -1 }] },
      expected: 'delays[0].seconds',
    },
    { name: 'too many deliveries', body: { image: 'web', deliveries: 101 }, expected: 'deliveries' },
  ])('refuses $name', ({ body, expected }) => {
    expect(parsePushOrder(body, replicas)).toMatchObject({
      ...{ type: 'invalid', message: expect.stringContaining(expected) },
    });
  });
});
