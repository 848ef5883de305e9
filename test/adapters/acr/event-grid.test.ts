import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRegistryEvent } from '../../../src/adapters/acr/event-grid.ts';
import { EVENTS, type EventName, eventWith, pushedEvent, recordedEvent } from './events.ts';

const DIGEST = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d';
const push = {
  eventAt: '2026-11-17T16:52:01.468100900Z',
  repository: 'public/products/web',
  tag: '1.2',
  digest: DIGEST,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
};
const removal = { eventAt: '2026-11-17T16:54:53.185024800Z', repository: 'public/products/web', digest: DIGEST };
const origin = { type: 'notification', registry: 'contoso', region: 'westus' };

describe('what Event Grid delivers', () => {
  const cases: { name: string; event: EventName; expected: object }[] = [
    {
      name: 'a pushed image is a push in the region of its location',
      event: 'image-pushed',
      expected: { ...origin, notification: { type: 'push', push } },
    },
    {
      name: 'a pushed image says the same as a CloudEvent',
      event: 'cloud-image-pushed',
      expected: { ...origin, notification: { type: 'push', push } },
    },
    {
      name: 'a deleted image is the removal of a digest there',
      event: 'image-deleted',
      expected: { ...origin, notification: { type: 'deletion', removal } },
    },
    {
      name: 'a deleted image says the same as a CloudEvent',
      event: 'cloud-image-deleted',
      expected: { ...origin, notification: { type: 'deletion', removal } },
    },
    {
      name: 'a chart is ignored',
      event: 'chart-pushed',
      expected: { type: 'ignored', reason: 'event of type "Microsoft.ContainerRegistry.ChartPushed"' },
    },
    {
      name: 'what a connected registry tells is ignored',
      event: 'connected-image-pushed',
      expected: { type: 'ignored', registry: 'contoso', reason: 'event of a connected registry' },
    },
  ];
  it.for(cases)('$name', ({ event, expected }) => {
    expect(parseRegistryEvent(recordedEvent(event))).toEqual(expected);
  });

  it('has a case for every recorded event', () => {
    expect(cases.map(({ event }) => event).sort()).toEqual([...EVENTS].sort());
  });

  it.for([
    { name: 'no location, as events of the first schema have', location: undefined },
    { name: 'a location that is null', location: null },
    { name: 'an empty location', location: '' },
  ])('ignores an event with $name: nobody knows its region', ({ location }) => {
    expect(parseRegistryEvent(pushedEvent({ location }))).toEqual({
      type: 'ignored',
      registry: 'contoso',
      reason: 'event without a location',
    });
  });

  it.for([
    { name: 'without a tag', target: { tag: '' }, expected: 'push without a tag' },
    { name: 'without a target', target: undefined, expected: 'push without a tag' },
  ])('hands on that a push $name is ignored, as the webhook ignores it', ({ target, expected }) => {
    const event = pushedEvent({ target: target && { ...recordedEvent('image-pushed').data.target, ...target } });
    expect(parseRegistryEvent(event)).toMatchObject({ ...origin, notification: { type: 'ignored', reason: expected } });
  });

  it('reads the deletion of a repository without a digest', () => {
    const event = eventWith('image-deleted', { target: { repository: 'public/products/web' } });
    const notification = {
      type: 'deletion',
      removal: { eventAt: removal.eventAt, repository: 'public/products/web' },
    };
    expect(parseRegistryEvent(event)).toStrictEqual({ ...origin, notification });
  });

  it.for([
    { name: 'no', timestamp: '2026-11-17T16:52:01Z', expected: '2026-11-17T16:52:01.000000000Z' },
    { name: 'seven', timestamp: '2026-11-17T16:52:01.4681009Z', expected: '2026-11-17T16:52:01.468100900Z' },
    { name: 'nine', timestamp: '2026-11-17T16:52:01.468100923Z', expected: '2026-11-17T16:52:01.468100923Z' },
  ])('takes the time of the push from its data, with $name fractional digits', ({ timestamp, expected }) => {
    expect(parseRegistryEvent(pushedEvent({ timestamp }))).toMatchObject({
      notification: { push: { eventAt: expected } },
    });
  });

  it.for([
    { name: 'the display name of a region', location: 'West US', expected: 'westus' },
    { name: 'a region in other case', location: 'WestUS', expected: 'westus' },
  ])('reads $name', ({ location, expected }) => {
    expect(parseRegistryEvent(pushedEvent({ location }))).toMatchObject({ region: expected });
  });

  it.for([
    { name: 'a subscription validation', event: { eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent' } },
    { name: 'an event of another service', event: { type: 'Microsoft.Storage.BlobCreated', specversion: '1.0' } },
    { name: 'a type in other case', event: { type: 'microsoft.containerregistry.imagepushed' } },
    { name: 'a type like a property of every object', event: { type: '__proto__' } },
  ])('ignores $name, whatever else it is', ({ event }) => {
    expect(parseRegistryEvent(event)).toMatchObject({
      type: 'ignored',
      reason: expect.stringContaining('event of type "'),
    });
  });
});

describe('the registry of an event', () => {
  const id = '/subscriptions/6c1b/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam';
  const from = (topic: unknown, host: unknown, names: { topic: string } = { topic: 'topic' }) =>
    parseRegistryEvent(pushedEvent({ request: { host } }, { topic: undefined, [names.topic]: topic }));

  it.for([
    { name: 'its topic', topic: id, host: undefined, expected: 'fabrikam' },
    { name: 'its topic, whatever host was pushed to', topic: id, host: 'contoso.azurecr.io', expected: 'fabrikam' },
    { name: 'its topic in capitals', topic: id.toUpperCase(), host: undefined, expected: 'fabrikam' },
    { name: 'the start of a longer resource id', topic: `${id}/replications/x`, host: undefined, expected: 'fabrikam' },
    { name: 'the login server without a topic', topic: undefined, host: 'contoso.azurecr.io', expected: 'contoso' },
    {
      name: 'the login server with a topic that is no registry',
      topic: '/subscriptions/6c1b',
      host: 'contoso.azurecr.io',
      expected: 'contoso',
    },
    {
      name: 'a login server with a hash after the name',
      topic: '',
      host: 'contoso-abc123.azurecr.io',
      expected: 'contoso',
    },
    {
      name: 'the login server of one region',
      topic: null,
      host: 'contoso.westus.geo.azurecr.io',
      expected: 'contoso',
    },
    { name: 'a login server of another cloud', topic: undefined, host: 'Contoso.azurecr.cn', expected: 'contoso' },
  ])('is read from $name', ({ topic, host, expected }) => {
    expect(from(topic, host)).toMatchObject({ type: 'notification', registry: expected });
  });

  it('is read from the source of a CloudEvent', () => {
    expect(from(id, 'contoso.azurecr.io', { topic: 'source' })).toMatchObject({ registry: 'fabrikam' });
  });

  it.for([
    { name: 'neither', topic: undefined, host: undefined, expected: 'got nothing' },
    { name: 'a domain of its own', topic: undefined, host: 'images.contoso.com', expected: 'got nothing' },
    { name: 'a host that only begins right', topic: '', host: 'contoso.azurecr.io.evil.example', expected: 'got ""' },
    { name: 'a host that only ends right', topic: '', host: 'evil.contoso.azurecr.io', expected: 'got ""' },
    { name: 'a host that is no text', topic: '', host: ['contoso.azurecr.io'], expected: 'got ""' },
    { name: 'a resource of another kind', topic: '/subscriptions/x', host: '', expected: 'got "/subscriptions/x"' },
  ])('cannot be read from $name', ({ topic, host, expected }) => {
    expect(from(topic, host)).toEqual({
      type: 'malformed',
      issues: [`topic: expected a registry's resource id, ${expected}`],
    });
  });

  it('cannot be read from a name that no registry has', () => {
    expect(from(id.replace('fabrikam', 'a-b'), undefined)).toMatchObject({
      type: 'malformed',
      issues: ['expected a registry name of 5 to 50 letters and digits, got "a-b"'],
    });
  });
});

describe('what Event Grid would never deliver', () => {
  it.for<{ name: string; event: unknown; expected: string[] }>([
    { name: 'nothing', event: undefined, expected: ['expected an object, got nothing'] },
    { name: 'a text', event: 'x', expected: ['expected an object, got "x"'] },
    { name: 'an array of events', event: [pushedEvent()], expected: ['expected an object, got an array'] },
    { name: 'no type', event: {}, expected: ['expected an event with an eventType or a type, got neither'] },
    {
      name: 'a type that is no text',
      event: { eventType: 7 },
      expected: ['eventType: expected a string, got 7'],
    },
    {
      name: 'no data',
      event: pushedEvent({}, { data: undefined }),
      expected: ['data: expected an object, got nothing'],
    },
    {
      name: 'data in a text',
      event: pushedEvent({}, { data: '{}' }),
      expected: ['data: expected an object, got "{}"'],
    },
    {
      name: 'no action',
      event: pushedEvent({ action: undefined }),
      expected: ['data.action: expected a string, got nothing'],
    },
    {
      name: 'a location that is no text',
      event: pushedEvent({ location: 7 }),
      expected: ['data.location: expected a string, got 7'],
    },
    {
      name: 'a location that is no region',
      event: pushedEvent({ location: 'west|us' }),
      expected: ['data.location: expected a region like "eastus" or "East US", got "west|us"'],
    },
    {
      name: 'a push in an event of a deletion',
      event: pushedEvent({}, { eventType: 'Microsoft.ContainerRegistry.ImageDeleted' }),
      expected: ['data.action: expected "delete" in an event of this type, got "push"'],
    },
    {
      name: 'a deletion in an event of a push',
      event: pushedEvent({ action: 'delete' }),
      expected: ['data.action: expected "push" in an event of this type, got "delete"'],
    },
  ])('says what is wrong with $name', ({ event, expected }) => {
    expect(parseRegistryEvent(event)).toMatchObject({ type: 'malformed', issues: expected });
  });

  it('hands on what is wrong with a push, and says where', () => {
    const event = pushedEvent({ timestamp: 'today', target: { repository: 'web', tag: '1', digest: DIGEST } });
    const issues = ['data.timestamp: expected a time like "2026-11-17T16:52:01.343145347Z", got "today"'];
    expect(parseRegistryEvent(event)).toEqual({ ...origin, notification: { type: 'malformed', issues } });
  });

  it('never throws, and takes nothing for a notification without a registry and a region', () => {
    const recorded = fc.constantFrom(...EVENTS).map(recordedEvent);
    const key = fc.constantFrom('id', 'topic', 'source', 'eventType', 'type', 'data', 'subject', '__proto__');
    const dataKey = fc.constantFrom('location', 'connectedRegistry', 'target', 'request', 'action', 'timestamp', 'id');
    fc.assert(
      fc.property(recorded, key, fc.jsonValue(), dataKey, fc.jsonValue(), (event, key, value, dataKey, dataValue) => {
        for (const changed of [
          { ...event, [key]: value },
          { ...event, data: { ...event.data, [dataKey]: dataValue } },
          { ...event, [key]: value, data: { ...event.data, [dataKey]: dataValue } },
          value,
        ]) {
          const parsed = parseRegistryEvent(changed);
          expect(['notification', 'ignored', 'malformed']).toContain(parsed.type);
          expect(parsed.type === 'notification' ? `${parsed.registry}/${parsed.region}` : 'a/b').toMatch(/^\w+\/\w+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
