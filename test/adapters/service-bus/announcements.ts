// Announcements to send: one of each type, or as many as wanted.
import type { Announcement, AnnouncementType } from '../../../src/core/announcements.ts';
import type { Repository, Tag, TagName } from '../../../src/core/names.ts';
import type { ReplicaAnnouncement } from '../../../src/core/replica-announcements.ts';
import { announcementOf, digestB, webTag, westeurope } from '../../builders.ts';
import { replicaAnnouncementOf } from '../../contract/sights.ts';

/** What only announcements of this type have, beside what all have. */
const PARTICULARS: Record<AnnouncementType, Partial<Announcement>> = {
  'replication.completed': {},
  'replication.lagging': { region: westeurope },
  'replication.recovered': { region: westeurope },
  'replication.superseded': { supersededBy: digestB },
  'replication.abandoned': { reason: 'expired' },
};

export function announcementOfType(type: AnnouncementType, overrides: Partial<Announcement> = {}): Announcement {
  return announcementOf({ type, ...PARTICULARS[type], ...overrides });
}

/** Of one tag: `web-1`, `web-2`, … */
export function announcements(count: number, { first = 1, prefix = 'web' } = {}): readonly Announcement[] {
  return Array.from({ length: count }, (_, index) =>
    announcementOf({ id: `${prefix}-${first + index}`, sequence: first + index }),
  );
}

/** Of one registry: `contoso-1`, `contoso-2`, … */
export function replicaAnnouncements(
  count: number,
  { first = 1, prefix = 'contoso' } = {},
): readonly ReplicaAnnouncement[] {
  return Array.from({ length: count }, (_, index) =>
    replicaAnnouncementOf({ id: `${prefix}-${first + index}`, sequence: first + index }),
  );
}

export const idsOf = (sent: readonly { readonly id: string }[]): readonly string[] => sent.map(({ id }) => id);

export function tagNamed(repository: string, tag = '1.2'): TagName {
  return { ...webTag, repository: repository as Repository, tag: tag as Tag };
}
