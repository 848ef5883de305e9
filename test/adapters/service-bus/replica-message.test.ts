import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DATA_SCHEMA, toMessage } from '../../../src/adapters/service-bus/message.ts';
import { replicaEventJsonSchema, replicaEventSchema } from '../../../src/adapters/service-bus/replica-event.ts';
import { REPLICA_DATA_SCHEMA, toReplicaMessage } from '../../../src/adapters/service-bus/replica-message.ts';
import type { Region, Registry } from '../../../src/core/names.ts';
import { REPLICA_ANNOUNCEMENT_TYPES } from '../../../src/core/replica-announcements.ts';
import { announcementOf, at, webTag } from '../../builders.ts';
import { replicaAnnouncementOf } from '../../contract/sights.ts';

const contoso = 'contoso' as Registry;

const file = readFileSync(new URL('../../../docs/replica-event.schema.json', import.meta.url), 'utf8');
const published = z.fromJSONSchema(JSON.parse(file));

describe('a message about a replica', () => {
  it('says all that somebody who looks after the registry needs', () => {
    expect(toReplicaMessage(contoso, replicaAnnouncementOf())).toEqual({
      messageId: 'contoso-1',
      contentType: 'application/cloudevents+json',
      subject: 'westeurope',
      sessionId: 'contoso',
      applicationProperties: { type: 'replica.not-ready', registry: 'contoso', region: 'westeurope' },
      body: {
        specversion: '1.0',
        id: 'contoso-1',
        source: 'urn:landfall:registry:contoso',
        type: 'replica.not-ready',
        subject: 'westeurope',
        time: '2026-08-21T12:30:00.000Z',
        datacontenttype: 'application/json',
        dataschema: 'urn:landfall:schema:replica-event:1',
        sequence: '0000000000000001',
        data: {
          registry: 'contoso',
          region: 'westeurope',
          condition: 'Creating, Syncing',
          notReadySince: '2026-08-21T12:00:00.000Z',
          durationMs: 1_800_000,
        },
      },
    });
  });

  it.for([
    { name: 'a moment before it was decided', decidedAt: at(0) + 1, expected: 1 },
    { name: 'at the moment when it was decided', decidedAt: at(0), expected: 0 },
    { name: 'after it was decided, by another clock', decidedAt: at(0) - 1, expected: 0 },
  ])('has a duration when it was not ready $name', ({ decidedAt, expected }) => {
    const { body } = toReplicaMessage(contoso, replicaAnnouncementOf({ decidedAt, notReadySince: at(0) }));
    expect(body.data.durationMs).toBe(expected);
  });

  it('has sequences that sort as texts', () => {
    const sequences = [1, 9, 10, 99, 1_000, Number.MAX_SAFE_INTEGER].map(
      (sequence) => toReplicaMessage(contoso, replicaAnnouncementOf({ sequence })).body.sequence,
    );
    expect([...sequences].sort()).toEqual(sequences);
    expect(new Set(sequences.map(({ length }) => length))).toEqual(new Set([16]));
  });

  it('is in one session with all of its registry, and in none with a tag', () => {
    const sessions = (['westeurope', 'westus'] as Region[]).map(
      (region) => toReplicaMessage(contoso, replicaAnnouncementOf({ region })).sessionId,
    );
    expect(new Set(sessions)).toEqual(new Set(['contoso']));
    expect(toReplicaMessage('fabrikam' as Registry, replicaAnnouncementOf()).sessionId).toBe('fabrikam');
    expect(toMessage(webTag, announcementOf(), { loginServer: 'contoso.azurecr.io' }).sessionId).toContain(':');
  });
});

describe('docs/replica-event.schema.json', () => {
  it('is what `npm run schema` writes', () => {
    expect(file === replicaEventJsonSchema(), 'run `npm run schema`').toBe(true);
  });

  it('names itself as messages do, and not as those about replications', () => {
    expect(JSON.parse(replicaEventJsonSchema())).toMatchObject({ $id: REPLICA_DATA_SCHEMA });
    expect(REPLICA_DATA_SCHEMA).not.toBe(DATA_SCHEMA);
  });

  it.for(REPLICA_ANNOUNCEMENT_TYPES.map((type) => ({ type })))(
    'holds for $type, and every field stands in it',
    ({ type }) => {
      const { body } = toReplicaMessage(contoso, replicaAnnouncementOf({ type }));
      expect(published.parse(body)).toEqual(body);
      expect(replicaEventSchema.parse(body)).toEqual(body);
    },
  );

  it('lets a later release add fields', () => {
    const { body } = toReplicaMessage(contoso, replicaAnnouncementOf());
    expect(published.safeParse({ ...body, traceparent: '00', data: { ...body.data, name: 'x' } }).success).toBe(true);
  });

  it.for([
    { name: 'no id', change: { id: undefined } },
    { name: 'another specversion', change: { specversion: '0.3' } },
    { name: 'an unknown type', change: { type: 'replica.exploded' } },
    { name: 'a type of replications', change: { type: 'replication.lagging' } },
    { name: 'the schema of replications', change: { dataschema: DATA_SCHEMA } },
    { name: 'a sequence that is a number', change: { sequence: 7 } },
    { name: 'no data', change: { data: undefined } },
  ])('does not hold for an event with $name', ({ change }) => {
    const { body } = toReplicaMessage(contoso, replicaAnnouncementOf());
    expect(published.safeParse(JSON.parse(JSON.stringify({ ...body, ...change }))).success).toBe(false);
  });
});
