import { describe, expect, it } from 'vitest';
import { Forbidden, Unavailable } from '../../src/usecases/ports.ts';
import { eastus, MINUTE_MS, westeurope, westus } from '../builders.ts';
import { contoso, instance, type Outside } from './app.ts';
import {
  HOST,
  managedOutside,
  pushed,
  reconcile,
  setHistory,
  storedWebhooks,
  uriOf,
  webhookOf,
} from './past-deliveries.ts';

describe('whose a webhook is', () => {
  const owners = async (outside: Outside) =>
    (await storedWebhooks(outside))?.webhooks.map(({ ownership, postsAs }) => [ownership, postsAs]);

  /** One of this app and one of somebody else, both of West US. */
  function twoWebhooks() {
    const outside = managedOutside([westus]);
    outside.api.setWebhooks(contoso, [webhookOf(westus), webhookOf(westus, { name: 'theirs' })]);
    outside.api.setTarget(contoso, 'theirs', 'https://elsewhere.example/hooks');
    return outside;
  }

  it('its URL tells, and one of somebody else is not read where there is one of ours', async () => {
    const outside = twoWebhooks();
    outside.api.setHistory(contoso, 'theirs', [pushed()]);
    expect(await reconcile(instance(outside))).toMatchObject({ webhooks: 1, arrivals: 0 });
    expect(await owners(outside)).toEqual([
      ['ours', undefined],
      ['other', undefined],
    ]);
  });

  it('where a region has none of ours, one of somebody else is read', async () => {
    const outside = twoWebhooks();
    outside.api.setWebhooks(contoso, [webhookOf(westus, { name: 'theirs' })]);
    outside.api.setHistory(contoso, 'theirs', [pushed({ statusCode: 200 })]);
    expect(await reconcile(instance(outside))).toMatchObject({ webhooks: 1, arrivals: 1 });
  });

  it('of two of this kind, the one that posts to this host is ours', async () => {
    const outside = twoWebhooks();
    outside.api.setTarget(contoso, 'theirs', uriOf(westus, 'staging.example'));
    await reconcile(instance(outside, { ownHost: HOST }));
    expect(await owners(outside)).toEqual([
      ['ours', undefined],
      ['other', undefined],
    ]);
  });

  it('what was posted to whom tells when the URL may not be read', async () => {
    const outside = twoWebhooks();
    const forbidden = new Forbidden('no', 'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action');
    outside.api.setTarget(contoso, 'hookwestus', forbidden);
    outside.api.setHistory(contoso, 'hookwestus', [pushed({ requestUri: uriOf(eastus) })]);
    outside.api.setHistory(contoso, 'theirs', [pushed({ requestUri: 'https://elsewhere.example/hooks' })]);
    const app = instance(outside);
    expect(await reconcile(app)).toMatchObject({ webhooks: 2, failed: 0 });
    expect(await owners(outside)).toEqual([
      ['ours', eastus],
      ['other', undefined],
    ]);
    expect((await storedWebhooks(outside))?.failure).toBeUndefined();
    outside.api.addDelivery(contoso, 'hookwestus', pushed({ seconds: 1, requestUri: uriOf(westus) }));
    await reconcile(app);
    expect(await owners(outside)).toEqual([
      ['ours', undefined],
      ['other', undefined],
    ]);
  });

  it('its URL tells, whatever was posted before it was repaired', async () => {
    const outside = managedOutside([westus]);
    setHistory(outside, westus, [pushed({ requestUri: uriOf(eastus) })]);
    await reconcile(instance(outside));
    expect(await owners(outside)).toEqual([['ours', undefined]]);
    setHistory(outside, westus, [pushed({ requestUri: 'https://elsewhere.example/hooks' })]);
    await reconcile(instance(outside));
    expect(await owners(outside)).toEqual([['ours', undefined]]);
  });

  it('one whose URL cannot be read keeps nobody from reading the others', async () => {
    const outside = managedOutside();
    outside.api.setTarget(contoso, 'hookwestus', new Unavailable('gone since it was listed'));
    setHistory(outside, westeurope, [pushed()]);
    expect(await reconcile(instance(outside))).toMatchObject({ webhooks: 4, arrivals: 1, failed: 0 });
  });
});

describe('findings', () => {
  const findings = (app: ReturnType<typeof instance>) =>
    app.lines
      .filter(({ message }) => message.startsWith('webhooks'))
      .map(({ message, fields }) => [
        message,
        ...((fields['findings'] ?? []) as { problem: string }[]).map((each) => each.problem),
      ]);

  async function seen(change: (outside: Outside) => void) {
    const outside = managedOutside([westus]);
    outside.listed = [westus];
    change(outside);
    const app = instance(outside);
    await app.refreshReplicas.run();
    await reconcile(app);
    return { outside, app };
  }

  const hook = (overrides: Parameters<typeof webhookOf>[1]) => (outside: Outside) =>
    outside.api.setWebhooks(contoso, [webhookOf(westus, overrides)]);

  it.for([
    { name: 'none', change: (outside: Outside) => outside.api.setWebhooks(contoso, []), problem: 'no webhook' },
    { name: 'a disabled one', change: hook({ isEnabled: false }), problem: 'disabled' },
    { name: 'one without pushes', change: hook({ actions: ['delete'] }), problem: 'push not among its actions' },
    { name: 'one without deletions', change: hook({ actions: ['push'] }), problem: 'delete not among its actions' },
    { name: 'one with a scope', change: hook({ scope: 'web:*' }), problem: 'scope hides repositories' },
    {
      name: 'one that posts as another region',
      change: (outside: Outside) => outside.api.setTarget(contoso, 'hookwestus', uriOf(eastus)),
      problem: 'posts as another region',
    },
    {
      name: 'one that was answered with an error',
      change: (outside: Outside) => setHistory(outside, westus, [pushed({ statusCode: 401 })]),
      problem: 'answered with errors',
    },
    {
      name: 'one of somebody else',
      change: (outside: Outside) => outside.api.setTarget(contoso, 'hookwestus', 'https://elsewhere.example/'),
      problem: 'no webhook',
    },
  ])('a region with $name is told of, with the command that repairs it', async ({ change, problem }) => {
    const { app } = await seen(change);
    expect(findings(app)).toEqual([['webhooks need repair', problem]]);
    expect(app.lines.find(({ message }) => message === 'webhooks need repair')?.fields['repair']).toBe(
      'the repair command',
    );
  });

  it('one that posts as another region is told of though there is a good one beside it', async () => {
    const { app } = await seen((outside) => {
      outside.api.setWebhooks(contoso, [webhookOf(westus), webhookOf(westus, { name: 'second' })]);
      outside.api.setTarget(contoso, 'second', uriOf(eastus));
    });
    expect(findings(app)).toEqual([['webhooks need repair', 'posts as another region']]);
  });

  it('are told of when they change, and not at each run', async () => {
    const { outside, app } = await seen(hook({ isEnabled: false }));
    await reconcile(app);
    expect(findings(app)).toHaveLength(1);
    hook({ scope: 'web:*' })(outside);
    await reconcile(app);
    hook({})(outside);
    await reconcile(app);
    await reconcile(app);
    expect(findings(app).map(([message, ...problems]) => [message, ...problems])).toEqual([
      ['webhooks need repair', 'disabled'],
      ['webhooks need repair', 'scope hides repositories'],
      ['webhooks are in order'],
    ]);
  });

  it('do not look repaired because the replicas cannot be read', async () => {
    const { outside, app } = await seen(hook({ isEnabled: false }));
    outside.now += 2 * MINUTE_MS;
    outside.faults.push({ call: 'registries.load', error: new Unavailable('down') });
    expect(await reconcile(app)).toMatchObject({ failed: 0 });
    expect(findings(app)).toHaveLength(1);
  });

  it('nothing is said of webhooks that are in order', async () => {
    const { app } = await seen(() => {});
    expect(findings(app)).toEqual([]);
  });
});
