import { beforeEach, describe, expect, it } from 'vitest';
import type { Digest, Registry, Repository, Tag, TagName } from '../../src/core/names.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { TagIndex, TagStore } from '../../src/usecases/ports.ts';
import { arrival, deletion, digestA, digestB, digestC, tagState, webTag } from '../builders.ts';
import { collect, expectToEndBySignal, type Open, type Opened, patient } from './opened.ts';

/** The index, and the store whose tags it lists. */
export interface IndexedTags {
  readonly store: TagStore;
  readonly index: TagIndex;
}

const tagOf = (tag: string, repository: string = webTag.repository): TagName => ({
  ...webTag,
  repository: repository as Repository,
  tag: tag as Tag,
});
const namesOf = (tags: readonly TagName[]) => tags.map(({ tag }) => tag).toSorted();

export function tagIndexContract(name: string, open: Open<IndexedTags>): void {
  describe(`tag index: ${name}`, () => {
    let opened: Opened<IndexedTags>;
    beforeEach(async () => {
      opened = await open();
    });

    const commit = (tag: TagName, state: TagState = tagState([arrival()]), expected?: string) =>
      opened.port.store.commit(tag, state, expected, patient());
    const tags = (digests?: readonly Digest[], { registry, repository } = webTag) =>
      collect(opened.elsewhere.index.tags(registry, repository, digests && new Set(digests), patient()));

    it('has no tags where none was committed', async () => {
      expect(await tags()).toEqual([]);
      expect(await tags([digestA])).toEqual([]);
    });

    it('gives all tags of a repository when no digest is asked for', async () => {
      const names = [tagOf('1.2'), tagOf('1.3'), tagOf('Latest_1')];
      await Promise.all([
        commit(names[0] ?? webTag),
        commit(names[1] ?? webTag),
        commit(names[2] ?? webTag, tagState()),
      ]);
      expect((await tags()).toSorted((a, b) => (a.tag < b.tag ? -1 : 1))).toEqual(names);
    });

    it('gives the tags whose facts name one of the digests, and no other', async () => {
      await commit(tagOf('a'), tagState([arrival()]));
      await commit(tagOf('b'), tagState([arrival({ digest: digestB })]));
      await commit(tagOf('both'), tagState([arrival(), arrival({ seconds: 1, digest: digestB })]));
      await commit(tagOf('deleted'), tagState([deletion({ digest: digestB })]));
      await commit(tagOf('none'), tagState());
      expect(namesOf(await tags([digestA]))).toEqual(['a', 'both']);
      expect(namesOf(await tags([digestB]))).toEqual(['b', 'both', 'deleted']);
      expect(namesOf(await tags([digestA, digestB]))).toEqual(['a', 'b', 'both', 'deleted']);
      expect(await tags([digestC])).toEqual([]);
      expect(await tags([])).toEqual([]);
    });

    it('follows what a tag points to', async () => {
      const version = await commit(webTag, tagState([arrival()]));
      await commit(webTag, tagState([arrival({ digest: digestB })]), version);
      expect(await tags([digestA])).toEqual([]);
      expect(await tags([digestB])).toEqual([webTag]);
    });

    it.for([
      { name: 'below it', other: 'a/b' },
      { name: 'above it', other: 'a' },
      { name: 'that begins with its name', other: 'a/b/c/d' },
      { name: 'whose name it begins with', other: 'a/b/cc' },
      { name: 'that only looks like it', other: 'a-b/c' },
    ])('does not give the tags of a repository $name', async ({ other }) => {
      const repository = 'a/b/c' as Repository;
      await commit(tagOf('mine', repository));
      await commit(tagOf('theirs', other));
      expect(await tags(undefined, { ...webTag, repository })).toEqual([tagOf('mine', repository)]);
      expect(await tags([digestA], { ...webTag, repository: other as Repository })).toEqual([tagOf('theirs', other)]);
    });

    it('does not give the tags of another registry', async () => {
      await commit(webTag);
      expect(await tags(undefined, { ...webTag, registry: 'contoso2' as Registry })).toEqual([]);
      expect(await tags(undefined, { ...webTag, registry: 'contos' as Registry })).toEqual([]);
    });

    it('gives more tags than fit in one answer', async () => {
      const names = Array.from({ length: 1_234 }, (_, index) => `build-${index + 10_000}`);
      for (let index = 0; index < names.length; index += 64) {
        await Promise.all(names.slice(index, index + 64).map((tag) => commit(tagOf(tag))));
      }
      expect(namesOf(await tags([digestA]))).toEqual(names);
    });

    it('ends a listing by its signal', async () => {
      await expectToEndBySignal(opened, ({ index }, signal) =>
        collect(index.tags(webTag.registry, webTag.repository, undefined, signal)),
      );
    });
  });
}
