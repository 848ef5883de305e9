import { describe, expect, it } from 'vitest';
import { toEventTime } from '../../../src/core/instant.ts';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { type PushInFlight, recordPush } from '../../../src/local/registry/model.ts';
import {
  addReplica,
  isReady,
  type NewReplica,
  removeReplica,
  replicaIn,
  settleReplicas,
} from '../../../src/local/registry/replicas.ts';

const japan = 'japaneast' as Region;
const eastus = 'eastus' as Region;
const added = (change: Partial<NewReplica> = {}): NewReplica => ({
  ...{ region: japan, displayName: 'Japan East', state: 'creating', hasWebhook: true },
  ...change,
});

describe('a replica that is added', () => {
  it('gets a name of its own and, if wanted, a webhook that leads to the app', () => {
    const model = newContoso();
    expect(addReplica(model, added(), 1)).toMatchObject({ name: 'replication004', isHome: false });
    expect(model.webhooks.at(-1)).toMatchObject({
      ...{ name: 'landfalljapaneast', region: japan, actions: ['push', 'delete'] },
      serviceUri: 'http://127.0.0.1:7071/api/webhooks/contoso/japaneast',
    });
    addReplica(model, added({ region: 'ukwest' as Region, hasWebhook: false }), 1);
    expect(model.webhooks).toHaveLength(5);
  });

  it('does not get the name of one that is there, though others have gone', () => {
    const model = newContoso();
    removeReplica(model, eastus);
    expect(addReplica(model, added(), 1).name).toBe('replication004');
  });

  it.for([
    { afterMs: 4_999, expected: 'Creating' },
    { afterMs: 5_000, expected: 'Succeeded' },
    { afterMs: 5_001, expected: 'Succeeded' },
  ])('is $expected after $afterMs ms', ({ afterMs, expected }) => {
    const model = newContoso();
    addReplica(model, added(), 1_000);
    settleReplicas(model, 1_000 + afterMs);
    const replica = replicaIn(model, japan);
    expect(replica?.provisioningState).toBe(expected);
    expect(replica !== undefined && isReady(replica)).toBe(expected === 'Succeeded');
    expect(replica?.statusAt).toBe(expected === 'Succeeded' ? 6_000 : 1_000);
  });

  it.for([
    { state: 'ready', expected: ['Succeeded', 'Ready'] },
    { state: 'stuck', expected: ['Creating', 'Creating'] },
    { state: 'failed', expected: ['Failed', 'Failed'] },
  ] as const)('that is $state stays so', ({ state, expected }) => {
    const model = newContoso();
    addReplica(model, added({ state }), 0);
    settleReplicas(model, Number.MAX_SAFE_INTEGER);
    const replica = replicaIn(model, japan);
    expect([replica?.provisioningState, replica?.displayStatus]).toEqual(expected);
    expect(replica?.message !== undefined).toBe(state === 'failed');
  });
});

describe('a replica that is removed', () => {
  it('takes with it the webhooks of its region, what they remember, what is on its way, and what it had', () => {
    const model = newContoso();
    const delivery = (region: Region) => ({
      ...{ region, notificationId: 'n', eventAt: toEventTime(1), deliverAt: 1, isLost: false, isRepeat: false },
    });
    const push: PushInFlight = {
      ...{ type: 'push', id: 'p', repository: 'web' as Repository, tag: '1' as Tag, digest: 'sha256:1' as Digest },
      ...{ mediaType: 'a/b', sizeBytes: 1, region: eastus, pushedAt: 1, arrived: [] },
      deliveries: [delivery(eastus), delivery('westeurope' as Region)],
    };
    recordPush(model, push);
    model.history['landfalleastus'] = [];
    expect(removeReplica(model, eastus)).toBe(true);
    expect(replicaIn(model, eastus)).toBeUndefined();
    expect(model.webhooks.map(({ region }) => region)).toEqual(['westus', 'canadacentral', 'westeurope']);
    expect(model.history).toEqual({});
    expect(push.deliveries.map(({ region }) => region)).toEqual(['westeurope']);
    expect(model.repositories['web']?.['1']?.regions).toEqual([]);
  });

  it.for([
    { name: 'the home region', region: 'westus' },
    { name: 'a region that has none', region: 'japaneast' },
  ])('is not that of $name', ({ region }) => {
    const model = newContoso();
    expect(removeReplica(model, region as Region)).toBe(false);
    expect(model).toEqual(newContoso());
  });
});
