// What happens before a region is announced as lagging. The sweep is the only one that announces it, so most rules are
// told by what a sweep says.
import { describe, expect, it } from 'vitest';
import type { Digest, Region, Tag } from '../../src/core/names.ts';
import { Forbidden, SchemaTooNew, Throttled, Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  canadacentral,
  DAY_MS,
  digestA,
  digestB,
  eastus,
  fourRegions,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, type Outside } from './app.ts';
import { hear, managedOutside, pushed, reconcile, said, setHistory, storedTag, webhookOf } from './past-deliveries.ts';

const others = [westus, eastus, canadacentral];
const AT_THRESHOLD = START + 10 * MINUTE_MS;
const tagged = (tag: string) => ({ ...webTag, tag: tag as Tag });
const numbered = (count: number) => Array.from({ length: count }, (_, number) => tagged(`1.${number}`));

/** West Europe's webhook of this tag was lost, or its image is late: nobody knows yet. */
async function withMissing({ isVerified = false, tags = [webTag], options = {} } = {}) {
  const outside = managedOutside();
  outside.isVerified = isVerified;
  const app = instance(outside, options);
  for (const tag of tags) {
    await hear(app, others, {}, tag);
  }
  await reconcile(app);
  app.lines.splice(0);
  outside.now = AT_THRESHOLD;
  outside.calls();
  return { outside, app };
}

const asked = (outside: Outside) => outside.calls().filter((call) => call.startsWith('api.'));
const warnings = (app: ReturnType<typeof instance>) =>
  app.lines.filter(({ message }) => message.startsWith('a region may be announced as lagging'));

describe('the history', () => {
  it('when it shows the arrival, no lagging goes out and the arrival is there', async () => {
    const { outside, app } = await withMissing();
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    expect(await app.sweep.run()).toMatchObject({ due: 1, failed: 0 });
    expect(said(outside)).toEqual(['completed']);
    const stored = await storedTag(outside);
    expect(stored?.facts).toContainEqual(
      arrival({ seconds: 30, region: westeurope, source: 'reconciled', digest: digestA }),
    );
    expect(outside.alarms.nextDueAt()).toBeUndefined();
  });

  it('when it shows nothing, lagging goes out', async () => {
    const { outside, app } = await withMissing();
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging westeurope']);
    expect(warnings(app)).toEqual([]);
  });

  it('is read only of regions that are about to be announced', async () => {
    const { outside, app } = await withMissing();
    const histories: string[] = [];
    const { history } = outside.api;
    Object.assign(outside.api, {
      history(...given: Parameters<typeof history>) {
        histories.push(given[1]);
        return history.apply(outside.api, given);
      },
    });
    outside.now = AT_THRESHOLD - 1;
    await app.sweep.run();
    expect(histories).toEqual([]);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(histories).toEqual(['hookwesteurope']);
    outside.now += DAY_MS;
    await app.sweep.run();
    expect(histories).toEqual(['hookwesteurope']);
    expect(said(outside)).toEqual(['lagging westeurope', 'abandoned']);
  });

  it('a region whose arrival is found does not take the others with it', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, [westus, eastus]);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging canadacentral']);
    expect((await storedTag(outside))?.facts.map(({ region }) => region)).toContain(westeurope);
  });

  it('of a registry that was never asked before is read too', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });

  it('is read though all that is known of the webhooks is that they could not be listed', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others);
    outside.api.setWebhooks(contoso, new Unavailable('down'));
    await reconcile(app);
    outside.api.setWebhooks(contoso, [webhookOf(westeurope)]);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });

  it('of another webhook of the region counts when one of them cannot be read', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others);
    const second = webhookOf(westeurope, { name: 'second' });
    outside.api.setWebhooks(contoso, [...fourRegions.map((region) => webhookOf(region)), second]);
    outside.api.setTarget(contoso, 'second', 'https://landfall.example/api/webhooks/contoso/westeurope');
    outside.api.setHistory(contoso, 'hookwesteurope', new Unavailable('down'));
    outside.api.setHistory(contoso, 'second', [pushed({ seconds: 30 })]);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
});

describe('what cannot be read', () => {
  it.for([
    { name: 'throttled', fail: (outside: Outside) => history(outside, new Throttled('too many', 60_000)) },
    { name: 'forbidden', fail: (outside: Outside) => history(outside, new Forbidden('no', 'listEvents/action')) },
    { name: 'down', fail: (outside: Outside) => history(outside, new Unavailable('down')) },
    { name: 'without an answer', fail: hang },
  ])('$name: lagging goes out, with a line in the log', async ({ fail }) => {
    const { outside, app } = await withMissing();
    fail(outside);
    expect(await app.sweep.run()).toMatchObject({ failed: 0 });
    expect(said(outside)).toEqual(['lagging westeurope']);
    expect(warnings(app).map(({ fields }) => fields['region'])).toEqual([westeurope]);
  });

  const history = (outside: Outside, error: Error) => outside.api.setHistory(contoso, 'hookwesteurope', error);

  function hang(outside: Outside) {
    outside.hanging.add('api.history');
    outside.expiring.add(20_000);
  }

  it('a region without a webhook: lagging goes out, with a line in the log', async () => {
    const outside = managedOutside(others);
    const app = instance(outside);
    await hear(app, others);
    await reconcile(app);
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging westeurope']);
    expect(warnings(app)).toHaveLength(1);
  });

  it('what was found in it counts, though one tag of it cannot be stored for good', async () => {
    const { outside, app } = await withMissing();
    setHistory(outside, westeurope, [pushed({ seconds: 31, tag: 'poison' as Tag }), pushed({ seconds: 30 })]);
    outside.faults.push({ call: 'tags.load', error: new SchemaTooNew('newer') });
    const { commit } = outside.tags;
    Object.assign(outside.tags, {
      commit(...given: Parameters<typeof commit>) {
        return given[0].tag === 'poison'
          ? Promise.reject(new SchemaTooNew('newer'))
          : commit.apply(outside.tags, given);
      },
    });
    await app.sweep.run();
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
});

describe('when storage fails', () => {
  it.for(['webhooks.load', 'tags.commit', 'registries.load'])(
    'at %s, nothing is said and the tag stays due',
    async (call) => {
      const { outside, app } = await withMissing();
      setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
      outside.faults.push({ call, error: new Unavailable('down') }, { call, error: new Unavailable('down') });
      await app.sweep.run();
      expect(said(outside)).toEqual([]);
      expect(outside.alarms.nextDueAt()).toBeDefined();
      outside.faults.splice(0);
      outside.now += MINUTE_MS;
      await app.sweep.run();
      expect(said(outside)).toEqual(['completed']);
    },
  );

  it('for all that share a reading, all of them stay due', async () => {
    const { outside, app } = await withMissing({ tags: numbered(6) });
    setHistory(outside, westeurope, [pushed({ seconds: 30, tag: 'found' as Tag })]);
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ due: 6, failed: 6 });
    outside.now += MINUTE_MS;
    expect(await app.sweep.run()).toMatchObject({ failed: 0 });
    expect(numbered(6).flatMap((tag) => said(outside, tag))).toEqual(numbered(6).map(() => 'lagging westeurope'));
  });
});

describe('many tags that are due at once', () => {
  it('share one reading of a region', async () => {
    const { outside, app } = await withMissing({ tags: numbered(20) });
    expect(await app.sweep.run()).toMatchObject({ due: 20, sent: 20 });
    expect(asked(outside)).toEqual(['api.history']);
  });

  it('do not wait for a registry that hangs one after another', async () => {
    const { outside, app } = await withMissing({ tags: numbered(20) });
    let tries = 0;
    Object.assign(outside.api, {
      async *history() {
        tries += 1;
        outside.now += 20_000;
        yield* [];
        throw new Unavailable('no answer in time');
      },
    });
    expect(await app.sweep.run()).toMatchObject({ due: 20, sent: 20, isComplete: true });
    expect([tries, warnings(app).length]).toEqual([1, 1]);
    outside.now += MINUTE_MS;
    await hear(app, others, { receivedAt: START }, tagged('next'));
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(tries).toBe(2);
  });

  it.for([
    { name: 'less than 15 s later: the same', laterMs: 14_999, expected: 1 },
    { name: '15 s later: another', laterMs: 15_000, expected: 2 },
  ])('$name', async ({ laterMs, expected }) => {
    const outside = managedOutside();
    const app = instance(outside);
    await reconcile(app);
    await hear(app, others, {}, tagged('a'));
    await hear(app, others, { receivedAt: START + laterMs }, tagged('b'));
    outside.calls();
    outside.now = AT_THRESHOLD;
    await app.sweep.run();
    outside.now += laterMs;
    await app.sweep.run();
    expect(asked(outside)).toHaveLength(expected);
    expect([said(outside, tagged('a')), said(outside, tagged('b'))]).toEqual([
      ['lagging westeurope'],
      ['lagging westeurope'],
    ]);
  });
});

describe('lagging', () => {
  it('is announced by nobody but the sweep', async () => {
    const { outside, app } = await withMissing();
    outside.now = AT_THRESHOLD + MINUTE_MS;
    await hear(app, [westus], { seconds: 1 });
    await app.writer.update(webTag, { type: 'look' });
    await app.writer.update(webTag, { type: 'unsent' });
    setHistory(outside, westus, [pushed({ seconds: 2 })]);
    await reconcile(app);
    expect(said(outside)).toEqual([]);
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging westeurope']);
  });

  it('of a push that is found when it is overdue already waits for the sweep', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    setHistory(outside, westus, [pushed()]);
    outside.now = START + 30 * MINUTE_MS;
    await reconcile(app);
    expect(said(outside)).toEqual([]);
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging canadacentral', 'lagging eastus', 'lagging westeurope']);
  });

  it('comes before expired, also for a push that is found when it is older than that', async () => {
    const policy = { lagAfterMs: 10 * MINUTE_MS, abandonAfterMs: 40 * MINUTE_MS };
    const outside = managedOutside();
    const app = instance(outside, { policy });
    setHistory(outside, westus, [pushed()]);
    outside.now = START + 39 * MINUTE_MS;
    await reconcile(app);
    outside.now = START + 41 * MINUTE_MS;
    await app.writer.update(webTag, { type: 'look' });
    expect(said(outside)).toEqual([]);
    await app.sweep.run();
    expect(said(outside)).toEqual([...['lagging canadacentral', 'lagging eastus', 'lagging westeurope'], 'abandoned']);
  });

  it('of regions that were not examined waits for the next alarm, and is not forgotten', async () => {
    const { outside, app } = await withMissing();
    const late = { digest: digestB as Digest, seconds: 5, receivedAt: START };
    // While one replication is examined, a late fact makes another one current.
    const { history } = outside.api;
    Object.assign(outside.api, {
      async *history(...given: Parameters<typeof history>) {
        await app.recordArrival.record(webTag, arrival({ ...late, region: westeurope }));
        yield* history.apply(outside.api, given);
      },
    });
    await app.sweep.run();
    expect(said(outside)).toEqual(['superseded']);
    Object.assign(outside.api, { history });
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['superseded', ...lagging([canadacentral, eastus, westus])]);
  });

  const lagging = (regions: readonly Region[]) => regions.map((region) => `lagging ${region}`);

  it('looks at what is stored, not only at what this instance knew', async () => {
    const { outside, app } = await withMissing();
    await hear(instance(outside), [westeurope], { seconds: 9 });
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });

  it('goes out for a registry that cannot be asked', async () => {
    const { outside } = await withMissing();
    outside.isManaged = false;
    await instance(outside).sweep.run();
    expect(said(outside)).toEqual(['lagging westeurope']);
    expect(asked(outside)).toEqual([]);
  });
});

describe('the replica itself', () => {
  it('is asked when the history shows nothing, and when it holds the image no lagging goes out', async () => {
    const { outside, app } = await withMissing({ isVerified: true });
    outside.api.setManifest(webTag, westeurope, digestA);
    await app.sweep.run();
    expect(asked(outside)).toEqual(['api.history', 'api.digest']);
    expect(said(outside)).toEqual(['completed']);
  });

  it('is not asked when the history shows the arrival', async () => {
    const { outside, app } = await withMissing({ isVerified: true });
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    await app.sweep.run();
    expect(asked(outside)).toEqual(['api.history']);
  });

  it.for([
    { name: 'holds nothing', answer: undefined },
    { name: 'holds another digest', answer: digestB },
    { name: 'cannot be reached', answer: new Unavailable('down') },
    { name: 'refuses', answer: new Forbidden('no', 'pull/read') },
  ])('when it $name, lagging goes out', async ({ answer }) => {
    const { outside, app } = await withMissing({ isVerified: true });
    outside.api.setManifest(webTag, westeurope, answer);
    await app.sweep.run();
    expect(said(outside)).toEqual(['lagging westeurope']);
  });

  it('when what it said cannot be stored, nothing is said', async () => {
    const { outside, app } = await withMissing({ isVerified: true });
    outside.api.setManifest(webTag, westeurope, digestA);
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    expect(await app.sweep.run()).toMatchObject({ failed: 1 });
    expect(said(outside)).toEqual([]);
    outside.now += MINUTE_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
});
