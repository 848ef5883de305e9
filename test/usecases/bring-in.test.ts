import { describe, expect, it } from 'vitest';
import type { Repository, Tag } from '../../src/core/names.ts';
import { BringIn } from '../../src/usecases/bring-in.ts';
import { type PastDelivery, SchemaTooNew, Unavailable, type WebhookSight } from '../../src/usecases/ports.ts';
import { at, digestB, eastus, eventAt, MANIFEST_MEDIA_TYPE, START, webTag, westus } from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';
import { deleted, pushed, sightOf, storedTag, unreadable } from './past-deliveries.ts';

function opened(outside = new Outside()) {
  const { recordArrival } = instance(outside);
  const { deletions, timing } = outside;
  const useCase = new BringIn({ recordArrival, deletions, timing });
  const bringIn = (deliveries: readonly PastDelivery[], webhook: Partial<WebhookSight> = {}) =>
    useCase.bringIn(contoso, sightOf(westus, webhook), deliveries);
  return { outside, bringIn };
}

const ok = 202;

describe('pushes', () => {
  it('are stored as they came, without a receive time', async () => {
    const { outside, bringIn } = opened();
    const { repository, tag } = webTag;
    const push = { eventAt: eventAt(1), repository, tag, digest: digestB, mediaType: MANIFEST_MEDIA_TYPE };
    await bringIn([{ ...pushed({ seconds: 1 }), notification: { type: 'push', push } }]);
    const stored = { type: 'arrival', region: westus, source: 'reconciled', eventAt: eventAt(1), digest: digestB };
    expect((await storedTag(outside))?.facts).toEqual([{ ...stored, mediaType: MANIFEST_MEDIA_TYPE }]);
  });

  it('are brought in whatever the receiver answered: it may have been another one', async () => {
    const { bringIn } = opened();
    expect(await bringIn([pushed({ statusCode: ok })])).toEqual({ pushes: 1, arrivals: 1, deletions: 0 });
    expect(await bringIn([pushed({ statusCode: ok })])).toEqual({ pushes: 1, arrivals: 0, deletions: 0 });
  });

  it('what is neither a push nor a deletion is passed over', async () => {
    const { outside, bringIn } = opened();
    const ping: PastDelivery = { ...unreadable(), notification: { type: 'ping' } };
    const ignored: PastDelivery = { ...unreadable(), notification: { type: 'ignored', action: 'x', reason: 'y' } };
    expect(await bringIn([ping, ignored, unreadable()])).toEqual({ pushes: 0, arrivals: 0, deletions: 0 });
    expect(outside.calls()).toEqual([]);
  });

  it('one that cannot be stored for good rejects, after all others are stored', async () => {
    const { outside, bringIn } = opened();
    const tags = Array.from({ length: 30 }, (_, number) => `${number}` as Tag);
    outside.faults.push({ call: 'tags.commit', error: new SchemaTooNew('newer') });
    const all = [...tags.map((tag) => pushed({ tag })), deleted({ digest: digestB })];
    await expect(bringIn(all)).rejects.toThrow(SchemaTooNew);
    const stored = await Promise.all(tags.map((tag) => storedTag(outside, { ...webTag, tag })));
    expect(stored.filter((state) => state !== undefined)).toHaveLength(29);
    expect(outside.deletions.pending()).toHaveLength(1);
  });

  it('when storage is down no more than a few are tried', async () => {
    const { outside, bringIn } = opened();
    const tags = Array.from({ length: 100 }, (_, number) => `${number}` as Tag);
    outside.faults.push(...tags.map(() => ({ call: 'tags.commit', error: new Unavailable('down') })));
    await expect(bringIn(tags.map((tag) => pushed({ tag })))).rejects.toThrow(Unavailable);
    expect(outside.calls().filter((call) => call === 'tags.commit').length).toBeLessThan(20);
  });
});

describe('deletions', () => {
  it.for([
    { name: 'not acknowledged', deletion: deleted({ seconds: 9 }), expected: 1 },
    { name: 'refused', deletion: deleted({ seconds: 9, statusCode: 404 }), expected: 1 },
    { name: 'without an answer', deletion: { ...deleted({ seconds: 9 }), statusCode: undefined }, expected: 1 },
    { name: 'acknowledged', deletion: deleted({ seconds: 9, statusCode: ok }), expected: 0 },
    {
      name: 'acknowledged by somebody else',
      deletion: deleted({ seconds: 9, statusCode: ok }),
      webhook: { ownership: 'other' as const },
      expected: 1,
    },
    {
      name: 'acknowledged by we do not know whom',
      deletion: deleted({ seconds: 9, statusCode: ok }),
      webhook: { ownership: 'unknown' as const },
      expected: 1,
    },
    {
      name: 'acknowledged in the name of another region',
      deletion: deleted({ seconds: 9, statusCode: ok }),
      webhook: { postsAs: eastus },
      expected: 1,
    },
  ])('one that was $name is added $expected times', async ({ deletion, webhook = {}, expected }) => {
    const { outside, bringIn } = opened();
    outside.now = at(20);
    expect((await bringIn([deletion], webhook)).deletions).toBe(expected);
    expect(outside.deletions.pending().map(({ notice, dueAt, look }) => [notice.region, dueAt, look])).toEqual(
      expected === 1 ? [[westus, at(9), 1]] : [],
    );
  });

  it.for([
    { name: 'of a push that is found only now', push: pushed({ seconds: 1 }), expected: 1 },
    {
      name: 'of a push that was lost and found by a run that died',
      push: pushed({ seconds: 1 }),
      isKnown: true,
      expected: 1,
    },
    {
      name: 'of a push that was acknowledged and is known',
      push: pushed({ seconds: 1, statusCode: ok }),
      isKnown: true,
      expected: 0,
    },
    {
      name: 'of a push that was acknowledged and is not known',
      push: pushed({ seconds: 1, statusCode: ok }),
      expected: 1,
    },
    { name: 'of another digest', push: pushed({ seconds: 1, digest: digestB }), expected: 0 },
    { name: 'of another repository', push: pushed({ seconds: 1, repository: 'other' as Repository }), expected: 0 },
  ])('an acknowledged one $name is added $expected times', async ({ push, isKnown = false, expected }) => {
    const { outside, bringIn } = opened();
    if (isKnown) {
      await bringIn([push]);
    }
    expect((await bringIn([deleted({ seconds: 9, statusCode: ok }), push])).deletions).toBe(expected);
    expect(outside.deletions.pending()).toHaveLength(expected);
  });

  it('an acknowledged one of the whole repository concerns each of its pushes', async () => {
    const { outside, bringIn } = opened();
    await bringIn([deleted({ seconds: 9, digest: 'none', statusCode: ok }), pushed({ seconds: 1, digest: digestB })]);
    expect(outside.deletions.pending().map(({ notice }) => 'digest' in notice)).toEqual([false]);
  });

  it('read again they are one', async () => {
    const { outside, bringIn } = opened();
    outside.now = at(20);
    await bringIn([deleted({ seconds: 9 })]);
    outside.now = at(40);
    await bringIn([deleted({ seconds: 9 })]);
    expect(outside.deletions.pending()).toHaveLength(1);
  });

  it.for([
    { name: 'ahead of our clock', eventAt: '2100-01-01T00:00:00.000000000Z', expected: START },
    { name: 'before all time', eventAt: '0001-01-01T00:00:00.000000000Z', expected: 0 },
  ])('one that is $name is due at a time that comes', async ({ eventAt: time, expected }) => {
    const { outside, bringIn } = opened();
    await bringIn([deleted({ eventAt: time as ReturnType<typeof eventAt> })]);
    expect(outside.deletions.pending().map(({ dueAt }) => dueAt)).toEqual([expected]);
  });
});
