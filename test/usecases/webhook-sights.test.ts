import { describe, expect, it } from 'vitest';
import { toEventTime } from '../../src/core/instant.ts';
import type { PastDelivery } from '../../src/usecases/ports.ts';
import {
  afterReading,
  furthest,
  newestOf,
  remembered,
  withOwners,
  worthReading,
} from '../../src/usecases/webhook-sights.ts';
import { at, eastus, eventAt, START, westeurope, westus } from '../builders.ts';
import { contoso } from './app.ts';
import { HOST, pushed, sightOf, unreadable, uriOf, webhookOf } from './past-deliveries.ts';

async function* history(seconds: readonly (number | 'unknown')[]): AsyncGenerator<PastDelivery> {
  for (const second of seconds) {
    yield second === 'unknown'
      ? { ...unreadable({ id: 'unknown' }), eventAt: undefined }
      : pushed({ seconds: second, id: String(second) });
  }
}

describe('newestOf', () => {
  it.for([
    { name: 'ends at the first entry before the horizon', all: [30, 20, 19, 25], last: undefined, expected: [30, 20] },
    {
      name: 'goes on below an entry of unknown time',
      all: [30, 'unknown', 20, 19],
      last: undefined,
      expected: [30, 'unknown', 20],
    },
    { name: 'gives nothing where there is nothing', all: [], last: undefined, expected: [] },
    { name: 'goes on below an old one that is new', all: [30, 5, 25, 19], last: '25', expected: [30, 5, 25] },
    { name: 'stops at the newest one of the last time when that is old', all: [30, 5, 25], last: '5', expected: [30] },
    {
      name: 'reads all when the newest one of the last time is gone',
      all: [30, 5, 4],
      last: 'gone',
      expected: [30, 5, 4],
    },
  ] as const)('$name', async ({ all, last, expected }) => {
    const found = await newestOf(history(all), at(20), last);
    expect(found.map(({ id }) => id)).toEqual(expected.map(String));
  });
});

describe('worthReading', () => {
  it.for([
    { name: 'ours', ownerships: ['ours'], expected: 1 },
    { name: 'what may be ours', ownerships: ['unknown'], expected: 1 },
    { name: 'others where there is nothing else', ownerships: ['other', 'other'], expected: 2 },
    { name: 'no other beside ours', ownerships: ['ours', 'other'], expected: 1 },
    { name: 'no other beside what may be ours', ownerships: ['other', 'unknown'], expected: 1 },
  ] as const)('$name', ({ ownerships, expected }) => {
    const webhooks = ownerships.map((ownership, index) => sightOf(westus, { name: `hook${index}`, ownership }));
    expect(worthReading([...webhooks, sightOf(eastus)])).toHaveLength(expected + 1);
  });
});

describe('withOwners', () => {
  const owner = (uri: string | undefined, known = sightOf(westus, { ownership: 'unknown' })) =>
    withOwners([known], () => uri, contoso, undefined).map(({ ownership, postsAs }) => [ownership, postsAs]);

  it.for([
    { name: 'our path, this region', uri: uriOf(westus), expected: ['ours', undefined] },
    {
      name: 'our path behind a prefix',
      uri: 'https://gate.example/a/webhooks/contoso/westus',
      expected: ['ours', undefined],
    },
    { name: 'our path, another region', uri: uriOf(eastus), expected: ['ours', eastus] },
    {
      name: 'our path, another registry',
      uri: 'https://x.example/api/webhooks/fabrikam/westus',
      expected: ['other', undefined],
    },
    { name: 'another path', uri: 'https://x.example/hooks', expected: ['other', undefined] },
    { name: 'no URL at all', uri: 'nonsense', expected: ['other', undefined] },
    { name: 'not known', uri: undefined, expected: ['unknown', undefined] },
  ])('$name', ({ uri, expected }) => {
    expect(owner(uri)).toEqual([expected]);
  });

  it('what was known stays in force while nothing is told', () => {
    expect(owner(undefined, sightOf(westus, { postsAs: eastus }))).toEqual([['ours', eastus]]);
  });

  it('one that was repaired posts as its own region again', () => {
    expect(owner(uriOf(westus), sightOf(westus, { postsAs: eastus }))).toEqual([['ours', undefined]]);
  });

  it.for([
    {
      name: 'the others like it are others where one posts here',
      hosts: [HOST, 'staging.example'],
      expected: ['ours', 'other'],
    },
    {
      name: 'all like it are ours where none posts here',
      hosts: ['a.example', 'b.example'],
      expected: ['ours', 'ours'],
    },
  ])('$name', ({ hosts, expected }) => {
    const webhooks = hosts.map((host) => sightOf(westus, { name: host, ownership: 'unknown' }));
    const owners = withOwners(webhooks, (host) => uriOf(westus, host), contoso, HOST);
    expect(owners.map(({ ownership }) => ownership)).toEqual(expected);
  });
});

describe('what is known of a webhook', () => {
  it('stays with its name, and what it is now replaces what it was', () => {
    const known = sightOf(westus, { cursor: eventAt(1), lastEventId: 'x', scope: 'web:*' });
    expect(remembered([webhookOf(westus), webhookOf(westeurope)], [known])).toEqual([
      { ...known, scope: '' },
      { ...webhookOf(westeurope), ownership: 'unknown' },
    ]);
  });

  it('after a reading: the newest entry, and the moment of reading', () => {
    const deliveries = [pushed({ seconds: 9, id: 'newest', statusCode: 401 }), pushed({ seconds: 1 })];
    expect(afterReading(sightOf(westus), deliveries, START)).toMatchObject({
      ...{ lastStatusCode: 401, lastEventAt: eventAt(9), lastEventId: 'newest' },
      cursor: toEventTime(START),
    });
  });

  it('an empty history, or one without an answer yet, leaves what was known of the last entry', () => {
    const known = sightOf(westus, { lastStatusCode: 200, lastEventAt: eventAt(1), lastEventId: 'x' });
    expect(afterReading(known, [], START)).toEqual({ ...known, cursor: toEventTime(START) });
    const waiting = { ...pushed({ seconds: 9 }), statusCode: undefined };
    expect(afterReading(known, [waiting], START).lastStatusCode).toBe(200);
  });

  it.for([
    { name: 'behind', cursor: START - 1 },
    { name: 'at', cursor: START },
    { name: 'ahead of', cursor: START + 1 },
  ])('a cursor that is $name our clock does not go back', ({ cursor }) => {
    const known = sightOf(westus, { cursor: toEventTime(cursor) });
    expect(afterReading(known, [], START).cursor).toBe(toEventTime(Math.max(cursor, START)));
  });

  it('whoever has read further is right', () => {
    const [behind, ahead] = [sightOf(westus, { cursor: eventAt(1) }), sightOf(westus, { cursor: eventAt(2) })];
    expect(furthest([behind], [ahead])).toEqual([ahead]);
    expect(furthest([ahead], [behind])).toEqual([ahead]);
    expect(furthest([sightOf(westus)], [ahead])).toEqual([ahead]);
    expect(furthest([ahead], [])).toEqual([ahead]);
  });
});
