import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../src/adapters/acr/notification.ts';
import type { Notification } from '../../../src/core/notification.ts';
import { bytesOf, deleteBody, PAYLOADS, type Payload, payloadBytes, pushBody } from './payloads.ts';

const DIGEST = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d';

describe('what ACR sends', () => {
  const cases: { name: string; payload: Payload; expected: Notification }[] = [
    {
      name: 'a tagged push is an arrival',
      payload: 'push',
      expected: {
        type: 'push',
        push: {
          eventAt: '2026-11-17T16:52:01.343145347Z',
          repository: 'public/products/web',
          tag: '1.2',
          digest: DIGEST,
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        },
      } as Notification,
    },
    {
      name: 'an index counts as any manifest, and its time gets nine digits',
      payload: 'push-index',
      expected: {
        type: 'push',
        push: {
          eventAt: '2026-11-17T16:52:03.104000000Z',
          repository: 'public/products/web',
          tag: '1.2-multi',
          digest: 'sha256:9f2c6e0f0a1b4c5d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d',
          mediaType: 'application/vnd.oci.image.index.v1+json',
        },
      } as Notification,
    },
    {
      name: 'a push without a tag is ignored',
      payload: 'push-no-tag',
      expected: { type: 'ignored', action: 'push', reason: 'push without a tag' },
    },
    { name: 'a ping is a ping', payload: 'ping', expected: { type: 'ping' } },
    {
      name: 'a deletion is the removal of a digest, whatever tags it had',
      payload: 'delete',
      expected: {
        type: 'deletion',
        removal: { eventAt: '2026-11-17T16:54:53.657764628Z', repository: 'public/products/web', digest: DIGEST },
      } as Notification,
    },
    {
      name: 'a quarantine is ignored',
      payload: 'quarantine',
      expected: { type: 'ignored', action: 'quarantine', reason: 'quarantine' },
    },
    {
      name: 'a pushed chart is ignored',
      payload: 'chart-push',
      expected: { type: 'ignored', action: 'chart_push', reason: 'chart_push' },
    },
    {
      name: 'a deleted chart is ignored',
      payload: 'chart-delete',
      expected: { type: 'ignored', action: 'chart_delete', reason: 'chart_delete' },
    },
  ];
  it.for(cases)('$name', ({ payload, expected }) => {
    expect(parseNotification(payloadBytes(payload))).toEqual(expected);
  });

  it('has a case for every recorded body', () => {
    expect(cases.map(({ payload }) => payload).sort()).toEqual([...PAYLOADS].sort());
  });
});

describe('what ACR may send too', () => {
  const envelope = { id: '1', timestamp: '2026-11-17T16:52:01Z' };
  it.for([
    { name: 'a push whose tag is empty', body: pushBody({ tag: '' }), expected: 'push without a tag' },
    { name: 'a push whose tag is null', body: pushBody({ tag: null }), expected: 'push without a tag' },
    { name: 'a push without a target', body: { ...envelope, action: 'push' }, expected: 'push without a tag' },
    {
      name: 'a push whose target is null',
      body: { ...envelope, action: 'push', target: null },
      expected: 'push without a tag',
    },
    {
      name: 'a deletion whose repository is empty',
      body: deleteBody({ repository: '' }),
      expected: 'deletion without a repository',
    },
    {
      name: 'a deletion whose repository is null',
      body: deleteBody({ repository: null }),
      expected: 'deletion without a repository',
    },
    {
      name: 'a deletion of nothing',
      body: { ...envelope, action: 'delete', target: {} },
      expected: 'deletion without a repository',
    },
    {
      name: 'a deletion without a target',
      body: { ...envelope, action: 'delete' },
      expected: 'deletion without a repository',
    },
    {
      name: 'a deletion without a repository, whatever else is wrong with it',
      body: deleteBody({ repository: undefined, digest: 'x' }, { timestamp: 'today' }),
      expected: 'deletion without a repository',
    },
    { name: 'an action of later days', body: { ...envelope, action: 'copy' }, expected: 'unknown action "copy"' },
    { name: 'a known action in other case', body: { ...envelope, action: 'PUSH' }, expected: 'unknown action "PUSH"' },
    {
      name: 'an action like a property of every object',
      body: { ...envelope, action: '__proto__' },
      expected: 'unknown action "__proto__"',
    },
  ])('ignores $name', ({ body, expected }) => {
    expect(parseNotification(bytesOf(body))).toMatchObject({ type: 'ignored', reason: expected });
  });

  it.for([
    { name: 'is absent', digest: undefined },
    { name: 'is null', digest: null },
    { name: 'is empty', digest: '' },
  ])('reads a deletion whose digest $name as the removal of the repository', ({ digest }) => {
    const removal = { eventAt: '2026-11-17T16:54:53.657764628Z', repository: 'public/products/web' };
    expect(parseNotification(bytesOf(deleteBody({ digest })))).toStrictEqual({ type: 'deletion', removal });
  });

  it('reads a deletion that names a tag as one of the digest', () => {
    expect(parseNotification(bytesOf(deleteBody({ tag: '1.2' })))).toEqual(parseNotification(bytesOf(deleteBody())));
  });

  it('keeps what it says of an endless action short and well formed', () => {
    const notification = parseNotification(bytesOf({ ...envelope, action: `\ud800${'x'.repeat(60_000)}` }));
    expect(notification).toMatchObject({ type: 'ignored', action: `\ufffd${'x'.repeat(79)}` });
    expect(JSON.stringify(notification).length).toBeLessThan(300);
  });

  it.for([
    { name: 'fields nobody knows', body: pushBody({ sbom: { a: [1] } }, { actor: { name: 'x' }, source: null }) },
    { name: 'a byte order mark', body: `\ufeff${JSON.stringify(pushBody())}` },
    { name: 'white space around it', body: `\n ${JSON.stringify(pushBody(), null, 4)}\r\n` },
    {
      name: 'no size, length or request',
      body: pushBody({ size: undefined, length: undefined }, { request: undefined }),
    },
    {
      name: 'numbers beyond all bounds',
      body: JSON.stringify(pushBody({ size: 0 })).replace('"size":0', '"size":1e999'),
    },
    { name: 'a prototype', body: JSON.stringify(pushBody()).replace('{', '{"__proto__":{"action":"ping"},') },
  ])('reads a push with $name', ({ body }) => {
    expect(parseNotification(bytesOf(body))).toMatchObject({ type: 'push', push: { tag: '1.2', digest: DIGEST } });
  });

  it.for([
    {
      name: 'without fractional digits',
      timestamp: '2026-11-17T16:52:01Z',
      expected: '2026-11-17T16:52:01.000000000Z',
    },
    { name: 'with seven', timestamp: '2026-11-17T16:52:01.3431453Z', expected: '2026-11-17T16:52:01.343145300Z' },
    { name: 'with an offset', timestamp: '2026-11-17T17:52:01.5+01:00', expected: '2026-11-17T16:52:01.500000000Z' },
  ])('reads a time $name', ({ timestamp, expected }) => {
    expect(parseNotification(bytesOf(pushBody({}, { timestamp })))).toMatchObject({ push: { eventAt: expected } });
  });

  it.for([
    { name: 'is absent', mediaType: undefined },
    { name: 'is null', mediaType: null },
    { name: 'is no text', mediaType: 7 },
    { name: 'is empty', mediaType: '' },
    { name: 'is longer than 100 characters', mediaType: `application/${'x'.repeat(89)}` },
    { name: 'has odd characters', mediaType: 'application/<script>' },
    { name: 'has lone surrogates', mediaType: 'application/\ud800' },
  ])('leaves a media type out that $name', ({ mediaType }) => {
    const notification = parseNotification(bytesOf(pushBody({ mediaType })));
    expect(notification).toMatchObject({ type: 'push', push: { tag: '1.2' } });
    expect(notification).not.toHaveProperty('push.mediaType');
  });

  it('keeps a media type of 100 characters', () => {
    const mediaType = `application/${'x'.repeat(88)}`;
    expect(parseNotification(bytesOf(pushBody({ mediaType })))).toMatchObject({ push: { mediaType } });
  });
});
