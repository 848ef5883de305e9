import { describe, expect, it } from 'vitest';
import type { Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type { Webhook } from '../../../src/local/registry/model.ts';
import { isInScope, moveApp, webhooksThatTell } from '../../../src/local/registry/webhooks.ts';

const web = 'public/web' as Repository;
const push = { region: 'westus' as Region, action: 'push', repository: web, tag: '1' as Tag } as const;

describe('a scope', () => {
  it.for([
    { scope: '', tag: '1', expected: true },
    { scope: '', tag: undefined, expected: true },
    { scope: 'public/web:*', tag: '1', expected: true },
    { scope: 'public/web:*', tag: undefined, expected: true },
    { scope: 'public/web:1', tag: '1', expected: true },
    { scope: 'public/web:1', tag: '10', expected: false },
    { scope: 'public/web:1', tag: undefined, expected: false },
    { scope: 'public/web', tag: 'latest', expected: true },
    { scope: 'public/web', tag: '1', expected: false },
    { scope: 'public/webs:*', tag: '1', expected: false },
    { scope: 'web:*', tag: '1', expected: false },
  ])('"$scope" tells of $tag: $expected', ({ scope, tag, expected }) => {
    expect(isInScope(scope, web, tag as Tag | undefined)).toBe(expected);
  });
});

describe('a push is told by', () => {
  const told = (change: Partial<Webhook>, happening: Parameters<typeof webhooksThatTell>[1] = push) => {
    const model = newContoso();
    model.webhooks = model.webhooks.map((webhook) => ({ ...webhook, ...change }));
    return webhooksThatTell(model, happening).map(({ name }) => name);
  };
  it.for<{ name: string; change: Partial<Webhook>; expected: readonly string[] }>([
    { name: 'the webhook of the region', change: {}, expected: ['landfallwestus'] },
    { name: 'none that is disabled', change: { status: 'disabled' }, expected: [] },
    { name: 'none for other actions', change: { actions: ['delete', 'quarantine'] }, expected: [] },
    { name: 'one whose action is written another way', change: { actions: ['Push'] }, expected: ['landfallwestus'] },
    { name: 'none with another scope', change: { scope: 'other:*' }, expected: [] },
  ])('$name', ({ change, expected }) => {
    expect(told(change)).toEqual(expected);
  });

  it('all of them where there are several', () => {
    const model = newContoso();
    const [first] = model.webhooks;
    model.webhooks = [...model.webhooks, { ...(first as Webhook), name: 'another' }];
    expect(webhooksThatTell(model, push).map(({ name }) => name)).toEqual(['landfallwestus', 'another']);
  });

  it('those for deletions if it is one', () => {
    const deletion = { region: 'westus' as Region, action: 'delete', repository: web } as const;
    expect(told({ actions: ['push'] }, deletion)).toEqual([]);
    expect(told({ actions: ['push', 'delete'] }, deletion)).toEqual(['landfallwestus']);
  });
});

describe('an app that has moved', () => {
  it('is followed by the webhooks that led to it, with their other headers, and by no others', () => {
    const model = newContoso();
    const [first, ...others] = model.webhooks;
    const elsewhere = { ...(first as Webhook), name: 'elsewhere', serviceUri: 'http://127.0.0.1:70712/hook' };
    model.webhooks = [{ ...(first as Webhook), customHeaders: { mine: '1' } }, ...others, elsewhere];
    moveApp(model, { url: 'http://127.0.0.1:1', key: 'one' });
    moveApp(model, { url: 'http://127.0.0.1:2', key: 'two' });
    expect(model.webhooks[0]).toMatchObject({
      serviceUri: 'http://127.0.0.1:2/api/webhooks/contoso/westus',
      customHeaders: { mine: '1', 'x-functions-key': 'two' },
    });
    expect(model.webhooks.at(-1)).toEqual(elsewhere);
  });
});
