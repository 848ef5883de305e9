import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { webhook } from '../../src/functions/webhook.ts';
import { SchemaTooNew, Unavailable } from '../../src/usecases/ports.ts';
import { START, webTag, westus } from '../builders.ts';
import { contoso } from '../usecases/app.ts';
import { call } from './call.ts';
import { openDependencies } from './notifications.ts';

const signal = new AbortController().signal;
const fixture = (name: string) => readFileSync(`test/fixtures/payloads/${name}.json`, 'utf8');
const push = fixture('push');

function open() {
  const { dependencies, ...opened } = openDependencies();
  const handler = webhook(dependencies);
  const post = (body: string | Uint8Array, { registry = 'contoso', region = 'westus', headers = {} } = {}) =>
    call(handler, { params: { registry, region }, body, headers });
  return { ...opened, noteWebhook: dependencies.noteWebhook, post };
}

describe('POST /api/webhooks/{registry}/{region}', () => {
  it.for([
    { name: 'push', expected: 202, outcome: 'recorded' },
    { name: 'push-index', expected: 202, outcome: 'recorded' },
    { name: 'push-no-tag', expected: 202, outcome: 'ignored' },
    { name: 'delete', expected: 202, outcome: 'recorded' },
    { name: 'quarantine', expected: 202, outcome: 'ignored' },
    { name: 'chart-push', expected: 202, outcome: 'ignored' },
    { name: 'chart-delete', expected: 202, outcome: 'ignored' },
    { name: 'ping', expected: 200, outcome: 'ping' },
  ])('answers $expected $outcome to $name', async ({ name, expected, outcome }) => {
    const { post } = open();
    const { status, jsonBody, logged } = await post(fixture(name));
    expect([status, jsonBody.outcome]).toEqual([expected, outcome]);
    expect(logged).toMatchObject([{ level: 'information', line: { event: 'webhook', outcome } }]);
  });

  it('stores what it acknowledges, with the region of the path', async () => {
    const { outside, post } = open();
    await post(push, { region: 'East US' });
    const stored = await outside.tags.load(webTag, signal);
    expect(stored?.value.facts).toMatchObject([
      {
        type: 'arrival',
        region: 'eastus',
        source: 'announced',
        receivedAt: START,
        eventAt: '2026-11-17T16:52:01.343145347Z',
      },
    ]);
  });

  it('stores a deletion that it acknowledges, with the registry and the region of the path', async () => {
    const { outside, post } = open();
    const { logged } = await post(fixture('delete'), { region: 'East US' });
    const removal = {
      eventAt: '2026-11-17T16:54:53.657764628Z',
      repository: 'public/products/web',
      digest: 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d',
    };
    expect(outside.deletions.pending().map(({ notice }) => notice)).toEqual([
      { ...removal, registry: 'contoso', region: 'eastus', receivedAt: START },
    ]);
    expect(logged).toMatchObject([{ line: { outcome: 'recorded', ...removal } }]);
  });

  it('stores the deletion of a repository without a digest', async () => {
    const { outside, post } = open();
    const { target, ...rest } = JSON.parse(fixture('delete'));
    const body = JSON.stringify({ ...rest, target: { repository: target.repository } });
    expect(await post(body)).toMatchObject({ status: 202, jsonBody: { outcome: 'recorded' } });
    expect(outside.deletions.pending()).toHaveLength(1);
    expect(outside.deletions.pending()[0]?.notice).not.toHaveProperty('digest');
  });

  it.for([
    { name: 'push', expected: [westus] },
    { name: 'delete', expected: [westus] },
    { name: 'push-no-tag', expected: [westus] },
    { name: 'ping', expected: [westus] },
    { name: 'nothing of the kind', expected: [] },
  ])('takes a notification for a sign of life of its region: $name', async ({ name, expected }) => {
    const { noteWebhook, post } = open();
    await post(name === 'nothing of the kind' ? '{}' : fixture(name));
    expect([...noteWebhook.seen(contoso).keys()]).toEqual(expected);
  });

  it('answers a repeated delivery 202 duplicate', async () => {
    const { post } = open();
    await post(push);
    expect(await post(push)).toMatchObject({ status: 202, jsonBody: { outcome: 'duplicate' } });
  });

  it.for([
    { name: 'no JSON', body: '{', options: {}, expected: 400, title: 'Not a notification' },
    { name: 'nothing', body: '', options: {}, expected: 400, title: 'Not a notification' },
    { name: 'no notification', body: '[]', options: {}, expected: 400, title: 'Not a notification' },
    {
      name: 'an unknown registry',
      body: push,
      options: { registry: 'fabrikam' },
      expected: 404,
      title: 'Unknown registry',
    },
    { name: 'what is no registry', body: push, options: { registry: '%' }, expected: 404, title: 'Unknown registry' },
    { name: 'what is no region', body: push, options: { region: 'west|us' }, expected: 400, title: 'Not a region' },
    { name: 'a body over 64 KiB', body: ' '.repeat(65_537), options: {}, expected: 413, title: 'Body too large' },
    {
      name: 'a body that is said to be over 64 KiB',
      body: push,
      options: { headers: { 'content-length': '65537' } },
      expected: 413,
      title: 'Body too large',
    },
  ])('refuses $name with $expected, says why, and stores nothing', async ({ body, options, expected, title }) => {
    const { outside, post } = open();
    const { status, headers, jsonBody, logged } = await post(body, options);
    expect([status, jsonBody.status, jsonBody.title]).toEqual([expected, expected, title]);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(jsonBody.detail).toMatch(/^expected /);
    expect(logged).toMatchObject([{ level: 'warning', line: { outcome: 'refused' } }]);
    expect(outside.calls()).toEqual([]);
  });

  it('takes a body of exactly 64 KiB', async () => {
    const { post } = open();
    expect((await post(push.padEnd(65_536))).status).toBe(202);
  });

  it('names every issue of a push that cannot be one', async () => {
    const { post } = open();
    const body = JSON.stringify({
      ...JSON.parse(push),
      timestamp: 'today',
      target: { repository: 'A B', tag: '-', digest: 'x' },
    });
    const { jsonBody } = await post(body);
    expect(jsonBody.issues).toHaveLength(4);
  });

  it.for([
    { name: 'the store does not answer', call: 'tags.commit', error: new Unavailable('timed out') },
    { name: 'the document is newer than this release', call: 'tags.commit', error: new SchemaTooNew('version 2') },
    { name: 'the store of deletions does not answer', call: 'deletions.add', error: new Unavailable('timed out') },
  ])('answers 503 with Retry-After when $name', async ({ call, error }) => {
    const { outside, noteWebhook, post } = open();
    outside.faults.push({ call, error });
    const { status, headers, logged } = await post(call === 'tags.commit' ? push : fixture('delete'));
    expect([status, headers]).toMatchObject([503, { 'retry-after': '5' }]);
    expect(logged).toMatchObject([{ level: 'error', line: { outcome: 'unavailable', reason: error.message } }]);
    expect(noteWebhook.seen(contoso).size).toBe(0);
  });

  it.for([
    { name: 'push', call: 'tags.commit' },
    { name: 'delete', call: 'deletions.add' },
  ])('answers 503 to a $name after 3.5 s when the store hangs', async ({ name, call }) => {
    const { outside, post } = open();
    outside.hanging.add(call);
    outside.expiring.add(3_500);
    expect((await post(fixture(name))).status).toBe(503);
  });

  it('fails where nobody knows what went wrong, and acknowledges nothing', async () => {
    const { outside, post } = open();
    outside.faults.push({ call: 'deletions.add', error: new TypeError('a fault') });
    await expect(post(fixture('delete'))).rejects.toThrow('a fault');
  });

  it('answers 202 after 3 s when the bus hangs: the arrival is stored', async () => {
    const { outside, post } = open();
    outside.listed = [westus];
    outside.hanging.add('sender.send');
    outside.expiring.add(3_000);
    expect((await post(push)).status).toBe(202);
    expect((await outside.tags.load(webTag, signal))?.value.outbox).toHaveLength(1);
  });
});
