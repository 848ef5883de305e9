import { describe, expect, it } from 'vitest';
import type { Digest, Region, Repository, Tag } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type {
  AnnouncedEvent,
  ArrivedEvent,
  ReplicaAnnouncedEvent,
  ReplicaEvent,
  StackEvent,
} from '../../../src/local/stack/events.ts';
import { eventLine } from '../../../src/local/view/event-line.ts';
import { type Paint, plainPaint } from '../../../src/local/view/paint.ts';
import { clock, regionNames } from '../../../src/local/view/words.ts';

const look = { paint: plainPaint, clock: clock('UTC'), regionName: regionNames(newContoso().replicas) };
const at = '2026-11-17T16:52:01.343Z';
const digest = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d' as Digest;
const other = 'sha256:91ef6b0f3a5b5e0e2f4e8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a3928' as Digest;
const image = 'public/products/web:1.4.7';
const westus = 'westus' as Region;
const web = 'public/products/web' as Repository;

const arrived = (overrides: Partial<ArrivedEvent>): ArrivedEvent => ({
  ...{ event: 'arrived', at, image, digest, region: westus },
  ...{ lagMs: 0, outcome: 'recorded', arrivedCount: 1, regionCount: 4, isCurrent: true },
  ...overrides,
});
const announced = (overrides: Partial<AnnouncedEvent>): AnnouncedEvent => ({
  ...{ event: 'announced', at, type: 'replication.completed', id: '1', sequence: 1, image, digest, durationMs: 8_100 },
  ...overrides,
});

const replica = (overrides: Partial<ReplicaEvent>): ReplicaEvent => ({
  ...{ event: 'replica', at, change: 'changed', region: 'japaneast' as Region, displayName: 'Japan East' },
  ...{ isHome: false, provisioningState: 'Succeeded', displayStatus: 'Ready' },
  ...overrides,
});
const replicaAnnounced = (overrides: Partial<ReplicaAnnouncedEvent>): ReplicaAnnouncedEvent => ({
  ...{ event: 'replica-announced', at, type: 'replica.not-ready', id: '1', sequence: 1, durationMs: 61_000 },
  ...{ region: 'westeurope' as Region, condition: 'Failed, Failed: why' },
  ...overrides,
});

describe('eventLine', () => {
  it.for<{ name: string; event: StackEvent; expected: string | undefined }>([
    {
      name: 'a push, with what was pushed where',
      event: { event: 'pushed', at, image, digest, region: westus },
      expected: '16:52:01  pushed     public/products/web:1.4.7   West US         sha256:80f0d5c8',
    },
    {
      name: 'the first arrival, from which lag counts',
      event: arrived({}),
      expected: '16:52:01  arrived    public/products/web:1.4.7   West US         1 of 4  first',
    },
    {
      name: 'a later arrival, with how much later',
      event: arrived({ region: 'canadacentral' as Region, lagMs: 2_345, arrivedCount: 3 }),
      expected: '16:52:01  arrived    public/products/web:1.4.7   Canada Central  3 of 4  +2.3 s',
    },
    {
      name: 'an arrival that the app knew already',
      event: arrived({ outcome: 'duplicate', arrivedCount: 4 }),
      expected: '16:52:01  arrived    public/products/web:1.4.7   West US         duplicate, changes nothing',
    },
    {
      name: 'an arrival of a push that was overwritten meanwhile',
      event: arrived({ arrivedCount: 2, lagMs: 1_000, isCurrent: false }),
      expected:
        '16:52:01  arrived    public/products/web:1.4.7   West US         2 of 4  +1.0 s  of the overwritten push',
    },
    {
      name: 'an image with a long name, moved to the right but whole',
      event: arrived({ image: 'public/products/storefront/web:1.4.7' }),
      expected: '16:52:01  arrived    public/products/storefront/web:1.4.7 West US         1 of 4  first',
    },
    {
      name: 'a lost webhook',
      event: { event: 'lost', at, image, digest, region: westus, reason: 'the webhook got lost on its way' },
      expected: '16:52:01  lost       public/products/web:1.4.7   West US         the webhook got lost on its way',
    },
    {
      name: 'a lost webhook of a deletion, with its digest cut short',
      event: { event: 'lost', at, image: `public/web@${digest}`, digest, region: westus, reason: 'no answer' },
      expected: '16:52:01  lost       public/web@sha256:80f0d5c8  West US         no answer',
    },
    {
      name: 'a deletion, with the tags that went with it',
      event: { event: 'deleted', at, repository: web, digest, tags: ['1.4.7' as Tag, 'latest' as Tag] },
      expected: '16:52:01  deleted    public/products/web         sha256:80f0d5c8 with its tags 1.4.7, latest',
    },
    {
      name: 'a deletion of what no tag pointed to',
      event: { event: 'deleted', at, repository: web, digest, tags: [] },
      expected: '16:52:01  deleted    public/products/web         sha256:80f0d5c8 no tag pointed to it',
    },
    {
      name: 'a deletion that a region told of',
      event: { event: 'deletion-arrived', at, image: `${web}@${digest}`, digest, region: westus, outcome: 'recorded' },
      expected:
        '16:52:01  arrived    public/products/web         West US         recorded  deletion of sha256:80f0d5c8',
    },
    {
      name: 'a replica that is added',
      event: replica({ change: 'added', provisioningState: 'Creating' }),
      expected: '16:52:01  replica    of the registry             Japan East      added, Creating',
    },
    {
      name: 'a replica that is ready',
      event: replica({}),
      expected: '16:52:01  replica    of the registry             Japan East      Succeeded',
    },
    {
      name: 'a replica that failed, and why',
      event: replica({ change: 'added', provisioningState: 'Failed', message: 'Missing permission.' }),
      expected: '16:52:01  replica    of the registry             Japan East      added, Failed: Missing permission.',
    },
    {
      name: 'a replica that is removed',
      event: replica({ change: 'removed' }),
      expected: '16:52:01  replica    of the registry             Japan East      removed',
    },
    {
      name: 'the management API switched off',
      event: { event: 'management', at, mode: 'off' },
      expected: '16:52:01  api        the management API is off: connections are reset',
    },
    {
      name: 'the management API switched on',
      event: { event: 'management', at, mode: 'on' },
      expected: '16:52:01  api        the management API answers again',
    },
    {
      name: 'a replica announced as not ready',
      event: replicaAnnounced({}),
      expected: '16:52:01  not-ready  of the registry             West Europe     for 61 s  Failed, Failed: why',
    },
    {
      name: 'a replica announced as ready again',
      event: replicaAnnounced({ type: 'replica.ready', condition: 'Succeeded, Ready' }),
      expected: '16:52:01  ready      of the registry             West Europe     after 61 s  Succeeded, Ready',
    },
    {
      name: 'completed',
      event: announced({}),
      expected: '16:52:01  completed  public/products/web:1.4.7   everywhere      after 8.1 s',
    },
    {
      name: 'lagging',
      event: announced({ type: 'replication.lagging', region: 'westeurope' as Region, durationMs: 61_000 }),
      expected: '16:52:01  lagging    public/products/web:1.4.7   West Europe     missing for 61 s',
    },
    {
      name: 'recovered',
      event: announced({ type: 'replication.recovered', region: 'westeurope' as Region, durationMs: 185_000 }),
      expected: '16:52:01  recovered  public/products/web:1.4.7   West Europe     after 3 min 05 s',
    },
    {
      name: 'superseded, by what',
      event: announced({ type: 'replication.superseded', supersededBy: other }),
      expected: '16:52:01  superseded public/products/web:1.4.7   sha256:80f0d5c8 by sha256:91ef6b0f',
    },
    {
      name: 'abandoned, why',
      event: announced({ type: 'replication.abandoned', reason: 'expired' }),
      expected: '16:52:01  abandoned  public/products/web:1.4.7   sha256:80f0d5c8 expired',
    },
    {
      name: 'a process of the app that serves',
      event: { event: 'app', at, state: 'running', instance: 1, pid: 42, isRestart: false },
      expected: '16:52:01  app        process 42 of app instance 1 serves',
    },
    {
      name: 'a process of the app that was killed',
      event: { event: 'app', at, state: 'ended', instance: 2, pid: 42, isRestart: false, reason: 'SIGKILL' },
      expected: '16:52:01  app        process 42 of app instance 2 ended (SIGKILL); starting another',
    },
    {
      name: 'the first line of what the app complains about',
      event: { event: 'log', at, level: 'error', message: 'Failed: it broke\n    at line 1' },
      expected: '16:52:01  error      Failed: it broke',
    },
    { name: 'nothing when it stops', event: { event: 'stopping', at, reason: 'Ctrl-C' }, expected: undefined },
  ])('shows $name', ({ event, expected }) => {
    expect(eventLine(event, look)).toBe(expected);
  });

  it('cuts a long complaint short', () => {
    const line = eventLine({ event: 'log', at, level: 'warning', message: 'x'.repeat(1000) }, look);
    expect(line).toHaveLength('16:52:01  warning    '.length + 160);
  });

  it.for<{ name: string; event: StackEvent; expected: string }>([
    { name: 'completed is green', event: announced({}), expected: 'green' },
    { name: 'lagging is yellow', event: announced({ type: 'replication.lagging' }), expected: 'yellow' },
    { name: 'superseded is dim', event: announced({ type: 'replication.superseded' }), expected: 'dim' },
    { name: 'abandoned is red', event: announced({ type: 'replication.abandoned' }), expected: 'red' },
    { name: 'a duplicate is dim', event: arrived({ outcome: 'duplicate' }), expected: 'dim' },
  ])('$name', ({ event, expected }) => {
    const marked: Paint = (style, text) => `<${style}>${text}</${style}>`;
    const line = eventLine(event, { ...look, paint: marked }) ?? '';
    expect(line.split('  ').slice(1).join('  ')).toMatch(new RegExp(`^<${expected}>`));
  });
});
