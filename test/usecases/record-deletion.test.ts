import { describe, expect, it } from 'vitest';
import type { DeletionNotice } from '../../src/core/notification.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import { at, digestA, eventAt, webTag, westus } from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';

const notice: DeletionNotice = {
  ...{ registry: contoso, repository: webTag.repository, digest: digestA, region: westus },
  ...{ eventAt: eventAt(9), receivedAt: at(10) },
};

describe('a deletion', () => {
  it('is durable before it resolves, by one write, and before any tag is looked for', async () => {
    const outside = new Outside();
    outside.hanging.add('tags.list');
    await instance(outside).recordDeletion.record(notice);
    expect(outside.deletions.pending()).toEqual([{ notice, dueAt: at(10), look: 1 }]);
    expect(outside.calls().filter((call) => call !== 'tags.list')).toEqual(['deletions.add']);
  });

  it('of a whole repository has no digest', async () => {
    const outside = new Outside();
    const { digest: _, ...whole } = notice;
    await instance(outside).recordDeletion.record(whole);
    expect(outside.deletions.pending()).toEqual([{ notice: whole, dueAt: at(10), look: 1 }]);
  });

  it('without a receive time is due at its event', async () => {
    const outside = new Outside();
    const { receivedAt: _, ...found } = notice;
    await instance(outside).recordDeletion.record(found);
    expect(outside.deletions.pending().map(({ dueAt }) => dueAt)).toEqual([at(9)]);
  });

  it('is not acknowledged when it is not known to be durable, and may come again', async () => {
    const outside = new Outside();
    const app = instance(outside);
    outside.faults.push({ call: 'deletions.add', error: new Unavailable('answer lost'), hasEffect: true });
    await expect(app.recordDeletion.record(notice)).rejects.toThrow(Unavailable);
    await app.recordDeletion.record(notice);
    expect(outside.deletions.pending()).toHaveLength(1);
  });

  it('ends in time for its webhook when storage hangs', async () => {
    const outside = new Outside();
    outside.hanging.add('deletions.add');
    outside.expiring.add(3_400);
    await expect(instance(outside).recordDeletion.record(notice)).rejects.toThrow(Unavailable);
  });
});
