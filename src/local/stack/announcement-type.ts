import { ANNOUNCEMENT_TYPES, type AnnouncementType } from '../../core/announcements.ts';
import { type Parsed, shown } from '../../core/names.ts';
import { REPLICA_ANNOUNCEMENT_TYPES, type ReplicaAnnouncementType } from '../../core/replica-announcements.ts';

export type AnyAnnouncementType = AnnouncementType | ReplicaAnnouncementType;

export const ALL_ANNOUNCEMENT_TYPES = [...ANNOUNCEMENT_TYPES, ...REPLICA_ANNOUNCEMENT_TYPES] as const;

/** `completed`, as people say, for `replication.completed`; no two types share one. */
export const shortType = (type: string): string => type.replace(/^(replication|replica)\./, '');

/** Reads either form. */
export function parseAnnouncementType(text: string): Parsed<AnyAnnouncementType> {
  const type = ALL_ANNOUNCEMENT_TYPES.find((known) => known === text || shortType(known) === text);
  return type === undefined
    ? {
        type: 'invalid',
        message: `expected one of ${ALL_ANNOUNCEMENT_TYPES.map(shortType).join(', ')}; got ${shown(text)}`,
      }
    : { type: 'valid', value: type };
}
