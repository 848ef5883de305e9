import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/adapters/table/journal-entity.ts';
import type { Announcement } from '../../src/core/announcements.ts';
import type { Tag } from '../../src/core/names.ts';
import type { Journal } from '../../src/usecases/ports.ts';
import { announcementOf, at, DAY_MS, eastus, SECOND_MS, webTag } from '../builders.ts';
import { expectToEndBySignal, type Opened, patient } from './opened.ts';

interface OpenedJournal extends Opened<Journal> {
  /** All that is in the journal, in the order of its row keys. */
  rows(): Promise<readonly JournalEntry[]>;
}

const numbered = (count: number, overrides: Partial<Announcement> = {}) =>
  Array.from({ length: count }, (_, index) =>
    announcementOf({ id: `web-${index}`, sequence: index, decidedAt: at(index), ...overrides }),
  );

export function journalContract(name: string, open: () => Promise<OpenedJournal>): void {
  describe(`journal: ${name}`, () => {
    let opened: OpenedJournal;
    beforeEach(async () => {
      opened = await open();
    });

    const append = (announcements: readonly Announcement[], tag = webTag) =>
      opened.port.append(tag, announcements, patient());
    const announced = async () => (await opened.rows()).map(({ announcement }) => announcement);

    it.for([0, 1, 2, 100, 101, 250])(
      'holds %i announcements that were appended at once, newest first',
      async (count) => {
        await append(numbered(count));
        expect(await announced()).toEqual(numbered(count).reverse());
      },
    );

    it('has them in the order of their sequence where the moment is the same', async () => {
      const announcements = numbered(12, { decidedAt: at(1) });
      await append(announcements);
      expect(await announced()).toEqual(announcements.toReversed());
    });

    it('says of which tag they are, and all that they say', async () => {
      const announcement = announcementOf({ type: 'replication.lagging', region: eastus, missing: [eastus] });
      const tag = { ...webTag, tag: 'latest' as Tag };
      await append([announcement], tag);
      expect(await opened.rows()).toEqual([{ tag, announcement }]);
    });

    it('takes an announcement twice as once, alone or with others', async () => {
      const [first, second, third] = numbered(3) as [Announcement, Announcement, Announcement];
      await append([first]);
      await append([first, second]);
      await append([first, second, third]);
      await append([third]);
      expect(await announced()).toEqual([third, second, first]);
    });

    it('takes announcements of different days together', async () => {
      const days = [0, 1, 2].map((day) =>
        announcementOf({ id: `web-${day}`, sequence: day, decidedAt: at(0) + day * DAY_MS }),
      );
      await append(days);
      expect(await announced()).toEqual(days.toReversed());
    });

    it('keeps apart what two tags announce at one moment', async () => {
      const other = { ...webTag, tag: '1.3' as Tag };
      await append([announcementOf({ id: 'a-1' })]);
      await append([announcementOf({ id: 'b-1' })], other);
      const rows = await opened.rows();
      expect(rows.map(({ tag, announcement }) => `${tag.tag} ${announcement.id}`).sort()).toEqual([
        '1.2 a-1',
        '1.3 b-1',
      ]);
    });

    it('takes an announcement of more regions than fit in one property', async () => {
      const arrivals = Array.from({ length: 600 }, (_, index) => ({
        region: `region${index}` as typeof eastus,
        arrivedAt: at(index),
        lagMs: index * SECOND_MS,
        source: 'announced' as const,
      }));
      const announcement = announcementOf({ arrivals, mediaType: 'odd/\u{1F4E6}'.repeat(9_000) });
      await append([announcement]);
      expect(await announced()).toEqual([announcement]);
    });

    it('ends a call by its signal', async () => {
      await expectToEndBySignal(opened, (port, signal) => port.append(webTag, numbered(1), signal));
      await expectToEndBySignal(opened, (port, signal) => port.append(webTag, numbered(3), signal));
    });
  });
}
