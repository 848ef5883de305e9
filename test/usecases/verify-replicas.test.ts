import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/core/facts.ts';
import { justAfter } from '../../src/core/instant.ts';
import type { Region, Tag } from '../../src/core/names.ts';
import { replicationKey, replications } from '../../src/core/replications.ts';
import { Forbidden, Unavailable } from '../../src/usecases/ports.ts';
import { VerifyReplicas } from '../../src/usecases/verify-replicas.ts';
import {
  arrival,
  at,
  canadacentral,
  digestA,
  digestB,
  eastus,
  eventAt,
  fourRegions,
  MINUTE_MS,
  tagState,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { distinctFacts } from '../core/history.ts';
import { contoso, instance, Outside } from './app.ts';
import { hear, said, storedTag } from './past-deliveries.ts';

const others = [westus, eastus, canadacentral];

/** West Europe has not told of the tag. */
async function opened() {
  const outside = new Outside();
  outside.isVerified = true;
  const app = instance(outside);
  const { api: manifests, timing } = outside;
  const lines: Record<string, unknown>[] = [];
  const note = (_: string, fields: Readonly<Record<string, unknown>>) => lines.push(fields);
  const log = { info: note, warn: note, error: note };
  const useCase = new VerifyReplicas({
    ...{ manifests, recordArrival: app.recordArrival, timing, log, registryNames: [contoso] },
  });
  const verify = async (regions: readonly Region[] = [westeurope], tag = webTag) => {
    const state = await storedTag(outside, tag);
    return state === undefined ? [] : [...(await useCase.verify(tag, state, regions, 5_000)).values()];
  };
  await hear(app, others);
  outside.calls();
  return { outside, app, verify, lines };
}

const asked = (outside: Outside) => outside.calls().filter((call) => call === 'api.digest').length;

describe('a replica', () => {
  it('that holds the digest has it: recorded as verified, and that completes', async () => {
    const { outside, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, digestA);
    outside.now = at(90);
    expect(await verify()).toEqual(['held']);
    expect((await storedTag(outside))?.facts.find(({ region }) => region === westeurope)).toEqual({
      ...arrival({ region: westeurope, source: 'verified', receivedAt: at(90) }),
      eventAt: justAfter(eventAt(0)),
    });
    expect(said(outside)).toEqual(['completed']);
  });

  it.for([
    { name: 'holds nothing', answer: undefined, expected: 'absent' },
    { name: 'holds another digest', answer: digestB, expected: 'another' },
    { name: 'cannot be reached', answer: new Unavailable('down'), expected: 'unreachable' },
    { name: 'refuses to tell', answer: new Forbidden('no', 'registries/pull/read'), expected: 'refused' },
  ])('that $name is $expected, and nothing is stored', async ({ answer, expected }) => {
    const { outside, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, answer);
    const before = await storedTag(outside);
    expect(await verify()).toEqual([expected]);
    expect(await storedTag(outside)).toEqual(before);
  });

  it('that does not answer in time is unreachable', async () => {
    const { outside, verify } = await opened();
    outside.hanging.add('api.digest');
    outside.expiring.add(5_000);
    expect(await verify()).toEqual(['unreachable']);
  });

  it('that refuses is told of with the permission', async () => {
    const { outside, verify, lines } = await opened();
    outside.api.setManifest(webTag, westeurope, new Forbidden('no', 'registries/pull/read'));
    await verify();
    expect(lines.map(({ region, missingPermission }) => [region, missingPermission])).toEqual([
      [westeurope, 'registries/pull/read'],
    ]);
  });

  it.for([
    { name: 'was not reached', answer: new Unavailable('down'), expected: 'unreachable' },
    { name: 'refused', answer: new Forbidden('no', 'registries/pull/read'), expected: 'refused' },
  ])(
    'that $name is left alone for a minute, whatever the tag, and the others are not',
    async ({ answer, expected }) => {
      const { outside, app, verify } = await opened();
      const other = { ...webTag, tag: 'other' as Tag };
      await hear(app, others, {}, other);
      outside.api.setManifest(webTag, westeurope, answer);
      await verify();
      outside.api.setManifest(webTag, westeurope, digestA);
      outside.calls();
      outside.now += MINUTE_MS - 1;
      expect(await verify()).toEqual([expected]);
      expect(await verify([westeurope, eastus], other)).toEqual([expected, 'absent']);
      expect(asked(outside)).toBe(1);
      outside.now += 1;
      expect(await verify()).toEqual(['held']);
    },
  );

  it('that cannot be reached does not keep others from being heard', async () => {
    const { outside, verify } = await opened();
    outside.api.setManifest(webTag, westus, new Unavailable('down'));
    outside.api.setManifest(webTag, westeurope, digestA);
    expect(await verify([westus, westeurope])).toEqual(['unreachable', 'held']);
    expect(said(outside)).toEqual(['completed']);
  });

  it('is not asked when the tag had this digest before: its answer could not tell the two apart', async () => {
    const { outside, app, verify } = await opened();
    await hear(app, [westus], { digest: digestB, seconds: 10 });
    await hear(app, [westus], { digest: digestA, seconds: 20 });
    outside.api.setManifest(webTag, westeurope, digestA);
    outside.calls();
    expect(await verify()).toEqual(['untold']);
    expect(asked(outside)).toBe(0);
  });

  it('of a registry whose replicas may not be asked is not asked', async () => {
    const { outside } = await opened();
    outside.isVerified = false;
    const app = instance(outside);
    expect(app.readStatus.canVerify(contoso)).toBe(false);
    outside.now = at(10 * 60);
    await app.sweep.run();
    expect(asked(outside)).toBe(0);
  });

  it('is asked at most a hundred times a minute; the rest is postponed', async () => {
    const { outside, verify } = await opened();
    const many = Array.from({ length: 120 }, (_, number) => `region${number}` as Region);
    const answers = await verify(many);
    expect(answers.filter((answer) => answer === 'absent')).toHaveLength(100);
    expect(answers.filter((answer) => answer === 'postponed')).toHaveLength(20);
    outside.now += MINUTE_MS - 1;
    expect(await verify()).toEqual(['postponed']);
    outside.now += 1;
    expect(await verify()).toEqual(['absent']);
  });

  it('whose answer cannot be stored is not said to hold it', async () => {
    const { outside, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, digestA);
    outside.faults.push({ call: 'tags.commit', error: new Unavailable('down') });
    await expect(verify()).rejects.toThrow(Unavailable);
    expect(said(outside)).toEqual([]);
    expect(await verify()).toEqual(['held']);
  });

  it('asked again, or told by its webhook after all, changes nothing', async () => {
    const { outside, app, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, digestA);
    await verify();
    await verify();
    await hear(app, [westeurope], { seconds: 3 });
    expect(said(outside)).toEqual(['completed']);
    expect(replications((await storedTag(outside))?.facts ?? [])).toHaveLength(1);
  });
});

describe('a verified fact', () => {
  it('is no reason to take the late notification of its region for a move back', async () => {
    const { outside, app, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, digestA);
    await verify();
    await hear(app, [westus], { digest: digestB, seconds: 10 });
    await hear(app, [westeurope], { seconds: 20 });
    const all = replications((await storedTag(outside))?.facts ?? []);
    expect(all.map(({ digest }) => digest)).toEqual([digestA, digestB]);
    await hear(app, [westeurope], { seconds: 30 });
    expect(replications((await storedTag(outside))?.facts ?? []).at(-1)).toMatchObject({ digest: digestA, ordinal: 2 });
  });

  it('of a tag that was overwritten meanwhile does not look like a move back', async () => {
    const { outside, app, verify } = await opened();
    outside.api.setManifest(webTag, westeurope, digestA);
    const state = await storedTag(outside);
    await hear(app, fourRegions, { digest: digestB, seconds: 10 });
    expect(state && (await verify())).toEqual(['another']);
    await app.recordArrival.record(webTag, {
      ...arrival({ region: westeurope, source: 'verified' }),
      eventAt: justAfter(eventAt(0)),
    });
    expect(replications((await storedTag(outside))?.facts ?? []).at(-1)?.digest).toBe(digestB);
  });

  /** Deletions are left out: one of a region that is verified counts, as that region had the digest. */
  const pushes = distinctFacts.map((facts) => facts.filter(({ type }) => type === 'arrival'));

  /** What is verified of a history that is known in part, and the whole of it. */
  const verified = pushes.chain((facts) =>
    fc.record({
      facts: fc.constant(facts),
      known: fc.nat(facts.length),
      order: fc.shuffledSubarray(facts, { minLength: facts.length }),
      regions: fc.subarray([...fourRegions], { minLength: 1 }),
      verifiedAt: fc.nat(20),
    }),
  );

  const keys = (facts: readonly Fact[]) => replications(tagState(facts).facts).map(replicationKey);

  it('adds no replication to any history of pushes and takes none away, whatever is heard of after it', () => {
    let held = 0;
    fc.assert(
      fc.property(verified, ({ facts, known, order, regions, verifiedAt }) => {
        const current = replications(tagState(order.slice(0, known)).facts).at(-1);
        if (current === undefined || current.ordinal > 1) {
          return;
        }
        held += 1;
        const answers = regions.map((region) => ({
          ...arrival({ region, digest: current.digest, source: 'verified', receivedAt: at(verifiedAt) }),
          eventAt: justAfter(current.bornAt),
        }));
        const all = [...order.slice(0, known), ...answers, ...order.slice(known)];
        expect(keys(all)).toEqual(keys(facts));
      }),
      { numRuns: 2000 },
    );
    expect(held).toBeGreaterThan(100);
  });
});
