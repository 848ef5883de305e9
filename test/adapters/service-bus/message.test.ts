import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DATA_SCHEMA, toMessage } from '../../../src/adapters/service-bus/message.ts';
import {
  replicationEventJsonSchema,
  replicationEventSchema,
} from '../../../src/adapters/service-bus/replication-event.ts';
import { ANNOUNCEMENT_TYPES, type AnnouncementType } from '../../../src/core/announcements.ts';
import type { Region, Registry } from '../../../src/core/names.ts';
import { announcementOf, at, digestA, digestB, webTag } from '../../builders.ts';
import { announcementOfType, tagNamed } from './announcements.ts';

const REGISTRY = { loginServer: 'contoso.azurecr.io' };
const LIMIT_BYTES = 256 * 1024;
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const published = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../docs/replication-event.schema.json', import.meta.url), 'utf8')),
);

describe('a message', () => {
  it('says all that a pipeline needs', () => {
    expect(toMessage(webTag, announcementOf(), REGISTRY)).toEqual({
      messageId: 'web-1',
      contentType: 'application/cloudevents+json',
      subject: 'public/products/web:1.2',
      sessionId: 'contoso:public/products/web:1.2',
      applicationProperties: {
        type: 'replication.completed',
        registry: 'contoso',
        repository: 'public/products/web',
        tag: '1.2',
        digest: digestA,
      },
      body: {
        specversion: '1.0',
        id: 'web-1',
        source: 'urn:landfall:registry:contoso',
        type: 'replication.completed',
        subject: 'public/products/web:1.2',
        time: '2026-08-21T12:00:03.000Z',
        datacontenttype: 'application/json',
        dataschema: 'urn:landfall:schema:replication-event:1',
        sequence: '0000000000000001',
        data: {
          registry: 'contoso',
          repository: 'public/products/web',
          tag: '1.2',
          digest: digestA,
          image: `contoso.azurecr.io/public/products/web@${digestA}`,
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          originRegion: 'westus',
          pushedAt: '2026-08-21T12:00:00.000000000Z',
          firstHeardAt: '2026-08-21T12:00:00.000Z',
          completedAt: '2026-08-21T12:00:03.000Z',
          durationMs: 3_000,
          regions: [
            { region: 'westus', arrivedAt: '2026-08-21T12:00:00.000Z', lagMs: 0, source: 'announced' },
            { region: 'eastus', arrivedAt: '2026-08-21T12:00:01.000Z', lagMs: 1_000, source: 'announced' },
            { region: 'canadacentral', arrivedAt: '2026-08-21T12:00:02.000Z', lagMs: 2_000, source: 'announced' },
            { region: 'westeurope', arrivedAt: '2026-08-21T12:00:03.000Z', lagMs: 3_000, source: 'announced' },
          ],
          missing: [],
        },
      },
    });
  });

  const particulars: { type: AnnouncementType; expected: object; property?: string }[] = [
    { type: 'replication.completed', expected: { completedAt: '2026-08-21T12:00:03.000Z' } },
    { type: 'replication.lagging', expected: { region: 'westeurope' }, property: 'westeurope' },
    { type: 'replication.recovered', expected: { region: 'westeurope' }, property: 'westeurope' },
    { type: 'replication.superseded', expected: { supersededBy: digestB } },
    { type: 'replication.abandoned', expected: { reason: 'expired' } },
  ];
  it.for(particulars)('of $type says what is particular to it', ({ type, expected, property }) => {
    const { body, applicationProperties } = toMessage(webTag, announcementOfType(type), REGISTRY);
    const common = toMessage(webTag, announcementOf(), REGISTRY).body.data;
    const known = new Set(Object.keys(common).filter((key) => key !== 'completedAt'));
    expect(Object.fromEntries(Object.entries(body.data).filter(([key]) => !known.has(key)))).toEqual(expected);
    expect(applicationProperties).toMatchObject({ type });
    expect(applicationProperties?.['region']).toBe(property);
  });

  it('leaves out a media type that nobody knows', () => {
    const { mediaType, ...announcement } = announcementOf();
    expect(mediaType).toBeDefined();
    expect(toMessage(webTag, announcement, REGISTRY).body.data).not.toHaveProperty('mediaType');
  });

  it('has sequences that sort as texts', () => {
    const sequences = [1, 9, 10, 99, 1_000, Number.MAX_SAFE_INTEGER].map(
      (sequence) => toMessage(webTag, announcementOf({ sequence }), REGISTRY).body.sequence,
    );
    expect([...sequences].sort()).toEqual(sequences);
    expect(new Set(sequences.map(({ length }) => length))).toEqual(new Set([16]));
  });

  it('never says that something took less than no time', () => {
    const announcement = announcementOf({ decidedAt: at(0) - 1 });
    expect(toMessage(webTag, announcement, REGISTRY).body.data.durationMs).toBe(0);
  });

  it('is refused, not sent half, when what is particular to it is lacking', () => {
    const { region: lacking, ...announcement } = announcementOfType('replication.lagging');
    expect(lacking).toBeDefined();
    expect(() => toMessage(webTag, announcement, REGISTRY)).toThrow(
      'Expected replication.lagging web-1 to have a region, got none',
    );
  });
});

describe('the session of a tag', () => {
  const keyed = (length: number) => tagNamed('r'.repeat(length - 'contoso::1.2'.length));
  const sessionOf = (length: number) => toMessage(keyed(length), announcementOf(), REGISTRY).sessionId;

  it.for([
    { name: 'is its key below the limit', length: 127, expected: /^contoso:r+:1\.2$/ },
    { name: 'is its key at the limit', length: 128, expected: /^contoso:r+:1\.2$/ },
    { name: 'is a hash of its key above the limit', length: 129, expected: /^[a-f0-9]{64}$/ },
  ])('$name', ({ length, expected }) => {
    expect(sessionOf(length)).toMatch(expected);
  });

  it('is the same every time and another for another tag', () => {
    expect(sessionOf(200)).toBe(sessionOf(200));
    expect(sessionOf(200)).not.toBe(sessionOf(201));
  });
});

describe('the size of a message', () => {
  const many = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(39, '0')}` as Region);
  const widest = (count: number) =>
    announcementOf({
      id: `${'p'.repeat(40)}-${Number.MAX_SAFE_INTEGER}`,
      mediaType: `a/${'+'.repeat(98)}`,
      origin: 'o'.repeat(40) as Region,
      arrivals: many(count, 'a').map((name) => ({
        region: name,
        arrivedAt: at(0),
        lagMs: 99_999_999_999,
        source: 'reconciled',
      })),
      missing: many(count, 'm'),
    });
  const longest = { ...tagNamed('r'.repeat(256), 't'.repeat(128)), registry: 'x'.repeat(50) as Registry };

  it.for([{ count: 100 }, { count: 400 }, { count: 10_000 }])(
    'is within the limit with $count regions',
    ({ count }) => {
      const message = toMessage(longest, widest(count), { loginServer: `${'l'.repeat(50)}.azurecr.io` });
      expect(sizeOf(message)).toBeLessThan(LIMIT_BYTES / 2);
      expect(replicationEventSchema.parse(message.body)).toEqual(message.body);
    },
  );

  it.for([
    { name: 'says nothing of omissions up to as many as it holds', count: 400, expected: undefined },
    { name: 'says how many it omits', count: 401, expected: 2 },
  ])('$name', ({ count, expected }) => {
    expect(toMessage(longest, widest(count), REGISTRY).body.data.omittedRegions).toBe(expected);
  });
});

describe('docs/replication-event.schema.json', () => {
  it('is what `npm run schema` writes', () => {
    const file = readFileSync(new URL('../../../docs/replication-event.schema.json', import.meta.url), 'utf8');
    expect(file === replicationEventJsonSchema(), 'run `npm run schema`').toBe(true);
  });

  it('names itself as messages do', () => {
    expect(JSON.parse(replicationEventJsonSchema())).toMatchObject({ $id: DATA_SCHEMA });
  });

  it.for(ANNOUNCEMENT_TYPES.map((type) => ({ type })))('holds for $type, and every field stands in it', ({ type }) => {
    const { body } = toMessage(webTag, announcementOfType(type), REGISTRY);
    expect(published.parse(body)).toEqual(body);
    expect(replicationEventSchema.parse(body)).toEqual(body);
  });

  it('lets a later release add fields', () => {
    const { body } = toMessage(webTag, announcementOf(), REGISTRY);
    expect(published.safeParse({ ...body, traceparent: '00', data: { ...body.data, sbom: {} } }).success).toBe(true);
  });

  it.for([
    { name: 'no id', change: { id: undefined } },
    { name: 'another specversion', change: { specversion: '0.3' } },
    { name: 'an unknown type', change: { type: 'replication.exploded' } },
    { name: 'the data of another type', change: { type: 'replication.lagging' } },
    { name: 'a sequence that is a number', change: { sequence: 7 } },
    { name: 'no data', change: { data: undefined } },
  ])('does not hold for an event with $name', ({ change }) => {
    const { body } = toMessage(webTag, announcementOf(), REGISTRY);
    expect(published.safeParse(JSON.parse(JSON.stringify({ ...body, ...change }))).success).toBe(false);
  });
});
