import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptEntity } from '../../../src/adapters/table/storage-errors.ts';
import { fromTagProperties, toTagProperties } from '../../../src/adapters/table/tag-document.ts';
import { DOCUMENT_LIMIT, documentSize, forget, OUTBOX_LIMIT } from '../../../src/core/forget.ts';
import type { EventTime } from '../../../src/core/instant.ts';
import type { Region } from '../../../src/core/names.ts';
import { replicationKey, replications } from '../../../src/core/replications.ts';
import type { TagState } from '../../../src/core/tag-state.ts';
import { SchemaTooNew } from '../../../src/usecases/ports.ts';
import {
  advanced,
  announcementOf,
  arrival,
  at,
  digestA,
  digestB,
  eastus,
  eventAt,
  fourRegions,
  MANIFEST_MEDIA_TYPE,
  numberedDigest,
  optedIn,
  policy,
  tagState,
  webTag,
  westus,
} from '../../builders.ts';
import { state } from './arbitrary.ts';

const documentOf = (given: TagState) => String(toTagProperties(given)['document']);
const decoded = (given: TagState) => fromTagProperties(webTag, toTagProperties(given));

/** One push after the other, each of its own digest, and each replicated. */
function pushed(count: number, mediaType?: string): TagState {
  const pushes = Array.from({ length: count }, (_, push) => ({ seconds: push * 60, digest: numberedDigest(push) }));
  const facts = pushes.flatMap((push) =>
    fourRegions.map((region) => arrival({ ...push, region, ...(mediaType === undefined ? {} : { mediaType }) })),
  );
  const said = pushes.map(({ digest, seconds }) => [
    replicationKey({ digest, ordinal: 1 }),
    { bornAt: eventAt(seconds), completed: at(seconds) },
  ]);
  return tagState(facts, { idPrefix: 'k'.repeat(26), said: Object.fromEntries(said) });
}

describe('the document of a tag', () => {
  it('gives back every state', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(decoded(given)).toEqual(given);
      }),
    );
  });

  it('is never longer than the core reckons', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(documentOf(given).length).toBeLessThanOrEqual(documentSize(given));
      }),
    );
  });

  it('is never longer than the core reckons, where every number has all the digits that it can have', () => {
    const latest = '9999-12-31T23:59:59.999999999Z' as EventTime;
    const receivedAt = 9_999_999_999_999;
    const facts = Array.from({ length: 200 }, (_, index) =>
      arrival({ eventAt: latest, receivedAt, region: `r${index}` as Region, digest: numberedDigest(index) }),
    );
    const given: TagState = {
      ...tagState(facts, { idPrefix: 'i'.repeat(40), sequence: Number.MAX_SAFE_INTEGER }),
      alarm: { id: 'i'.repeat(40), dueAt: 999_999_999_999_999 },
      horizon: latest,
    };
    expect(documentOf(given).length).toBeLessThanOrEqual(documentSize(given));
  });

  it('has room for a hundred pushes to four regions', () => {
    expect(documentOf(pushed(100, MANIFEST_MEDIA_TYPE)).length).toBeLessThanOrEqual(DOCUMENT_LIMIT);
    expect(documentSize(pushed(100, MANIFEST_MEDIA_TYPE))).toBeLessThanOrEqual(DOCUMENT_LIMIT);
  });

  it('names each region, media type and digest once', () => {
    const document = documentOf(pushed(3, MANIFEST_MEDIA_TYPE));
    for (const text of [...fourRegions, MANIFEST_MEDIA_TYPE, numberedDigest(2)]) {
      expect(document.split(text)).toHaveLength(2);
    }
  });

  it('takes the media type that was reported first for that of the digest', () => {
    const facts = ['first', 'second'].map((mediaType, index) =>
      arrival({ seconds: index, region: [westus, eastus][index] as Region, mediaType }),
    );
    const mediaTypes = decoded(tagState(facts)).facts.map((fact) => fact.type === 'arrival' && fact.mediaType);
    expect(mediaTypes).toEqual(['first', 'first']);
  });

  it('keeps what was said of a replication whose facts are gone', () => {
    const said = {
      [replicationKey({ digest: digestB, ordinal: 2 })]: { bornAt: eventAt(3), superseded: true },
    } as const;
    const given = tagState([arrival()], { said, forgotten: { [digestB]: 1 } });
    expect(decoded(given)).toEqual(given);
  });

  it('is written again in the same way after it was read', () => {
    const given = pushed(5);
    expect(toTagProperties(decoded(given))).toEqual(toTagProperties(given));
  });

  it('is refused when it is too long for the store', () => {
    const facts = Array.from({ length: 1_000 }, (_, seconds) => arrival({ seconds }));
    expect(() => toTagProperties(tagState(facts))).toThrow(RangeError);
  });
});

describe('the outbox of a tag', () => {
  it('fits whenever the core leaves it as it is', () => {
    const long = (length: number) => ({ region: 'r'.repeat(length) as Region });
    const seen = (regions: number) =>
      Array.from({ length: regions }, (_, index) => ({
        ...long(40),
        arrivedAt: at(index),
        lagMs: 9_999_999_999,
        source: 'reconciled' as const,
      }));
    for (const regions of [0, 4, 60]) {
      const announcement = (_: unknown, index: number) =>
        announcementOf({
          id: `${'i'.repeat(40)}-9999999`,
          sequence: 9_000_000 + index,
          type: 'replication.superseded',
          digest: numberedDigest(1, 'sha512'),
          supersededBy: numberedDigest(2, 'sha512'),
          ordinal: 9_999,
          reason: 'expired',
          ...long(40),
          origin: long(40).region,
          arrivals: seen(regions),
          missing: seen(regions).map(({ region }) => region),
        });
      const many = tagState([arrival()], { outbox: Array.from({ length: OUTBOX_LIMIT / 800 }, announcement) });
      const kept = forget(many, replications(many.facts), optedIn(westus), policy, at(0));
      expect(kept.outbox.length).toBeGreaterThan(10);
      expect(decoded(kept).outbox).toEqual(kept.outbox);
    }
  });

  it('tears no character where it is parted', () => {
    const outbox = Array.from({ length: 40 }, (_, index) =>
      announcementOf({ id: `web-${index}`, mediaType: `${'x'.repeat(index)}${'\u{1F4E6}'.repeat(100)}` }),
    );
    const properties = toTagProperties(tagState([], { outbox }));
    for (const [name, text] of Object.entries(properties).filter(([key]) => key.startsWith('outbox'))) {
      expect(text, name).toMatch(/^[\x20-\x7e]{1,32000}$/);
    }
    expect(fromTagProperties(webTag, properties).outbox).toEqual(outbox);
  });
});

describe('the plain columns of a tag', () => {
  it('say where the current replication is', () => {
    const { v, document, outbox0, ...columns } = toTagProperties(
      advanced(
        fourRegions.map((region, seconds) => arrival({ seconds, region })),
        { now: at(9) },
      ),
    );
    expect(columns).toEqual({
      status: 'replicated',
      digest: digestA,
      digests: 'aaaaaaaaaaaa',
      regions: 'canadacentral,eastus,westeurope,westus',
      pushedAt: eventAt(0),
      completedAt: eventAt(9),
    });
    expect([v, typeof document, typeof outbox0]).toEqual([1, 'string', 'string']);
  });

  it('say which digests the facts are about, not only the current one', () => {
    const facts = [arrival(), arrival({ seconds: 9, digest: digestB })];
    expect(toTagProperties(tagState(facts))['digests']).toBe('aaaaaaaaaaaa bbbbbbbbbbbb');
  });

  it('say no more than that there are no digests while nothing is known', () => {
    const { v, document, ...columns } = toTagProperties(tagState());
    expect(columns).toEqual({ digests: '' });
    expect([v, typeof document]).toEqual([1, 'string']);
  });
});

describe('a stored document', () => {
  const sound = toTagProperties(pushed(2));
  const changed = (change: (document: Record<string, unknown[]>) => void) => {
    const document = JSON.parse(String(sound['document']));
    change(document);
    return { ...sound, document: JSON.stringify(document) };
  };

  it('of a newer release is not read', () => {
    const newer = { ...sound, v: 2, document: 'whatever a newer release may write' };
    expect(() => fromTagProperties(webTag, newer)).toThrow(SchemaTooNew);
    expect(() => fromTagProperties(webTag, newer)).toThrow(/contoso:public\/products\/web:1\.2.*got 2/);
  });

  it.for<{ name: string; properties: Record<string, unknown> }>([
    { name: 'is missing', properties: { v: 1 } },
    { name: 'has no version', properties: { document: sound['document'] } },
    { name: 'is not JSON', properties: { ...sound, document: '{"idPrefix":' } },
    { name: 'has an outbox that was cut', properties: { ...sound, outbox0: '[{"id":' } },
    { name: 'lacks its facts', properties: changed((document) => delete document['facts']) },
    { name: 'has a fact of another form', properties: changed(({ facts }) => facts?.push(['a', 'b'])) },
    { name: 'points to no digest', properties: changed(({ facts }) => facts?.push([99, 0, 'dkulskoydc00', 1, 0])) },
    { name: 'points to no region', properties: changed(({ facts }) => facts?.push([0, 99, 'dkulskoydc00', 1, 0])) },
    { name: 'has an unknown code', properties: changed(({ facts }) => facts?.push([0, 0, 'dkulskoydc00', 1, 7])) },
    { name: 'has no event time', properties: changed(({ facts }) => facts?.push([0, 0, 'yesterday!', 1, 0])) },
  ])('that $name is said to be corrupt, and whose', ({ properties }) => {
    expect(() => fromTagProperties(webTag, properties)).toThrow(CorruptEntity);
    expect(() => fromTagProperties(webTag, properties)).toThrow(/contoso:public\/products\/web:1\.2/);
  });
});
