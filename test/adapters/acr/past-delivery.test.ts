import { describe, expect, it } from 'vitest';
import { parsePastDelivery } from '../../../src/adapters/acr/past-delivery.ts';
import { armFixture } from './scripted-management.ts';

interface Entry {
  readonly id?: unknown;
  readonly eventRequestMessage: Readonly<Record<string, unknown>> & {
    readonly content: Readonly<Record<string, unknown>>;
  };
  readonly eventResponseMessage: Readonly<Record<string, unknown>>;
}

const [ping, push] = armFixture<{ value: [Entry, Entry] }>('list-events').value;

const withContent = (content: unknown) => ({
  ...push,
  eventRequestMessage: { ...push.eventRequestMessage, content },
});
const withRequest = (request: Record<string, unknown>) => ({
  ...push,
  eventRequestMessage: { ...push.eventRequestMessage, ...request },
});
const withStatus = (statusCode: unknown) => ({ ...push, eventResponseMessage: { statusCode } });

describe('a past delivery', () => {
  it('is a push as the webhook would have told it, to the nanosecond', () => {
    expect(parsePastDelivery(push)).toEqual({
      id: '8eb7cdc2-db10-4213-aa91-9f5ce8d8efd7',
      notification: {
        type: 'push',
        push: {
          eventAt: '2025-09-10T21:27:30.936956612Z',
          repository: 'public/products/web',
          tag: '1.2',
          digest: 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d',
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        },
      },
      eventAt: '2025-09-10T21:27:30.936956612Z',
      requestUri: 'https://landfall.example/api/webhooks/contoso/westus',
      statusCode: 504,
    });
  });

  it('is a ping where it was one', () => {
    expect(parsePastDelivery(ping)).toMatchObject({
      notification: { type: 'ping' },
      eventAt: '2025-09-10T21:30:18.152768900Z',
      statusCode: 200,
    });
  });

  it('is the same when its content is kept as the text that was posted', () => {
    const kept = withContent(JSON.stringify(push.eventRequestMessage.content));
    expect(parsePastDelivery(kept)).toEqual(parsePastDelivery(push));
  });

  it.for([
    { name: 'text', statusCode: '202', expected: 202 },
    { name: 'a number', statusCode: 202, expected: 202 },
    { name: 'nothing', statusCode: undefined, expected: undefined },
    { name: 'an empty text', statusCode: '', expected: undefined },
    { name: 'words', statusCode: 'Accepted', expected: undefined },
    { name: 'two digits', statusCode: '99', expected: undefined },
    { name: 'three digits, the smallest', statusCode: '100', expected: 100 },
    { name: 'four digits', statusCode: '2000', expected: undefined },
  ])('reads a status that is $name', ({ statusCode, expected }) => {
    expect(parsePastDelivery(withStatus(statusCode)).statusCode).toBe(expected);
  });

  it.for([
    { name: 'its own id', entry: push, expected: push.id },
    { name: "its content's id where it has none", entry: { ...push, id: undefined }, expected: push.id },
    { name: 'no id where there is none', entry: { ...withContent({}), id: 7 }, expected: '' },
  ])('has $name', ({ entry, expected }) => {
    expect(parsePastDelivery(entry).id).toBe(expected);
  });

  it.for([
    { name: 'no content', entry: withContent(undefined) },
    { name: 'null as content', entry: withContent(null) },
    { name: 'a list as content', entry: withContent([1]) },
    { name: 'text that is no JSON', entry: withContent('<html>') },
    { name: 'no request', entry: { ...push, eventRequestMessage: undefined } },
    { name: 'a request that is a text', entry: { ...push, eventRequestMessage: 'POST' } },
    {
      name: 'a digest that is none',
      entry: withContent({ ...push.eventRequestMessage.content, target: { tag: 'a' } }),
    },
    { name: 'nothing at all', entry: undefined },
    { name: 'null', entry: null },
    { name: 'a number', entry: 3 },
  ])('is malformed with $name, and says why', ({ entry }) => {
    const { notification } = parsePastDelivery(entry);
    expect(notification.type === 'malformed' ? notification.issues.join() : notification).toContain('expected');
  });

  it('keeps what is readable of one whose content is not', () => {
    expect(parsePastDelivery(withContent(null))).toMatchObject({
      ...{ id: push.id, eventAt: undefined, statusCode: 504 },
      requestUri: 'https://landfall.example/api/webhooks/contoso/westus',
    });
  });

  it('has no URL where the registry tells none', () => {
    expect(parsePastDelivery(withRequest({ requestUri: 5 }))).toMatchObject({
      ...{ requestUri: undefined, notification: { type: 'push' } },
    });
  });

  it('has no time where there is none that can be read', () => {
    const delivery = parsePastDelivery(withContent({ ...push.eventRequestMessage.content, timestamp: 'yesterday' }));
    expect(delivery).toMatchObject({ eventAt: undefined, notification: { type: 'malformed' } });
  });

  it.for([
    { name: 'takes as much as a webhook does', bytes: 65_536, expected: 'ignored' },
    { name: 'refuses a byte more', bytes: 65_537, expected: 'malformed' },
  ])('$name', ({ bytes, expected }) => {
    const frame = JSON.stringify({ id: '1', timestamp: '2025-09-10T21:27:30Z', action: 'other', pad: '' }).length;
    const content = { id: '1', timestamp: '2025-09-10T21:27:30Z', action: 'other', pad: 'x'.repeat(bytes - frame) };
    expect(parsePastDelivery(withContent(content)).notification.type).toBe(expected);
  });

  it('is malformed when it is deeper than can be followed', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) {
      deep = [deep];
    }
    expect(parsePastDelivery(withContent({ deep })).notification.type).toBe('malformed');
  });
});
