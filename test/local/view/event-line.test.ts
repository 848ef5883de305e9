import { describe, expect, it } from 'vitest';
import type { Digest, Region } from '../../../src/core/names.ts';
import { newContoso } from '../../../src/local/registry/model.ts';
import type { AnnouncedEvent, ArrivedEvent, StackEvent } from '../../../src/local/stack/events.ts';
import { eventLine } from '../../../src/local/view/event-line.ts';
import { type Paint, plainPaint } from '../../../src/local/view/paint.ts';
import { clock, regionNames } from '../../../src/local/view/words.ts';

const look = { paint: plainPaint, clock: clock('UTC'), regionName: regionNames(newContoso().replicas) };
const at = '2026-11-17T16:52:01.343Z';
const digest = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d' as Digest;
const other = 'sha256:91ef6b0f3a5b5e0e2f4e8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a3928' as Digest;
const image = 'public/products/web:1.4.7';
const westus = 'westus' as Region;

const arrived = (overrides: Partial<ArrivedEvent>): ArrivedEvent => ({
  ...{ event: 'arrived', at, image, digest, region: westus },
  ...{ lagMs: 0, outcome: 'recorded', arrivedCount: 1, regionCount: 4, isCurrent: true },
  ...overrides,
});
const announced = (overrides: Partial<AnnouncedEvent>): AnnouncedEvent => ({
  ...{ event: 'announced', at, type: 'replication.completed', id: '1', sequence: 1, image, digest, durationMs: 8_100 },
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
