// Names, facts and states as fast-check draws them: everything that the parsers let in, odd as it may be.
import fc from 'fast-check';
import type { Announcement } from '../../../src/core/announcements.ts';
import { type Fact, withFact } from '../../../src/core/facts.ts';
import { type EventTime, fromNanoseconds, toNanoseconds } from '../../../src/core/instant.ts';
import type { Digest, Region, Registry, Repository, Tag, TagName } from '../../../src/core/names.ts';
import { type ReplicationKey, replicationKey } from '../../../src/core/replications.ts';
import type { Said, TagState } from '../../../src/core/tag-state.ts';
import { announcementOf, tagState } from '../../builders.ts';

const repository = fc
  .stringMatching(/^[a-z0-9]{1,6}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}(?:\/[a-z0-9]{1,6}(?:-[a-z0-9]{1,4})?){0,30}$/)
  .filter((text) => text.length <= 256);

export const tagName: fc.Arbitrary<TagName> = fc.record({
  registry: fc.stringMatching(/^[a-z0-9]{5,50}$/) as fc.Arbitrary<string> as fc.Arbitrary<Registry>,
  repository: repository as fc.Arbitrary<string> as fc.Arbitrary<Repository>,
  tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/) as fc.Arbitrary<string> as fc.Arbitrary<Tag>,
});

export const id = fc.stringMatching(/^[a-z0-9]{1,40}$/);

const FIRST = toNanoseconds('0000-01-01T00:00:00.000000000Z' as EventTime);
const LAST = toNanoseconds('9999-12-31T23:59:59.999999999Z' as EventTime);
const eventTime = fc.bigInt({ min: FIRST, max: LAST }).map(fromNanoseconds);
/** Until the year 2286, in thirteen digits. */
const instant = fc.integer({ min: 0, max: 9_999_999_999_999 });

const digest = fc.oneof(
  fc.stringMatching(/^sha256:[a-f0-9]{64}$/),
  fc.stringMatching(/^sha512:[a-f0-9]{128}$/),
) as fc.Arbitrary<string> as fc.Arbitrary<Digest>;
const region = fc.stringMatching(/^[a-z][a-z0-9]{1,39}$/) as fc.Arbitrary<string> as fc.Arbitrary<Region>;
const mediaType = fc.stringMatching(/^application\/[a-z0-9.+-]{1,60}$/);

interface Cast {
  readonly digests: readonly { readonly name: Digest; readonly mediaType: string | undefined }[];
  readonly regions: readonly Region[];
}

const cast: fc.Arbitrary<Cast> = fc.record({
  digests: fc.uniqueArray(fc.record({ name: digest, mediaType: fc.option(mediaType, { nil: undefined }) }), {
    minLength: 1,
    maxLength: 12,
    selector: ({ name }) => name,
  }),
  regions: fc.uniqueArray(region, { minLength: 1, maxLength: 12 }),
});

function fact({ digests, regions }: Cast): fc.Arbitrary<Fact> {
  return fc
    .record({
      digest: fc.constantFrom(...digests),
      isMediaTypeSaid: fc.boolean(),
      region: fc.constantFrom(...regions),
      eventAt: eventTime,
      receivedAt: fc.option(instant, { nil: undefined }),
      source: fc.constantFrom('announced', 'reconciled', 'verified', 'deletion'),
    })
    .map(({ digest: { name, mediaType: said }, isMediaTypeSaid, region, eventAt, receivedAt, source }): Fact => {
      const common = { eventAt, region, digest: name, ...(receivedAt === undefined ? {} : { receivedAt }) };
      if (source === 'deletion') {
        return { type: 'deletion', ...common };
      }
      const spoken = said === undefined || !isMediaTypeSaid ? {} : { mediaType: said };
      return { type: 'arrival', ...common, source: source as 'announced', ...spoken };
    });
}

function said({ digests, regions }: Cast): fc.Arbitrary<Record<ReplicationKey, Said>> {
  const key = fc
    .record({ digest: fc.constantFrom(...digests.map(({ name }) => name)), ordinal: fc.integer({ min: 1, max: 999 }) })
    .map(replicationKey);
  const flagged = fc.uniqueArray(fc.constantFrom(...regions), { minLength: 1 });
  const entry = fc
    .record(
      {
        bornAt: eventTime,
        completed: instant,
        superseded: fc.constant(true as const),
        abandoned: fc.constantFrom('deleted' as const, 'expired' as const),
        lagging: flagged,
      },
      { requiredKeys: ['bornAt'] },
    )
    .chain((heard) => {
      const recovered = heard.lagging === undefined ? [] : [fc.subarray([...heard.lagging], { minLength: 1 })];
      return fc.oneof(
        fc.constant(heard),
        ...recovered.map((regionsOf) => regionsOf.map((names) => ({ ...heard, recovered: names }))),
      );
    });
  return fc.dictionary(key, entry, { noNullPrototype: true }) as fc.Arbitrary<Record<ReplicationKey, Said>>;
}

const outbox: fc.Arbitrary<readonly Announcement[]> = fc.array(
  fc
    .record({ id, sequence: fc.nat(), mediaType: fc.oneof(mediaType, fc.string({ unit: 'binary' })) })
    .map((overrides) => announcementOf(overrides)),
  { maxLength: 60 },
);

/** Any state whose said replications are of digests that have facts, as the core leaves it. */
export const state: fc.Arbitrary<TagState> = cast
  .chain((players) => fc.record({ facts: fc.array(fact(players), { maxLength: 300 }), said: said(players) }))
  .chain(({ facts, said: heard }) => {
    const known = new Set(facts.map((fact) => fact.digest));
    const entries = Object.entries(heard).filter(([key]) => known.has(key.slice(0, key.lastIndexOf('#')) as Digest));
    const forgotten = fc.dictionary(fc.constantFrom(...known, 'none'), fc.integer({ min: 1, max: 99_999 }), {
      noNullPrototype: true,
    });
    return fc.record(
      {
        facts: fc.constant(facts),
        said: fc.constant(Object.fromEntries(entries)),
        forgotten: forgotten.map(({ none: _, ...counts }) => counts),
        idPrefix: id,
        sequence: fc.nat(),
        outbox,
        horizon: eventTime,
        alarm: fc.record({ id, dueAt: instant }),
      },
      { requiredKeys: ['facts', 'said', 'forgotten', 'idPrefix', 'sequence', 'outbox'] },
    );
  })
  .map(({ facts, ...rest }) => ({
    ...tagState(),
    ...(rest as Partial<TagState>),
    facts: facts.reduce<readonly Fact[]>(withFact, []),
  }));
