import { ANNOUNCEMENT_TYPES, type AnnouncementType } from '../../core/announcements.ts';
import { type Parsed, shown } from '../../core/names.ts';

const PREFIX = 'replication.';

/** `completed`, as people say, for `replication.completed`. */
export const shortType = (type: string): string => (type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type);

/** Reads either form. */
export function parseAnnouncementType(text: string): Parsed<AnnouncementType> {
  const type = ANNOUNCEMENT_TYPES.find((known) => known === text || shortType(known) === text);
  return type === undefined
    ? {
        type: 'invalid',
        message: `expected one of ${ANNOUNCEMENT_TYPES.map(shortType).join(', ')}; got ${shown(text)}`,
      }
    : { type: 'valid', value: type };
}
