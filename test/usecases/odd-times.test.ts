// What odd times do to the registry's own word: replicas that are all in trouble, webhooks that hear nothing, histories
// that are read for the first time when it is late.
import { describe, expect, it } from 'vitest';
import type { Region, Tag } from '../../src/core/names.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  at,
  canadacentral,
  DAY_MS,
  eastus,
  fourRegions,
  HOUR_MS,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance } from './app.ts';
import { hear, managedOutside, pushed, reconcile, replicaOf, said, setHistory, webhookOf } from './past-deliveries.ts';

const others = [westus, eastus, canadacentral];
const failed = (region: Region) => ({ ...replicaOf(region), provisioningState: 'Failed', displayStatus: 'Failed' });

describe('regions', () => {
  it('that are all in trouble for a moment do not let go of a push on its way: it completes', async () => {
    const outside = managedOutside();
    outside.listed = 'auto';
    const app = instance(outside);
    await app.refreshReplicas.run();
    await hear(app, others);
    outside.now = at(60);
    outside.api.setReplicas(contoso, fourRegions.map(failed));
    await app.refreshReplicas.run();
    outside.now = at(120);
    outside.api.setReplicas(contoso, fourRegions.map(replicaOf));
    await app.refreshReplicas.run();
    outside.now = at(130);
    await hear(app, [westeurope], { seconds: 130 });
    for (let m = 3; m < 40; m += 1) {
      outside.now = at(m * 60);
      await app.sweep.run();
    }
    expect(said(outside)).toEqual(['completed']);
  });
  it('that are all in trouble for a moment do not silence a lag', async () => {
    const outside = managedOutside();
    outside.listed = 'auto';
    const app = instance(outside);
    await app.refreshReplicas.run();
    await hear(app, others);
    outside.now = at(60);
    outside.api.setReplicas(contoso, fourRegions.map(failed));
    await app.refreshReplicas.run();
    outside.now = at(120);
    outside.api.setReplicas(contoso, fourRegions.map(replicaOf));
    await app.refreshReplicas.run();
    for (let m = 3; m < 40; m += 1) {
      outside.now = at(m * 60);
      await app.sweep.run();
    }
    expect(said(outside)).toEqual(['lagging westeurope']);
  });
  it('that were listed go on counting while the registry was not asked yet', async () => {
    const outside = managedOutside();
    outside.listed = [westus, eastus];
    const app = instance(outside);
    await app.sweep.run();
    await hear(app, [westus]);
    outside.listed = 'auto';
    const app2 = instance(outside);
    await app2.sweep.run();
    await app2.refreshReplicas.run();
    outside.now = at(60);
    await hear(app2, [eastus], { seconds: 60 });
    expect(said(outside)).toEqual(['completed']);
  });
});

describe('histories', () => {
  it('of another app are read where our webhook of the region is disabled', async () => {
    const outside = managedOutside();
    outside.api.setWebhooks(contoso, [
      ...others.map((r) => webhookOf(r)),
      webhookOf(westeurope, { isEnabled: false }),
      { ...webhookOf(westeurope), name: 'foreign' },
    ]);
    outside.api.setTarget(contoso, 'foreign', 'https://ci.example/hook');
    const app = instance(outside);
    await hear(app, others);
    outside.api.setHistory(contoso, 'foreign', [pushed({ seconds: 30, statusCode: 200 })]);
    outside.now = at(120);
    await reconcile(app);
    outside.now = at(600);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
  it('of another app are read where the scope of ours hides repositories', async () => {
    const outside = managedOutside();
    outside.api.setWebhooks(contoso, [
      ...others.map((r) => webhookOf(r)),
      webhookOf(westeurope, { scope: 'other:*' }),
      { ...webhookOf(westeurope), name: 'foreign' },
    ]);
    outside.api.setTarget(contoso, 'foreign', 'https://ci.example/hook');
    const app = instance(outside);
    await hear(app, others);
    outside.api.setHistory(contoso, 'foreign', [pushed({ seconds: 30, statusCode: 200 })]);
    outside.now = at(120);
    await reconcile(app);
    outside.now = at(600);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
  it('are read back to where an outage began, even the first time', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    outside.api.setWebhooks(contoso, new Unavailable('down'));
    await reconcile(app);
    await hear(app, others);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = at(70 * 60);
    await app.sweep.run();
    outside.api.setWebhooks(
      contoso,
      fourRegions.map((r) => webhookOf(r)),
    );
    outside.now = at(75 * 60);
    await reconcile(app);
    expect(said(outside)).toEqual(['lagging westeurope', 'recovered westeurope', 'completed']);
  });
  it('are read back to the push before it is announced as lagging, even the first time', async () => {
    const outside = managedOutside();
    const app = instance(outside, { policy: { lagAfterMs: 2 * HOUR_MS, abandonAfterMs: DAY_MS } });
    await hear(app, others);
    setHistory(outside, westeurope, [pushed({ seconds: 30 })]);
    outside.now = START + 2 * HOUR_MS;
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
  it('of a webhook that a list leaves out for a while are read on where they were left', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    await hear(app, others);
    outside.now = at(60);
    await reconcile(app);
    setHistory(outside, westeurope, [pushed({ seconds: 70 })]);
    outside.api.setWebhooks(
      contoso,
      others.map((r) => webhookOf(r)),
    );
    for (let m = 5; m <= 75; m += 5) {
      outside.now = at(m * 60);
      await reconcile(app);
    }
    outside.api.setWebhooks(
      contoso,
      fourRegions.map((r) => webhookOf(r)),
    );
    outside.now = at(80 * 60);
    await reconcile(app);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
  it('of a webhook that was made since the last reading are found before lagging', async () => {
    const outside = managedOutside();
    outside.api.setWebhooks(
      contoso,
      others.map((r) => webhookOf(r)),
    );
    const app = instance(outside);
    await hear(app, others);
    outside.now = at(597);
    await reconcile(app);
    outside.api.setWebhooks(
      contoso,
      fourRegions.map((r) => webhookOf(r)),
    );
    setHistory(outside, westeurope, [pushed({ seconds: 598 })]);
    outside.now = at(600);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
  it('that are sorted by time are read back to the push before it is announced as lagging', async () => {
    const outside = managedOutside();
    const app = instance(outside, { policy: { lagAfterMs: 30 * MINUTE_MS, abandonAfterMs: DAY_MS } });
    await hear(app, others);
    outside.now = at(25 * 60);
    const y = { ...webTag, tag: 'y' as Tag };
    setHistory(outside, westeurope, [pushed({ seconds: 24 * 60, tag: y.tag, statusCode: 202, id: 'y' })]);
    await hear(app, [westeurope], { seconds: 24 * 60 }, y);
    await reconcile(app);
    // history sorted by event time: the lost one comes below
    setHistory(outside, westeurope, [
      pushed({ seconds: 24 * 60, tag: y.tag, statusCode: 202, id: 'y' }),
      pushed({ seconds: 0, id: 'late' }),
    ]);
    outside.now = at(30 * 60);
    await app.sweep.run();
    expect(said(outside)).toEqual(['completed']);
  });
});
