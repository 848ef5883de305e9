// What is told to the world of a registry's replicas, as data.
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';

export const REPLICA_ANNOUNCEMENT_TYPES = ['replica.not-ready', 'replica.ready', 'replica.removed'] as const;

export type ReplicaAnnouncementType = (typeof REPLICA_ANNOUNCEMENT_TYPES)[number];

/** `ready` and `removed` end a `not-ready`, and are said only after one. */
export interface ReplicaAnnouncement {
  /** Made once, when the announcement is decided; the message's id for ever. */
  readonly id: string;
  readonly type: ReplicaAnnouncementType;
  /** Counts the announcements of this registry from 1, without a gap. */
  readonly sequence: number;
  readonly decidedAt: Instant;
  readonly region: Region;
  /** In the registry's words: `Failed, Failed: Missing permission …`. */
  readonly condition: string;
  /** When it was first seen not to be ready. */
  readonly notReadySince: Instant;
}
