import { describe, expect, it } from 'vitest';
import type { Region, Registry } from '../../src/core/names.ts';
import { targetOf, type WatchedWebhook, webhookFindings } from '../../src/core/webhooks.ts';
import { eastus, westeurope, westus } from '../builders.ts';

const contoso = 'contoso' as Registry;

describe('targetOf', () => {
  const ours = (host: string, region: Region) => ({ type: 'landfall', host, region });
  it.for([
    {
      name: 'an app that serves webhooks of this registry',
      uri: 'https://landfall.azurewebsites.net/api/webhooks/contoso/westus',
      expected: ours('landfall.azurewebsites.net', westus),
    },
    {
      name: 'one on another port and below another path',
      uri: 'https://apps.contoso.com:8443/landfall/api/webhooks/contoso/westus',
      expected: ours('apps.contoso.com:8443', westus),
    },
    {
      name: 'one that is called with a key in the URL',
      uri: 'https://landfall.azurewebsites.net/api/webhooks/contoso/westus?code=x#y',
      expected: ours('landfall.azurewebsites.net', westus),
    },
    {
      name: 'one whose URL ends in a slash',
      uri: 'https://a.net/api/webhooks/contoso/westus/',
      expected: ours('a.net', westus),
    },
    {
      name: 'names in other letters and with a space',
      uri: 'https://A.net/API/Webhooks/Contoso/West%20US',
      expected: ours('a.net', westus),
    },
    { name: 'another registry', uri: 'https://a.net/api/webhooks/fabrikam/westus', expected: { type: 'other' } },
    { name: 'no region', uri: 'https://a.net/api/webhooks/contoso', expected: { type: 'other' } },
    {
      name: 'something behind the region',
      uri: 'https://a.net/webhooks/contoso/westus/x',
      expected: { type: 'other' },
    },
    {
      name: 'another path that ends alike',
      uri: 'https://a.net/mywebhooks/contoso/westus',
      expected: { type: 'other' },
    },
    { name: 'what is no region', uri: 'https://a.net/api/webhooks/contoso/west.us', expected: { type: 'other' } },
    { name: 'a broken escape', uri: 'https://a.net/api/webhooks/contoso/%E0%A4%A', expected: { type: 'other' } },
    { name: 'what is no URL', uri: '/api/webhooks/contoso/westus', expected: { type: 'other' } },
    { name: 'nothing', uri: '', expected: { type: 'other' } },
  ])('tells $name', ({ uri, expected }) => {
    expect(targetOf(uri, contoso)).toEqual(expected);
  });
});

function webhook(overrides: Partial<WatchedWebhook> = {}): WatchedWebhook {
  return {
    ...{ name: 'landfallwestus', region: westus, isEnabled: true, scope: '' },
    ...{ actions: ['push', 'delete'], ownership: 'ours' },
    ...overrides,
  };
}

describe('webhookFindings', () => {
  const OK = webhook();

  it.for<{ name: string; given: readonly WatchedWebhook[]; expected: object | undefined }>([
    { name: 'nothing of a webhook that is all right', given: [OK], expected: undefined },
    {
      name: 'nothing of one that may be ours and is all right',
      given: [webhook({ ownership: 'unknown' })],
      expected: undefined,
    },
    { name: 'that there is none', given: [], expected: { problem: 'no webhook' } },
    {
      name: "that others' do not count",
      given: [webhook({ ownership: 'other' })],
      expected: { problem: 'no webhook' },
    },
    {
      name: 'that one of another region does not count',
      given: [webhook({ region: eastus })],
      expected: { problem: 'no webhook' },
    },
    {
      name: 'that it is disabled',
      given: [webhook({ isEnabled: false })],
      expected: { webhook: OK.name, problem: 'disabled' },
    },
    {
      name: "that it posts in another region's name",
      given: [webhook({ postsAs: eastus })],
      expected: { webhook: OK.name, problem: 'posts as another region', detail: eastus },
    },
    {
      name: 'that it tells of no push',
      given: [webhook({ actions: ['delete', 'quarantine'] })],
      expected: { webhook: OK.name, problem: 'push not among its actions', detail: 'delete, quarantine' },
    },
    {
      name: 'that it hides repositories',
      given: [webhook({ scope: 'web:*' })],
      expected: { webhook: OK.name, problem: 'scope hides repositories', detail: 'web:*' },
    },
    {
      name: 'that it tells of no deletion',
      given: [webhook({ actions: ['push'] })],
      expected: { webhook: OK.name, problem: 'delete not among its actions' },
    },
  ])('tells $name', ({ given, expected }) => {
    expect(webhookFindings([westus], given)).toEqual(expected === undefined ? [] : [{ region: westus, ...expected }]);
  });

  it.for([
    { status: 199, isError: true },
    { status: 200, isError: false },
    { status: 202, isError: false },
    { status: 299, isError: false },
    { status: 300, isError: true },
    { status: 401, isError: true },
    { status: 504, isError: true },
  ])('takes the answer $status for an error: $isError', ({ status, isError }) => {
    const expected = { region: westus, webhook: OK.name, problem: 'answered with errors', detail: String(status) };
    expect(webhookFindings([westus], [webhook({ lastStatusCode: status })])).toEqual(isError ? [expected] : []);
  });

  const grave: readonly Partial<WatchedWebhook>[] = [
    { isEnabled: false },
    { postsAs: eastus },
    { actions: ['delete'] },
    { scope: 'web' },
    { lastStatusCode: 500 },
    { actions: ['push'] },
  ];

  it.for([
    { mended: {}, expected: 'disabled' },
    { mended: { isEnabled: true }, expected: 'posts as another region' },
    { mended: { isEnabled: true, postsAs: undefined }, expected: 'push not among its actions' },
    { mended: { isEnabled: true, postsAs: undefined, actions: ['push'] }, expected: 'scope hides repositories' },
    { mended: { isEnabled: true, postsAs: undefined, actions: ['push'], scope: '' }, expected: 'answered with errors' },
  ])('tells only the gravest thing that is wrong with one: $expected', ({ mended, expected }) => {
    const broken = { isEnabled: false, postsAs: eastus, actions: [], scope: 'web', lastStatusCode: 500 };
    const { postsAs, ...rest } = { ...OK, ...broken, ...mended };
    const given: WatchedWebhook = { ...rest, ...(postsAs === undefined ? {} : { postsAs }) };
    expect(webhookFindings([westus], [given]).map(({ problem }) => problem)).toEqual([expected]);
  });

  it('judges a region by the best of its webhooks, in whatever order they come', () => {
    const faults = grave.filter((fault) => fault.postsAs === undefined);
    for (const [index, fault] of faults.entries()) {
      const worse = faults.slice(0, index).map((graver) => webhook({ ...graver, name: 'worse' }));
      const best = webhook({ ...fault, name: 'best' });
      expect(webhookFindings([westus], [...worse, best])).toMatchObject([{ webhook: 'best' }]);
      expect(webhookFindings([westus], [best, ...worse])).toMatchObject([{ webhook: 'best' }]);
      expect(webhookFindings([westus], [best, OK, ...worse])).toEqual([]);
      expect(webhookFindings([westus], [OK, best, ...worse])).toEqual([]);
    }
  });

  it("tells of one that posts in another region's name even when the others are all right", () => {
    const misleading = webhook({ name: 'misleading', postsAs: eastus });
    for (const given of [
      [OK, misleading],
      [misleading, OK],
      [webhook({ actions: ['push'] }), misleading],
    ]) {
      expect(webhookFindings([westus], given)).toMatchObject([{ webhook: 'misleading', detail: eastus }]);
    }
  });

  it('tells one thing of each region at most, in the order of their names', () => {
    const given = [webhook({ isEnabled: false }), webhook({ region: eastus })];
    expect(webhookFindings([westus, westeurope, eastus], given)).toEqual([
      { region: westeurope, problem: 'no webhook' },
      { region: westus, webhook: OK.name, problem: 'disabled' },
    ]);
  });

  it('tells of a region that is listed and where the registry has no replica, webhook or not', () => {
    expect(webhookFindings([westus], [OK], [westeurope])).toEqual([{ region: westeurope, problem: 'no replica' }]);
  });
});
