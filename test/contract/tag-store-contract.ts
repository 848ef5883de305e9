import { beforeEach, describe, expect, it } from 'vitest';
import { DOCUMENT_LIMIT, documentSize, OUTBOX_LIMIT } from '../../src/core/forget.ts';
import type { Repository, Tag, TagName } from '../../src/core/names.ts';
import { replicationKey } from '../../src/core/replications.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import { type TagStore, VersionConflict } from '../../src/usecases/ports.ts';
import {
  advanced,
  announcementOf,
  arrival,
  at,
  deletion,
  digestA,
  digestB,
  eastus,
  eventAt,
  fourRegions,
  MANIFEST_MEDIA_TYPE,
  numberedDigest,
  tagState,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { expectToEndBySignal, type Open, type Opened, outcomes, patient } from './opened.ts';

const RACERS = 32;

/** One of everything that a tag's state can hold. */
const eventful: TagState = tagState(
  [
    arrival({ seconds: 0, mediaType: MANIFEST_MEDIA_TYPE }),
    arrival({ seconds: 5, region: eastus, source: 'reconciled' }),
    arrival({ seconds: 7, region: westeurope, digest: digestB, source: 'verified' }),
    deletion({ seconds: 90, digest: digestB }),
  ],
  {
    forgotten: { [digestA]: 2 },
    horizon: eventAt(-100),
    said: {
      [replicationKey({ digest: digestA, ordinal: 3 })]: {
        bornAt: eventAt(0),
        lagging: [westeurope, eastus],
        recovered: [eastus],
      },
      [replicationKey({ digest: digestB, ordinal: 1 })]: {
        bornAt: eventAt(7),
        superseded: true,
        abandoned: 'deleted',
        completed: at(60),
      },
    },
    sequence: 7,
    outbox: [announcementOf({ id: 'web-6', sequence: 6 }), announcementOf({ id: 'web-7', sequence: 7 })],
    alarm: { id: 'k3v9', dueAt: at(600) },
  },
);

/** As large as the core lets a state become: a hundred pushes, and a bus that was down for days. */
function largest(): TagState {
  let state = tagState();
  for (let push = 0; documentSize(state) < DOCUMENT_LIMIT - 1_000; push += 1) {
    const facts = fourRegions.map((region) => arrival({ seconds: push, region, digest: numberedDigest(push) }));
    state = advanced(facts, { state, now: at(push) });
  }
  const announcements = OUTBOX_LIMIT / 1_250;
  const outbox = Array.from({ length: announcements }, (_, index) =>
    announcementOf({ id: `web-${index}`, sequence: index, mediaType: MANIFEST_MEDIA_TYPE }),
  );
  return { ...state, outbox };
}

export function tagStoreContract(name: string, open: Open<TagStore>): void {
  describe(`tag store: ${name}`, () => {
    let opened: Opened<TagStore>;
    let store: TagStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.port;
    });

    const load = async (tag: TagName = webTag) => await opened.elsewhere.load(tag, patient());
    const commit = (state: TagState, expected?: string) => store.commit(webTag, state, expected, patient());

    it('knows nothing of a tag that nobody committed', async () => {
      expect(await load()).toBeUndefined();
      await commit(eventful);
      expect(await load({ ...webTag, tag: '1.3' as Tag })).toBeUndefined();
    });

    it.for([
      { name: 'an empty state', state: tagState() },
      { name: 'a state with one of everything', state: eventful },
      { name: 'the largest state', state: largest() },
    ])('gives back what was committed: $name', async ({ state }) => {
      const version = await commit(state);
      expect(await load()).toEqual({ value: state, version });
    });

    it('takes the version of a commit, and of a load, for the next commit', async () => {
      const first = await commit(tagState());
      const second = await commit(eventful, first);
      expect(second).not.toBe(first);
      const loaded = await load();
      expect(loaded).toEqual({ value: eventful, version: second });
      await commit(tagState(), loaded?.version);
      expect((await load())?.value).toEqual(tagState());
    });

    it('refuses to write a first state where there is one', async () => {
      const version = await commit(eventful);
      await expect(commit(tagState())).rejects.toThrow(VersionConflict);
      expect(await load()).toEqual({ value: eventful, version });
    });

    it('refuses to write over a state that was not read', async () => {
      const stale = await commit(tagState());
      const version = await commit(eventful, stale);
      await expect(commit(tagState(), stale)).rejects.toThrow(VersionConflict);
      expect(await load()).toEqual({ value: eventful, version });
    });

    it('refuses to write over a state that is not there', async () => {
      const version = await commit(eventful);
      const other = { ...webTag, tag: '1.3' as Tag };
      await expect(store.commit(other, eventful, version, patient())).rejects.toThrow(VersionConflict);
      expect(await load(other)).toBeUndefined();
    });

    it.for([
      { name: 'the first state', before: undefined },
      { name: 'the next state', before: tagState() },
    ])('lets one of many write $name', async ({ before }) => {
      const expected = before && (await commit(before));
      const racers = Array.from({ length: RACERS }, (_, index) => ({ ...eventful, sequence: index }));
      const results = await Promise.allSettled(racers.map((state) => commit(state, expected)));
      expect(outcomes(results)).toEqual({ won: 1, VersionConflict: RACERS - 1 });
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect((await load())?.value).toEqual(racers[winner]);
    });

    it('keeps apart tags whose names look alike', async () => {
      const names: readonly TagName[] = [
        { ...webTag, repository: 'a/b' as Repository, tag: 'c' as Tag },
        { ...webTag, repository: 'a-b' as Repository, tag: 'c' as Tag },
        { ...webTag, repository: 'a' as Repository, tag: 'b' as Tag },
        { ...webTag, repository: 'a' as Repository, tag: 'B' as Tag },
        { ...webTag, repository: 'a__b.c/d-e' as Repository, tag: '_1.0-rc.1' as Tag },
      ];
      const states = names.map((_, index) => ({ ...tagState(), sequence: index }));
      await Promise.all(names.map((tag, index) => store.commit(tag, states[index] ?? eventful, undefined, patient())));
      const loaded = await Promise.all(names.map(load));
      expect(loaded.map((found) => found?.value)).toEqual(states);
    });

    it('ends a load by its signal', async () => {
      await expectToEndBySignal(opened, (port, signal) => port.load(webTag, signal));
    });

    it('ends a commit by its signal', async () => {
      await expectToEndBySignal(opened, (port, signal) => port.commit(webTag, eventful, undefined, signal));
    });

    it('does not let a reader change what is stored', async () => {
      await commit(eventful);
      const mutable = (await load())?.value as { sequence: number };
      mutable.sequence = 99;
      expect((await load())?.value.sequence).toBe(eventful.sequence);
      expect(eventful.facts[0]?.region).toBe(westus);
    });
  });
}
