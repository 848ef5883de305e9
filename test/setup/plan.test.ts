import { describe, expect, it } from 'vitest';
import type { Region, Registry } from '../../src/core/names.ts';
import type { Replica } from '../../src/core/replicas.ts';
import { type Callback, planWebhooks, type Target, type WebhookState } from '../../src/setup/plan.ts';

const target: Target = { registry: 'contoso' as Registry, app: 'https://landfall.example' };
const region = (name: string) => name as Region;

const replica = (name: string, changed: Partial<Replica> = {}): Replica => ({
  ...{ name, region: region(name), isHome: name === 'westus', isRouted: true },
  ...{ provisioningState: 'Succeeded', displayStatus: 'Ready' },
  ...changed,
});

const webhook = (
  name: string,
  changed: Partial<WebhookState> = {},
  callback: Partial<Callback> = {},
): WebhookState => ({
  ...{ name: `landfall${name}`, region: region(name), isEnabled: true, scope: '', actions: ['push', 'delete'] },
  callback: { serviceUri: `https://landfall.example/api/webhooks/contoso/${name}`, key: 'right', ...callback },
  ...changed,
});

const plan = (replicas: Replica[], webhooks: WebhookState[], to = target) => planWebhooks(replicas, webhooks, to);
const faults = (state: WebhookState, to = target) => plan([replica('westus')], [state], to).findings[0]?.faults;

describe('a registry that is well', () => {
  it('has one webhook for each replica, and there is nothing to do', () => {
    const replicas = [replica('eastus'), replica('westus')];
    const { findings, steps, isWell } = plan(replicas, [webhook('westus'), webhook('eastus')]);
    expect(findings.map((finding) => [finding.region, finding.webhook?.name, finding.faults])).toEqual([
      ['westus', 'landfallwestus', []],
      ['eastus', 'landfalleastus', []],
    ]);
    expect([steps, isWell]).toEqual([[], true]);
  });

  it.for([
    {
      name: 'however the host and the path are written',
      callback: { serviceUri: 'https://LANDFALL.example/API/webhooks/Contoso/westus' },
    },
    { name: 'by any name', changed: { name: 'mine' } },
    { name: 'with a key that nobody compared', callback: { key: 'given' as const } },
    { name: 'with other actions too', changed: { actions: ['delete', 'quarantine', 'push'] } },
  ])('has its webhooks $name', ({ changed, callback }) => {
    expect(faults(webhook('westus', changed, callback))).toEqual([]);
  });

  it('may have its app below a path, and on this machine without TLS', () => {
    const below = { serviceUri: 'http://127.0.0.1:7071/base/api/webhooks/contoso/westus' };
    expect(faults(webhook('westus', {}, below), { ...target, app: 'http://127.0.0.1:7071/base' })).toEqual([]);
  });
});

describe('a replica without a webhook for the app', () => {
  it('gets one, with its region in the name and in the address', () => {
    const { findings, steps, isWell } = plan([replica('westus')], []);
    expect(findings).toEqual([
      { region: 'westus', state: 'Succeeded, Ready', ownership: 'ours', faults: ['no webhook'] },
    ]);
    const serviceUri = 'https://landfall.example/api/webhooks/contoso/westus';
    expect(steps).toEqual([{ type: 'create', region: 'westus', name: 'landfallwestus', serviceUri }]);
    expect(isWell).toBe(false);
  });

  it.for([
    { name: 'posts elsewhere', serviceUri: 'https://hooks.example/services/secret' },
    {
      name: 'posts to another host below ours',
      serviceUri: 'https://landfall.example.org/api/webhooks/contoso/westus',
    },
    { name: 'posts to another port', serviceUri: 'https://landfall.example:444/api/webhooks/contoso/westus' },
    { name: "posts to the app's host, but to no webhook route", serviceUri: 'https://landfall.example/api/status' },
    { name: 'posts to what is no URL', serviceUri: 'nowhere' },
  ])('has one of others, which $name and is left alone', ({ serviceUri }) => {
    const { findings, steps } = plan([replica('westus')], [webhook('westus', { isEnabled: false }, { serviceUri })]);
    expect(findings.map(({ ownership, faults: found }) => [ownership, found])).toEqual([
      ['ours', ['no webhook']],
      ['other', []],
    ]);
    // Its name is taken.
    expect(steps).toMatchObject([{ type: 'create', name: 'landfallwestusx2' }]);
  });

  it('gets a name that is free, whatever the case and the number', () => {
    const elsewhere = { serviceUri: 'https://hooks.example/' };
    const taken = ['LandfallWestus', 'landfallwestusx2'].map((name) => webhook('westus', { name }, elsewhere));
    expect(plan([replica('westus')], taken).steps).toMatchObject([{ name: 'landfallwestusx3' }]);
  });

  it('gets a name that no other replica gets', () => {
    const [eastus, eastusx2] = [replica('eastus'), replica('eastusx2')];
    const taken = webhook('eastus', {}, { serviceUri: 'https://hooks.example/' });
    const names = plan([eastus, eastusx2], [taken]).steps.map(({ name }) => name);
    expect(names).toEqual(['landfalleastusx2', 'landfalleastusx2x2']);
  });

  it.for([
    { name: 'free', taken: 0 },
    { name: 'taken', taken: 1 },
    { name: 'taken ten times', taken: 10 },
  ])('gets a name of at most 50 letters and digits for the longest region, $name', ({ taken }) => {
    const longest = 'a'.repeat(40);
    const webhooks: WebhookState[] = [];
    for (let count = 0; count < taken; count += 1) {
      const [step] = plan([replica(longest)], webhooks).steps;
      webhooks.push(webhook(longest, { name: step?.name ?? '' }, { serviceUri: 'https://hooks.example/' }));
    }
    const [step] = plan([replica(longest)], webhooks).steps;
    expect(step?.name).toMatch(/^[a-z0-9]{5,50}$/);
    expect(webhooks.map(({ name }) => name)).not.toContain(step?.name);
  });

  it.for([
    { state: 'Succeeded', expected: 1 },
    { state: 'Updating', expected: 1 },
    { state: 'Creating', expected: 0 },
    { state: 'Failed', expected: 0 },
    { state: 'Deleting', expected: 0 },
  ])('can get one while it is $state: $expected', ({ state, expected }) => {
    const { findings, steps, isWell } = plan([replica('westus', { provisioningState: state })], []);
    expect([steps.length, findings.length, isWell]).toEqual([expected, 1, false]);
    expect(findings[0]?.faults[0]).toMatch(expected === 1 ? /^no webhook$/ : /before it is ready/);
  });
});

describe('a webhook of the app', () => {
  it.for<{ name: string; changed?: Partial<WebhookState>; callback?: Partial<Callback>; expected: string }>([
    { name: 'is disabled', changed: { isEnabled: false }, expected: 'disabled' },
    { name: 'has a scope', changed: { scope: 'web:*' }, expected: 'its scope hides repositories' },
    { name: 'lacks an action', changed: { actions: ['push'] }, expected: 'does not tell of delete' },
    { name: 'lacks both', changed: { actions: ['quarantine'] }, expected: 'does not tell of push and delete' },
    {
      name: "posts to another region's address",
      callback: { serviceUri: 'https://landfall.example/api/webhooks/contoso/eastus' },
      expected: "posts to another region's or registry's address",
    },
    {
      name: "posts to another registry's address",
      callback: { serviceUri: 'https://landfall.example/api/webhooks/fabrikam/westus' },
      expected: "posts to another region's or registry's address",
    },
    {
      name: 'posts in clear',
      callback: { serviceUri: 'http://landfall.example/api/webhooks/contoso/westus' },
      expected: 'posts by http',
    },
    {
      name: 'has its key in the URL',
      callback: { serviceUri: 'https://landfall.example/api/webhooks/contoso/westus?code=k' },
      expected: 'has something in its URL that may be a key',
    },
    { name: 'sends no key', callback: { key: 'missing' }, expected: 'sends no key' },
    { name: 'sends another key', callback: { key: 'wrong' }, expected: 'sends another key' },
  ])('that $name is repaired, and nothing else of it', ({ changed, callback, expected }) => {
    const state = webhook('westus', changed, callback);
    const { findings, steps, isWell } = plan([replica('westus')], [state]);
    expect(findings.map((finding) => finding.faults)).toEqual([[expected]]);
    const serviceUri = 'https://landfall.example/api/webhooks/contoso/westus';
    expect(steps).toMatchObject([{ type: 'repair', name: 'landfallwestus', serviceUri, faults: [expected] }]);
    expect(isWell).toBe(false);
  });

  it('goes on telling what it told besides', () => {
    const { steps } = plan([replica('westus')], [webhook('westus', { actions: ['quarantine', 'push'] })]);
    expect(steps).toMatchObject([{ actions: ['push', 'delete', 'quarantine'] }]);
  });

  it('may be one of two: both are kept well', () => {
    const second = webhook('westus', { name: 'second', isEnabled: false });
    const { steps } = plan([replica('westus')], [webhook('westus'), second]);
    expect(steps).toMatchObject([{ type: 'repair', name: 'second' }]);
  });

  it('is left alone when its replica is gone, and nothing is wrong', () => {
    const { findings, steps, isWell } = plan([replica('westus')], [webhook('westus'), webhook('eastus')]);
    expect(findings[1]).toMatchObject({ region: 'eastus', state: 'no replica', ownership: 'ours', faults: [] });
    expect([steps, isWell]).toEqual([[], true]);
  });
});
