import { describe, expect, it } from 'vitest';
import type { Digest, Region, Repository } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { addReplica } from '../../../src/local/registry/replicas.ts';
import type { RegistryDescription } from '../../../src/local/stack/registry-description.ts';
import type { RegistryOrder } from '../../../src/local/stack/registry-order.ts';
import { plainPaint } from '../../../src/local/view/paint.ts';
import { orderLine, registryLines } from '../../../src/local/view/registry-lines.ts';

const japan = 'japaneast' as Region;

function description(): RegistryDescription {
  const model = newContoso();
  addReplica(model, { region: japan, displayName: 'Japan East', state: 'failed', hasWebhook: false }, 0);
  const [home, second, ...others] = model.replicas;
  const replicas = [home, ...(second === undefined ? [] : [{ ...second, regionEndpointEnabled: false }]), ...others];
  const [first, next] = model.webhooks.map(({ name, region, status, scope, actions, serviceUri }) => ({
    ...{ name, region, status, scope, actions, serviceUri },
  }));
  const webhooks = [
    ...(first === undefined ? [] : [{ ...first, lastAnswer: '202 Accepted' }]),
    ...(next === undefined ? [] : [{ ...next, status: 'disabled' as const, scope: 'web:*', actions: ['Push'] }]),
  ];
  return { registry: 'contoso', replicas, webhooks, management: {} };
}

describe('registryLines', () => {
  it('shows replicas, webhooks and the management API as a table', () => {
    expect(registryLines(description(), plainPaint)).toEqual([
      'Registry  contoso',
      '',
      'Replicas',
      '  West US         westus         westus          Ready (home)',
      '  East US         eastus         replication001  Ready, not routed to',
      '  Canada Central  canadacentral  replication002  Ready',
      '  West Europe     westeurope     replication003  Ready',
      '  Japan East      japaneast      replication004  Failed                Missing permission to create a private endpoint connection in the region.',
      '',
      'Webhooks',
      '  landfallwestus  West US  enabled   push, delete of every repository  202 Accepted',
      '  landfalleastus  East US  disabled  Push of web:*                     nothing sent yet',
      '',
      'Management API  on',
    ]);
  });

  it.for([
    { mode: 'off', expected: 'Management API  off: connections are reset' },
    { mode: 'throttled', expected: 'Management API  throttled: it answers 429' },
    { mode: 'forbidden', expected: 'Management API  forbidden: it answers 403' },
  ] as const)('says that the management API is $mode', ({ mode, expected }) => {
    expect(registryLines({ ...description(), management: { mode } }, plainPaint).at(-1)).toBe(expected);
  });

  it('says when there is no webhook', () => {
    expect(registryLines({ ...description(), webhooks: [] }, plainPaint)).toContain('  none');
  });
});

describe('orderLine', () => {
  const add = { order: 'add', region: japan, displayName: 'Japan East', hasWebhook: true } as const;
  it.for<{ order: RegistryOrder; expected: string }>([
    { order: { ...add, state: 'ready' }, expected: 'Added a replica in Japan East (japaneast): it is ready.' },
    {
      order: { ...add, state: 'creating' },
      expected: 'Added a replica in Japan East (japaneast): it is being created, and ready in a few seconds.',
    },
    {
      order: { ...add, state: 'stuck' },
      expected: 'Added a replica in Japan East (japaneast): it is being created, and will never be ready.',
    },
    {
      order: { ...add, state: 'failed' },
      expected: 'Added a replica in Japan East (japaneast): its creation has failed.',
    },
    {
      order: { order: 'remove', region: japan, displayName: 'Japan East' },
      expected: "Removed the replica in Japan East (japaneast), and the region's webhooks.",
    },
    {
      order: { order: 'delete', repository: 'web' as Repository, digest: `sha256:${'1'.repeat(64)}` as Digest },
      expected: 'Deleted sha256:11111111 from web: each region tells of it in its own time.',
    },
    { order: { order: 'management', mode: 'on' }, expected: 'The management API is on.' },
    { order: { order: 'management', mode: 'off' }, expected: 'The management API is off: connections are reset.' },
  ])('says "$expected"', ({ order, expected }) => {
    expect(orderLine(order)).toBe(expected);
  });
});
