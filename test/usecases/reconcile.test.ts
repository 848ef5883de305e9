import { describe, expect, it } from 'vitest';
import { toEventTime } from '../../src/core/instant.ts';
import type { Tag } from '../../src/core/names.ts';
import { SchemaTooNew, Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  at,
  canadacentral,
  DAY_MS,
  digestB,
  eastus,
  fourRegions,
  HOUR_MS,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, type Outside } from './app.ts';
import { deaths, mortal, NEVER } from './mortal.ts';
import {
  deleted,
  hear,
  managedOutside,
  pushed,
  reconcile,
  said,
  setHistory,
  storedTag,
  storedWebhooks,
  unreadable,
  uriOf,
  webhookOf,
} from './past-deliveries.ts';

const others = [westus, eastus, canadacentral];
const MINUTES = 60;

const cursors = async (outside: Outside) => (await storedWebhooks(outside))?.webhooks.map(({ cursor }) => cursor);

describe('a lost push', () => {
  it('is brought in, marked so, and completes with one message', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = at(5 * MINUTES);
    expect(await reconcile(app)).toEqual({ webhooks: 4, pushes: 1, arrivals: 1, deletions: 0, failed: 0 });
    expect(said(outside)).toEqual(['completed']);
    const sources = (await storedTag(outside))?.facts.map(({ region, ...fact }) => [
      region,
      'source' in fact && fact.source,
    ]);
    expect(sources).toContainEqual([westeurope, 'reconciled']);
    expect((await reconcile(app)).arrivals).toBe(0);
    expect(said(outside)).toEqual(['completed']);
  });

  it('is brought in though no region told of the tag at all', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    for (const region of fourRegions) {
      setHistory(outside, region, [pushed({ seconds: 1 })]);
    }
    outside.now = at(5 * MINUTES);
    expect((await reconcile(app)).arrivals).toBe(4);
    expect(said(outside)).toEqual(['completed']);
  });

  it('counts for the region of its webhook, whatever the URL says', async () => {
    const outside = managedOutside();
    outside.api.setTarget(contoso, 'hookwesteurope', uriOf(eastus));
    setHistory(outside, westeurope, [pushed()]);
    await reconcile(instance(outside));
    expect((await storedTag(outside))?.facts.map(({ region }) => region)).toEqual([westeurope]);
  });

  it('is found in any of several webhooks of its region', async () => {
    const outside = managedOutside([westus]);
    outside.api.setWebhooks(contoso, [webhookOf(westus), webhookOf(westus, { name: 'second' })]);
    outside.api.setTarget(contoso, 'second', uriOf(westus));
    outside.api.setHistory(contoso, 'second', [pushed()]);
    expect(await reconcile(instance(outside))).toMatchObject({ webhooks: 2, arrivals: 1 });
  });

  it('of a webhook that comes after all is a repeat, and the other way round', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    setHistory(outside, westus, [pushed()]);
    await reconcile(app);
    expect((await app.recordArrival.record(webTag, arrival())).outcome).toBe('duplicate');
    expect((await storedTag(outside))?.facts).toHaveLength(1);
  });

  it('does not hide behind an entry that cannot be read', async () => {
    const outside = managedOutside();
    const unknownTime = { ...unreadable({ seconds: 3 }), eventAt: undefined };
    setHistory(outside, westus, [unknownTime, unreadable({ seconds: 2 }), pushed({ seconds: 1 })]);
    expect(await reconcile(instance(outside))).toMatchObject({ pushes: 1, arrivals: 1, failed: 0 });
  });

  it('does not wait for a tag that cannot be written', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    const tags = ['1', '2', '3'].map((tag) => tag as Tag);
    setHistory(
      outside,
      westus,
      tags.map((tag) => pushed({ tag })),
    );
    outside.faults.push({ call: 'tags.commit', error: new SchemaTooNew('newer') });
    expect(await reconcile(app)).toMatchObject({ webhooks: 3, failed: 1 });
    const stored = await Promise.all(tags.map((tag) => storedTag(outside, { ...webTag, tag })));
    expect(stored.filter((state) => state !== undefined)).toHaveLength(2);
    expect(await reconcile(app)).toMatchObject({ webhooks: 4, arrivals: 1, failed: 0 });
  });
});

describe('the cursor', () => {
  it('moves to the moment of reading, once all is durable', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    setHistory(outside, westus, [pushed()]);
    outside.now = at(5 * MINUTES);
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    expect(await reconcile(app)).toMatchObject({ webhooks: 3, failed: 1 });
    expect((await storedWebhooks(outside))?.webhooks.map(({ region, cursor }) => [region, cursor])).toEqual(
      fourRegions.map((region) => [region, region === westus ? undefined : toEventTime(outside.now)]),
    );
    expect(await reconcile(app)).toMatchObject({ webhooks: 4, arrivals: 1, failed: 0 });
    expect(await cursors(outside)).toEqual(fourRegions.map(() => toEventTime(outside.now)));
  });

  it('does not move when the deletions are not durable', async () => {
    const outside = managedOutside([westus]);
    const app = instance(outside);
    setHistory(outside, westus, [deleted()]);
    outside.faults.push({ call: 'deletions.add', error: new Unavailable('down') });
    expect(await reconcile(app)).toMatchObject({ failed: 1 });
    expect(await cursors(outside)).toEqual([undefined]);
    expect(await reconcile(app)).toMatchObject({ deletions: 1 });
  });

  it('never goes back, when the clock does or when a slower run ends later', async () => {
    const outside = managedOutside([westus]);
    outside.now = at(60 * MINUTES);
    await reconcile(instance(outside));
    const reached = await cursors(outside);
    outside.now = at(10 * MINUTES);
    await reconcile(instance(outside));
    expect(await cursors(outside)).toEqual(reached);

    const slow = instance(outside);
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { history } = outside.api;
    Object.assign(outside.api, {
      async *history(...given: Parameters<typeof history>) {
        await held;
        yield* history.apply(outside.api, given);
      },
    });
    outside.now = at(70 * MINUTES);
    const running = reconcile(slow);
    await new Promise((resolve) => setImmediate(resolve));
    Object.assign(outside.api, { history });
    outside.now = at(75 * MINUTES);
    await reconcile(instance(outside));
    letGo();
    await running;
    expect(await cursors(outside)).toEqual([toEventTime(at(75 * MINUTES))]);
  });

  it.for([
    { name: 'younger than it', minutes: 61, arrivals: 1 },
    { name: 'at the end of the overlap', minutes: 45, arrivals: 1 },
    { name: 'before the overlap', minutes: 45 - 1 / 60, arrivals: 0 },
  ])('an entry that is $name counts $arrivals times', async ({ minutes, arrivals }) => {
    const outside = managedOutside([westus]);
    const app = instance(outside);
    const newest = pushed({ seconds: 50 * MINUTES, tag: 'newest' as Tag });
    setHistory(outside, westus, [newest]);
    outside.now = at(60 * MINUTES);
    await reconcile(app);
    setHistory(outside, westus, [newest, pushed({ seconds: minutes * MINUTES })]);
    outside.now = at(65 * MINUTES);
    expect((await reconcile(app)).arrivals).toBe(arrivals);
  });

  it('an entry above the newest one of the last time is read, however old its event', async () => {
    const outside = managedOutside([westus]);
    const app = instance(outside);
    const newest = pushed({ seconds: 50 * MINUTES, tag: 'newest' as Tag });
    setHistory(outside, westus, [newest]);
    outside.now = at(60 * MINUTES);
    await reconcile(app);
    setHistory(outside, westus, [pushed({ seconds: 10 * MINUTES }), newest]);
    outside.now = at(65 * MINUTES);
    expect((await reconcile(app)).arrivals).toBe(1);
  });
});

describe('the first look', () => {
  it.for([
    { name: 'an hour old', ageMs: HOUR_MS, arrivals: 1 },
    { name: 'an hour and a quarter old', ageMs: HOUR_MS + 15 * MINUTE_MS, arrivals: 1 },
    { name: 'older than that', ageMs: HOUR_MS + 15 * MINUTE_MS + 1, arrivals: 0 },
  ])('at a history brings in $arrivals of a push that is $name', async ({ ageMs, arrivals }) => {
    const outside = managedOutside([westus]);
    setHistory(outside, westus, [pushed({ eventAt: toEventTime(START - ageMs) })]);
    expect((await reconcile(instance(outside))).arrivals).toBe(arrivals);
  });

  it('does not bring in what would be watched no longer', async () => {
    const outside = managedOutside([westus]);
    const policy = { lagAfterMs: MINUTE_MS, abandonAfterMs: 30 * MINUTE_MS };
    setHistory(outside, westus, [pushed({ eventAt: toEventTime(START - 31 * MINUTE_MS) })]);
    expect((await reconcile(instance(outside, { policy }))).arrivals).toBe(0);
  });

  it('goes a day back at most after an outage, whatever the cursor', async () => {
    const outside = managedOutside([westus]);
    const app = instance(outside);
    await reconcile(app);
    outside.now = START + 2 * DAY_MS;
    const ages = [DAY_MS, DAY_MS + 1];
    const old = ages.map((age) => pushed({ eventAt: toEventTime(outside.now - age), tag: `${age}` as Tag }));
    setHistory(outside, westus, old);
    expect((await reconcile(app)).arrivals).toBe(1);
  });
});

describe('a run', () => {
  it('begins to read nothing after its time, and the next one goes on with others', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    expect(await app.reconcile.run(outside.now)).toMatchObject({ webhooks: 0, failed: 0 });
    expect((await storedWebhooks(outside))?.reconciledAt).toBeUndefined();
    const { history } = outside.api;
    const read: string[] = [];
    Object.assign(outside.api, {
      history(...given: Parameters<typeof history>) {
        read.push(given[1]);
        outside.now += MINUTE_MS;
        return history.apply(outside.api, given);
      },
    });
    for (let runs = 0; runs < 30; runs += 1) {
      await app.reconcile.run(outside.now + 1);
    }
    expect(new Set(read).size).toBe(4);
  });

  it('asks only registries that can be asked', async () => {
    const outside = managedOutside();
    outside.isManaged = false;
    const app = instance(outside);
    expect(app.reconcile.canAsk(contoso)).toBe(false);
    outside.calls();
    await reconcile(app);
    expect(outside.calls()).toEqual([]);
  });

  it('loses nothing, wherever it fails', async () => {
    const prepared = async () => {
      const outside = managedOutside();
      await hear(instance(outside), others);
      setHistory(outside, westeurope, [deleted({ seconds: 40, digest: digestB }), pushed({ seconds: 30 })]);
      outside.now = at(5 * MINUTES);
      return outside;
    };
    const whole = await prepared();
    const immortal = mortal(whole, NEVER);
    await reconcile(instance(immortal.outside));
    expect(immortal.calls.length).toBeGreaterThan(15);
    for (const death of deaths(immortal.calls)) {
      const outside = await prepared();
      await reconcile(instance(mortal(outside, death).outside));
      const next = instance(outside);
      for (let minutes = 6; minutes < 10; minutes += 1) {
        outside.now = at(minutes * MINUTES);
        await reconcile(next);
        await next.sweep.run();
      }
      expect(said(outside), death.name).toEqual(['completed']);
      const looks = outside.deletions.pending().map(({ look }) => look);
      expect(looks, death.name).toContain(2);
    }
  });
});
