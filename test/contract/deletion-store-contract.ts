import { beforeEach, describe, expect, it } from 'vitest';
import { deletionEntityKey } from '../../src/adapters/table/keys.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { Region, Registry, Repository } from '../../src/core/names.ts';
import type { DeletionNotice } from '../../src/core/notification.ts';
import type { DeletionStore, PendingDeletion } from '../../src/usecases/ports.ts';
import { at, digestA, digestB, eastus, eventAt, numberedDigest, webTag, westus } from '../builders.ts';
import { collect, expectToEndBySignal, type Open, type Opened, patient } from './opened.ts';

const notice: DeletionNotice = {
  registry: webTag.registry,
  region: westus,
  repository: webTag.repository,
  digest: digestA,
  eventAt: eventAt(0),
  receivedAt: at(1),
};
const { digest: _, ...ofRepository } = notice;
const { receivedAt: __, ...fromHistory } = notice;

const deletionOf = (overrides: Partial<PendingDeletion> = {}): PendingDeletion => ({
  notice,
  dueAt: at(60),
  look: 1,
  ...overrides,
});
const numbered = (number: number) => deletionOf({ notice: { ...notice, digest: numberedDigest(number) } });

const inOrder = (deletions: readonly PendingDeletion[]) =>
  deletions.toSorted((a, b) => (deletionEntityKey(a).rowKey < deletionEntityKey(b).rowKey ? -1 : 1));

export function deletionStoreContract(name: string, open: Open<DeletionStore>): void {
  describe(`deletion store: ${name}`, () => {
    let opened: Opened<DeletionStore>;
    let store: DeletionStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.port;
    });

    const add = async (...deletions: readonly PendingDeletion[]) => {
      await Promise.all(deletions.map((deletion) => store.add(deletion, patient())));
    };
    const due = (until: Instant) => collect(opened.elsewhere.due(until, patient()));
    const ever = Number.MAX_SAFE_INTEGER;

    it('has nothing due where nothing was added', async () => {
      expect(await due(ever)).toEqual([]);
    });

    it.for([
      { name: 'just before', until: at(60) - 1, expected: [] },
      { name: 'at', until: at(60), expected: [deletionOf()] },
      { name: 'just after', until: at(60) + 1, expected: [deletionOf()] },
      { name: 'long before', until: 0, expected: [] },
      { name: 'an eternity after', until: ever, expected: [deletionOf()] },
    ])('gives a deletion $name its moment', async ({ until, expected }) => {
      await add(deletionOf());
      expect(await due(until)).toEqual(expected);
    });

    it.for<{ name: string; deletion: PendingDeletion }>([
      { name: 'of a digest', deletion: deletionOf() },
      { name: 'of a repository', deletion: deletionOf({ notice: ofRepository }) },
      { name: 'found in a delivery history', deletion: deletionOf({ notice: fromHistory }) },
      { name: 'at its second look', deletion: deletionOf({ look: 2 }) },
      {
        name: 'with the longest names',
        deletion: deletionOf({
          notice: {
            ...notice,
            registry: 'r'.repeat(50) as Registry,
            repository: `${'a/'.repeat(127)}bc` as Repository,
            region: 'w'.repeat(40) as Region,
            digest: numberedDigest(1, 'sha512'),
          },
        }),
      },
    ])('gives back a deletion $name', async ({ deletion }) => {
      await add(deletion);
      expect(await due(ever)).toEqual([deletion]);
    });

    it.for<{ name: string; other: PendingDeletion }>([
      { name: 'another look', other: deletionOf({ look: 2 }) },
      { name: 'another moment', other: deletionOf({ dueAt: at(61) }) },
      { name: 'another registry', other: deletionOf({ notice: { ...notice, registry: 'fabrikam' as Registry } }) },
      { name: 'another region', other: deletionOf({ notice: { ...notice, region: eastus } }) },
      { name: 'another repository', other: deletionOf({ notice: { ...notice, repository: 'web' as Repository } }) },
      { name: 'another digest', other: deletionOf({ notice: { ...notice, digest: digestB } }) },
      { name: 'no digest', other: deletionOf({ notice: ofRepository }) },
      { name: 'another event time', other: deletionOf({ notice: { ...notice, eventAt: eventAt(1) } }) },
    ])('keeps apart what is the same but for $name', async ({ other }) => {
      await add(deletionOf(), other);
      expect(inOrder(await due(ever))).toEqual(inOrder([deletionOf(), other]));
      await store.remove(deletionOf(), patient());
      expect(await due(ever)).toEqual([other]);
    });

    it('gives more deletions than fit in one answer', async () => {
      const deletions = Array.from({ length: 4_100 }, (_, index) => ({ ...numbered(index), dueAt: at(index) }));
      for (let index = 0; index < deletions.length; index += 64) {
        await add(...deletions.slice(index, index + 64));
      }
      expect(inOrder(await due(at(4_050)))).toEqual(deletions.slice(0, 4_051));
    }, 30_000);

    it('takes a deletion twice as once, and keeps when it was received first', async () => {
      await add(deletionOf());
      await add(deletionOf());
      await add(deletionOf({ notice: { ...notice, receivedAt: at(2) } }));
      await add(deletionOf({ notice: fromHistory }));
      expect(await due(ever)).toEqual([deletionOf()]);
    });

    it('removes a deletion, and one that is gone', async () => {
      await store.remove(deletionOf(), patient());
      await add(deletionOf());
      await store.remove(deletionOf(), patient());
      await store.remove(deletionOf(), patient());
      expect(await due(ever)).toEqual([]);
    });

    it.for<{ name: string; call: (port: DeletionStore, signal: AbortSignal) => Promise<unknown> }>([
      { name: 'adding', call: (port, signal) => port.add(deletionOf(), signal) },
      { name: 'removing', call: (port, signal) => port.remove(deletionOf(), signal) },
      { name: 'reading', call: (port, signal) => collect(port.due(ever, signal)) },
    ])('ends $name by the signal', async ({ call }) => {
      await expectToEndBySignal(opened, call);
    });
  });
}
