import { describe, expect, it } from 'vitest';
import { toEventTime } from '../../src/core/instant.ts';
import { Forbidden, Throttled, Unavailable } from '../../src/usecases/ports.ts';
import { at, eastus, fourRegions, START, westeurope, westus } from '../builders.ts';
import { contoso, instance, type Outside } from './app.ts';
import { managedOutside, pushed, reconcile, setHistory, storedWebhooks, webhookOf } from './past-deliveries.ts';

const MINUTES = 60;

const cursors = async (outside: Outside) => (await storedWebhooks(outside))?.webhooks.map(({ cursor }) => cursor);

describe('a registry that does not answer', () => {
  const failureOf = async (outside: Outside) => (await storedWebhooks(outside))?.failure;

  it.for([
    { name: 'throttled', error: new Throttled('too many', 120_000) },
    { name: 'forbidden', error: new Forbidden('no', 'registries/webhooks/read') },
    { name: 'down', error: new Unavailable('down') },
  ])('$name: since when is stored, and dropped when it answers', async ({ error }) => {
    const outside = managedOutside();
    const app = instance(outside);
    await reconcile(app);
    for (const minutes of [5, 10]) {
      outside.now = at(minutes * MINUTES);
      outside.api.setWebhooks(contoso, error);
      expect(await reconcile(app)).toMatchObject({ webhooks: 0, failed: 1 });
      expect(await failureOf(outside)).toEqual({ since: at(5 * MINUTES), reason: error.message });
      expect((await storedWebhooks(outside))?.webhooks).toHaveLength(4);
      expect((await storedWebhooks(outside))?.reconciledAt).toBe(START);
    }
    outside.now = at(15 * MINUTES);
    outside.api.setWebhooks(
      contoso,
      fourRegions.map((region) => webhookOf(region)),
    );
    expect(await reconcile(app)).toMatchObject({ webhooks: 4, failed: 0 });
    expect(await failureOf(outside)).toBeUndefined();
  });

  it('says which permission is missing', async () => {
    const outside = managedOutside();
    setHistory(outside, westus, []);
    const permission = 'Microsoft.ContainerRegistry/registries/webhooks/listEvents/action';
    for (const region of fourRegions) {
      outside.api.setHistory(contoso, `hook${region}`, new Forbidden('no', permission));
    }
    const app = instance(outside);
    expect(await reconcile(app)).toMatchObject({ failed: 1 });
    expect(app.lines.map(({ fields }) => fields['missingPermission'])).toEqual([permission]);
    expect(await failureOf(outside)).toMatchObject({ since: START, reason: 'no' });
  });

  it('is not asked again before the time it named', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    outside.api.setHistory(contoso, 'hookwestus', new Throttled('too many', 120_000));
    await reconcile(app);
    outside.calls();
    outside.now += 119_999;
    expect(await reconcile(app)).toMatchObject({ failed: 1 });
    expect(await app.reconcile.readRegion(contoso, westus, START, 20_000)).toMatchObject({
      unread: expect.any(Throttled),
    });
    expect(outside.calls().filter((call) => call.startsWith('api.'))).toEqual([]);
    setHistory(outside, westus, []);
    outside.now += 1;
    expect(await reconcile(app)).toMatchObject({ failed: 0 });
  });

  it('is not asked again either when it was throttled before a lagging', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    outside.api.setHistory(contoso, 'hookwestus', new Throttled('too many', 120_000));
    await app.reconcile.readRegion(contoso, westus, START, 20_000);
    outside.calls();
    await app.reconcile.readRegion(contoso, westus, START, 20_000);
    expect(outside.calls().filter((call) => call.startsWith('api.'))).toEqual([]);
  });

  it('keeps what was read before it did not', async () => {
    const outside = managedOutside([westus, eastus]);
    const app = instance(outside);
    Object.assign(outside.timing, { random: () => 0 });
    outside.api.setHistory(contoso, 'hookeastus', new Throttled('too many', 120_000));
    setHistory(outside, westus, [pushed()]);
    outside.now = at(5 * MINUTES);
    expect(await reconcile(app)).toMatchObject({ webhooks: 1, arrivals: 1, failed: 1 });
    expect(await cursors(outside)).toEqual([toEventTime(outside.now), undefined]);
    expect(await storedWebhooks(outside)).toMatchObject({ failure: { since: outside.now, reason: 'too many' } });
  });

  it('for one webhook is a failure too, and the others are read', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    outside.api.setHistory(contoso, 'hookwestus', new Unavailable('down'));
    setHistory(outside, westeurope, [pushed()]);
    expect(await reconcile(app)).toMatchObject({ webhooks: 3, arrivals: 1, failed: 1 });
    const { failure, reconciledAt } = (await storedWebhooks(outside)) ?? {};
    expect(failure).toEqual({ since: START, reason: 'down' });
    expect(reconciledAt).toBeUndefined();
    outside.now = at(5 * MINUTES);
    await reconcile(app);
    expect((await storedWebhooks(outside))?.failure).toEqual({ since: START, reason: 'down' });
  });

  it('and storage neither: a run that fails does not reject', async () => {
    const outside = managedOutside();
    const app = instance(outside);
    outside.faults.push(
      { call: 'webhooks.load', error: new Unavailable('down') },
      { call: 'webhooks.load', error: new Unavailable('down') },
    );
    expect(await reconcile(app)).toMatchObject({ failed: 1 });
    expect(await reconcile(app)).toMatchObject({ failed: 0 });
  });
});
