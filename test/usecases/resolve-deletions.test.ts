// What becomes of deletions: they are recorded by their regions' webhooks, and the sweep finds the tags.
import { describe, expect, it } from 'vitest';
import type { Digest, Region, Registry, Repository, Tag } from '../../src/core/names.ts';
import type { DeletionNotice } from '../../src/core/notification.ts';
import { SchemaTooNew, Unavailable } from '../../src/usecases/ports.ts';
import { ResolveDeletions } from '../../src/usecases/resolve-deletions.ts';
import {
  at,
  canadacentral,
  digestA,
  digestB,
  digestC,
  eastus,
  eventAt,
  fourRegions,
  MINUTE_MS,
  numberedDigest,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';
import { deaths, mortal, NEVER } from './mortal.ts';
import { deleted, hear, managedOutside, pushed, reconcile, said, setHistory, storedTag } from './past-deliveries.ts';

type App = ReturnType<typeof instance>;

const HALF_AN_HOUR = 30 * MINUTE_MS;
const tagged = (tag: string) => ({ ...webTag, tag: tag as Tag });

interface Gone extends Partial<DeletionNotice> {
  readonly seconds?: number;
}

/** A region's webhook tells that the digest is gone. */
async function removeImage(app: App, outside: Outside, { seconds = 60, ...overrides }: Gone = {}): Promise<void> {
  outside.now = Math.max(outside.now, at(seconds));
  const recorded = await app.recordDeletion.record({
    ...{ registry: contoso, repository: webTag.repository, digest: digestA, region: westus },
    ...{ eventAt: eventAt(seconds), receivedAt: outside.now },
    ...overrides,
  });
  await recorded.told;
}

/** It is stored, and the instance that stored it is gone. */
async function storeDeletion(outside: Outside, digest = digestA): Promise<void> {
  outside.now = at(60);
  const of = { registry: contoso, repository: webTag.repository, digest, region: westus };
  const notice = { ...of, eventAt: eventAt(60), receivedAt: outside.now };
  await outside.deletions.add({ notice, dueAt: at(60), look: 1 }, new AbortController().signal);
}

async function removeRepository(app: App, outside: Outside, region: Region = westus): Promise<void> {
  outside.now = at(60);
  const whole = { registry: contoso, repository: webTag.repository, region };
  await app.recordDeletion.record({ ...whole, eventAt: eventAt(60), receivedAt: outside.now });
}

function opened() {
  const outside = new Outside();
  return { outside, app: instance(outside) };
}

/** As the sweep has one. */
function resolver(outside: Outside, app = instance(outside)): ResolveDeletions {
  const { deletions, tags, timing } = outside;
  const { writer, outbox } = app;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  return new ResolveDeletions({
    ...{ deletions, index: tags, writer, outbox, timing, log, registryNames: [contoso], concurrency: 4 },
  });
}

const verdicts = (outside: Outside, tag = webTag) =>
  outside.bus.messages(tag).map(({ type, digest, ordinal, reason }) => [type, digest, ordinal, reason].filter(Boolean));

const looks = (outside: Outside) => outside.deletions.pending().map(({ look, dueAt }) => [look, dueAt]);

describe('a deletion that is heard of', () => {
  it('is told to the tags at once: what was in flight is abandoned', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus]);
    await removeImage(app, outside);
    expect(verdicts(outside)).toEqual([['replication.abandoned', digestA, 1, 'deleted']]);
  });

  it('parts a push of the same image that comes next from what was there before', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus, canadacentral]);
    for (const region of [westus, eastus, canadacentral]) {
      await removeImage(app, outside, { region });
    }
    await hear(app, [westus, westeurope], { seconds: 70 });
    expect(said(outside)).toEqual(['abandoned']);
    await hear(app, [eastus, canadacentral], { seconds: 80 });
    expect(said(outside)).toEqual(['abandoned', 'completed']);
  });

  it('shares the listing of its repository with those that come at the same time', async () => {
    const { outside, app } = opened();
    await hear(app, [westus]);
    outside.calls();
    const of = { registry: contoso, repository: webTag.repository, region: westus };
    const notices = Array.from({ length: 100 }, (_, number) => ({
      ...{ ...of, digest: number === 99 ? digestA : numberedDigest(number) },
      ...{ eventAt: eventAt(60), receivedAt: at(60) },
    }));
    const recorded = await Promise.all(notices.map((notice) => app.recordDeletion.record(notice)));
    await Promise.all(recorded.map(({ told }) => told));
    expect(outside.calls().filter((call) => call === 'tags.list').length).toBeLessThanOrEqual(3);
    expect(said(outside)).toEqual(['abandoned']);
  });

  it('is left to the sweep when the tags cannot be told', async () => {
    const { outside, app } = opened();
    await hear(app, [westus]);
    outside.faults.push({ call: 'tags.list', error: new Unavailable('down') });
    await removeImage(app, outside);
    expect(said(outside)).toEqual([]);
    await app.sweep.run();
    expect(said(outside)).toEqual(['abandoned']);
  });
});

describe('a deleted digest', () => {
  it('is found by the next sweep: what was in flight is abandoned, with the reason', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus]);
    await storeDeletion(outside);
    expect(await app.sweep.run()).toMatchObject({ deletions: 1, failed: 0 });
    expect(verdicts(outside)).toEqual([['replication.abandoned', digestA, 1, 'deleted']]);
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('leaves tags of other digests and other repositories untouched', async () => {
    const { outside, app } = opened();
    const elsewhere = { ...webTag, repository: 'public/products/api' as Repository };
    await hear(app, [westus], {}, webTag);
    await hear(app, [westus], { digest: digestB }, tagged('other'));
    await hear(app, [westus], {}, elsewhere);
    const before = [await storedTag(outside, tagged('other')), await storedTag(outside, elsewhere)];
    await removeImage(app, outside);
    await app.sweep.run();
    expect([await storedTag(outside, tagged('other')), await storedTag(outside, elsewhere)]).toEqual(before);
    expect(outside.bus.all().map(({ tag }) => tag)).toEqual([webTag]);
  });

  it('is told to every tag that names it', async () => {
    const { outside, app } = opened();
    const tags = ['1', '2', '3', '4', '5', '6', '7'].map(tagged);
    for (const tag of tags) {
      await hear(app, [westus], {}, tag);
    }
    await removeImage(app, outside);
    const report = await resolver(outside, app).run(outside.now + MINUTE_MS);
    expect(report).toEqual({ deletions: 1, tags: 7, failed: 0 });
    expect(tags.map((tag) => said(outside, tag))).toEqual(tags.map(() => ['abandoned']));
  });

  it('told by each region is one announcement', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus, canadacentral]);
    for (const region of fourRegions) {
      await removeImage(app, outside, { region });
    }
    expect(await app.sweep.run()).toMatchObject({ deletions: 4 });
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['abandoned']);
  });

  it('that was replicated is not spoken of', async () => {
    const { outside, app } = opened();
    await hear(app, fourRegions);
    await removeImage(app, outside);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });

  it('pushed again counts as new, also when an old deletion of another region comes after it', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus]);
    await removeImage(app, outside, { seconds: 60 });
    await app.sweep.run();
    await hear(app, [westus], { seconds: 120, receivedAt: at(120) });
    await removeImage(app, outside, { region: eastus, seconds: 61, receivedAt: at(130) });
    outside.now = at(180);
    await app.sweep.run();
    await hear(app, [eastus, canadacentral, westeurope], { seconds: 190, receivedAt: at(190) });
    expect(verdicts(outside)).toEqual([
      ['replication.abandoned', digestA, 1, 'deleted'],
      ['replication.completed', digestA, 2],
    ]);
  });

  it('pushed again before its deletion was heard of counts as new', async () => {
    const { outside, app } = opened();
    await hear(app, [westus, eastus]);
    await hear(app, fourRegions, { seconds: 120, receivedAt: at(120) });
    await removeImage(app, outside, { seconds: 60, receivedAt: at(130) });
    await removeImage(app, outside, { seconds: 60, region: eastus, receivedAt: at(130) });
    outside.now = at(180);
    await app.sweep.run();
    expect(said(outside).filter((word) => word === 'completed')).toHaveLength(2);
    expect((await storedTag(outside))?.outbox).toEqual([]);
  });
});

describe('a deleted repository', () => {
  it('abandons whatever of it is in flight', async () => {
    const { outside, app } = opened();
    await hear(app, [westus], {}, tagged('a'));
    await hear(app, [westus], { digest: digestB }, tagged('b'));
    await hear(app, fourRegions, { digest: digestC }, tagged('c'));
    await removeRepository(app, outside);
    await app.sweep.run();
    expect(['a', 'b', 'c'].map((tag) => said(outside, tagged(tag)))).toEqual([
      ['abandoned'],
      ['abandoned'],
      ['completed'],
    ]);
  });

  it('does not concern what was pushed into it afterwards', async () => {
    const { outside, app } = opened();
    await hear(app, [westus], { digest: digestB, seconds: 61, receivedAt: at(61) });
    await removeRepository(app, outside);
    await app.sweep.run();
    expect(said(outside)).toEqual([]);
  });
});

describe('the second look', () => {
  it('is half an hour later, and the last one', async () => {
    const { outside, app } = opened();
    await removeImage(app, outside);
    expect(looks(outside)).toEqual([[1, at(60)]]);
    await app.sweep.run();
    const secondAt = at(60) + HALF_AN_HOUR;
    expect(looks(outside)).toEqual([[2, secondAt]]);
    outside.now = secondAt - 1;
    expect(await app.sweep.run()).toMatchObject({ deletions: 0 });
    outside.now = secondAt;
    expect(await app.sweep.run()).toMatchObject({ deletions: 1 });
    expect(looks(outside)).toEqual([]);
  });

  it('catches a push that was heard of only after its deletion', async () => {
    const { outside, app } = opened();
    await removeImage(app, outside);
    await app.sweep.run();
    await hear(app, [westus], { seconds: 30, receivedAt: at(90) });
    outside.now = at(60) + HALF_AN_HOUR;
    await app.sweep.run();
    expect(said(outside).at(-1)).toBe('abandoned');
  });

  it('a push that reconciliation finds even later comes with its deletion', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await removeImage(app, outside);
    await app.sweep.run();
    outside.now = at(60) + HALF_AN_HOUR;
    await app.sweep.run();
    expect(looks(outside)).toEqual([]);
    setHistory(outside, westus, [deleted({ seconds: 60, statusCode: 202 }), pushed({ seconds: 30 })]);
    expect(await reconcile(app)).toMatchObject({ arrivals: 1, deletions: 1 });
    await app.sweep.run();
    expect(said(outside)).toEqual(['abandoned']);
  });
});

describe('the work', () => {
  it('lists a repository once, whatever the number of deletions', async () => {
    const { outside, app } = opened();
    await hear(app, [westus]);
    for (let number = 0; number < 50; number += 1) {
      await removeImage(app, outside, { digest: numberedDigest(number) });
    }
    await removeImage(app, outside);
    outside.calls();
    expect(await app.sweep.run()).toMatchObject({ deletions: 51 });
    expect(outside.calls().filter((call) => call === 'tags.list')).toHaveLength(1);
    expect(said(outside)).toEqual(['abandoned']);
  });

  it('leaves registries that are not configured as they are', async () => {
    const { outside, app } = opened();
    await removeImage(app, outside, { registry: 'fabrikam' as Registry });
    expect(await app.sweep.run()).toMatchObject({ deletions: 0, failed: 0 });
    expect(looks(outside)).toEqual([[1, at(60)]]);
  });

  it('begins nothing after its time, and goes on the next time', async () => {
    const { outside, app } = opened();
    await hear(app, [westus]);
    await removeImage(app, outside);
    expect(await resolver(outside, app).run(outside.now)).toEqual({ deletions: 0, tags: 0, failed: 0 });
    expect(looks(outside)).toEqual([[1, at(60)]]);
    expect(await resolver(outside, app).run(outside.now + 1)).toEqual({ deletions: 1, tags: 1, failed: 0 });
  });

  it('goes on with the other repositories when one fails, and meets it again', async () => {
    const { outside, app } = opened();
    await hear(app, [westus]);
    await removeImage(app, outside);
    await removeImage(app, outside, { repository: 'other' as Repository });
    outside.faults.push({ call: 'tags.list', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ deletions: 1, failed: 1 });
    expect(await app.sweep.run()).toMatchObject({ deletions: 1, failed: 0 });
    expect(said(outside)).toEqual(['abandoned']);
  });

  it('a tag that cannot be written keeps it from no other', async () => {
    const { outside, app } = opened();
    const tags = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(tagged);
    for (const tag of tags) {
      await hear(app, [westus], {}, tag);
    }
    await storeDeletion(outside);
    outside.faults.push({ call: 'tags.load', error: new SchemaTooNew('newer') });
    expect(await app.sweep.run()).toMatchObject({ deletions: 0, failed: 1 });
    expect(tags.filter((tag) => said(outside, tag).length > 0)).toHaveLength(8);
    expect(looks(outside)).toEqual([[1, at(60)]]);
    await app.sweep.run();
    expect(tags.map((tag) => said(outside, tag))).toEqual(tags.map(() => ['abandoned']));
  });

  it('does not take the whole of a sweep', async () => {
    const { outside, app } = opened();
    await hear(app, [westus], {}, tagged('lagging'));
    outside.now = at(10 * 60);
    for (const repository of ['a', 'b', 'c', 'd']) {
      await removeImage(app, outside, { repository: repository as Repository, seconds: 600 });
    }
    const { tags } = outside.tags;
    Object.assign(outside.tags, {
      tags(...given: Parameters<typeof tags>) {
        outside.now += 20_000;
        return tags.apply(outside.tags, given);
      },
    });
    expect(await app.sweep.run()).toMatchObject({ deletions: 2, due: 1 });
    expect(await app.sweep.run()).toMatchObject({ deletions: 2 });
  });
});

describe('a crash', () => {
  /** Pushes of two tags, one with two digests, and two deletions that are due. */
  async function prepared() {
    const { outside, app } = opened();
    await hear(app, [westus, eastus], {}, tagged('a'));
    await hear(app, [westus], { seconds: 1 }, tagged('b'));
    await hear(app, [westus], { seconds: 2, digest: digestB as Digest }, tagged('b'));
    await storeDeletion(outside);
    await storeDeletion(outside, digestB);
    outside.calls();
    return outside;
  }

  /** This instance goes on to the end of all looks. */
  async function finish(outside: Outside): Promise<void> {
    const app = instance(outside);
    for (let minutes = 2; minutes < 70; minutes += 2) {
      outside.now = Math.max(outside.now, at(minutes * 60));
      await app.sweep.run();
    }
  }

  const answer = (outside: Outside) => [said(outside, tagged('a')), said(outside, tagged('b')), looks(outside)];

  it('at any call loses nothing and says nothing twice', async () => {
    const whole = await prepared();
    const immortal = mortal(whole, NEVER);
    await resolver(immortal.outside).run(at(120));
    expect(immortal.calls.length).toBeGreaterThan(15);
    await finish(whole);
    expect(answer(whole)).toEqual([['abandoned'], ['superseded', 'abandoned'], []]);
    for (const death of deaths(immortal.calls)) {
      const outside = await prepared();
      await resolver(mortal(outside, death).outside).run(at(120));
      // Looked at or not, each of the two deletions is still to be looked at, once more at least.
      const left = new Set(outside.deletions.pending().map(({ notice }) => notice.digest));
      expect(left, death.name).toEqual(new Set([digestA, digestB]));
      await finish(outside);
      expect(answer(outside), death.name).toEqual(answer(whole));
    }
  });
});
