// A registry's replicas as its management API tells of them, and which of them hold a push back.
import type { Instant } from './instant.ts';
import type { Region } from './names.ts';
import type { ReplicaAnnouncement, ReplicaAnnouncementType } from './replica-announcements.ts';

/** One regional copy of the registry, as the registry says. */
export interface Replica {
  /** Its resource name, which is not its region's; absent for a home region that is not listed as a replica. */
  readonly name?: string;
  readonly region: Region;
  readonly isHome: boolean;
  /** `Succeeded`, `Creating`, `Updating`, `Failed`, … */
  readonly provisioningState: string;
  /** `Ready`, `Syncing`, …; absent for a home region that is not listed as a replica. */
  readonly displayStatus?: string;
  /** Why it is not ready, where the registry says. */
  readonly message?: string;
  /** False when requests are not routed to it; its data replicates all the same. */
  readonly isRouted: boolean;
}

/** A replica as last seen, and what became of it. */
export interface ReplicaSight extends Replica {
  readonly isReady: boolean;
  /** Since when it is not; absent while it is ready. */
  readonly notReadySince?: Instant;
  /** `replica.not-ready` was announced. */
  readonly isNotReadyAnnounced?: true;
}

const CONDITION_LIMIT = 500;

/** In the registry's words: `Creating, Syncing: why`; cut where they are too many. */
export function condition({ provisioningState, displayStatus, message }: Replica): string {
  const states = displayStatus === undefined ? provisioningState : `${provisioningState}, ${displayStatus}`;
  return (message === undefined ? states : `${states}: ${message}`).slice(0, CONDITION_LIMIT).toWellFormed();
}

export interface ReplicaWatch {
  readonly replicas: readonly ReplicaSight[];
  readonly decided: readonly Omit<ReplicaAnnouncement, 'id' | 'sequence'>[];
}

/**
 * What is known of the replicas after the registry told of them, and what has to be announced.
 * @param notReadyAfterMs a replica that is not ready for this long is announced, once
 */
export function watchReplicas(
  before: readonly ReplicaSight[],
  seen: readonly Replica[],
  notReadyAfterMs: number,
  now: Instant,
): ReplicaWatch {
  const known = new Map(before.map((replica) => [replica.region, replica]));
  const decided: ReplicaWatch['decided'][number][] = [];
  const decide = (type: ReplicaAnnouncementType, replica: Replica, notReadySince: Instant) => {
    decided.push({ type, decidedAt: now, region: replica.region, condition: condition(replica), notReadySince });
  };
  const replicas = seen.map((replica): ReplicaSight => {
    const last = known.get(replica.region);
    known.delete(replica.region);
    const since = last?.notReadySince ?? now;
    if (isSettled(replica)) {
      if (last?.isNotReadyAnnounced) {
        decide('replica.ready', replica, since);
      }
      return { ...replica, isReady: true };
    }
    // What was announced stays so until it ends, also when the threshold is raised meanwhile.
    const isOverdue = last?.isNotReadyAnnounced === true || now - since >= notReadyAfterMs;
    if (isOverdue && !last?.isNotReadyAnnounced) {
      decide('replica.not-ready', replica, since);
    }
    const isStillReady = last?.isReady === true && mayHold(replica);
    const isReady = !isOverdue && (isStillReady || (last?.isReady !== false && isBeingChanged(replica)));
    return { ...replica, isReady, notReadySince: since, ...(isOverdue ? { isNotReadyAnnounced: true } : {}) };
  });
  for (const gone of known.values()) {
    if (gone.isNotReadyAnnounced) {
      decide('replica.removed', gone, gone.notReadySince ?? now);
    }
  }
  return { replicas, decided };
}

/**
 * Created, whatever it shows: a replica that was ready and shows something else for a while may be catching up, which is
 * the very time to wait for it. And one that shows to be ready though a change of its settings failed holds what it held.
 */
const mayHold = ({ provisioningState, displayStatus }: Replica) =>
  is(provisioningState, 'succeeded') || (is(provisioningState, 'failed') && is(displayStatus, 'ready'));

const is = (text: string | undefined, state: string) => text?.toLowerCase() === state;

/** The registry calls nothing else healthy. A home region without a replica of its own has no display status. */
function isSettled({ provisioningState, displayStatus, name }: Replica): boolean {
  return is(provisioningState, 'succeeded') && (is(displayStatus, 'ready') || name === undefined);
}

/**
 * A ready replica whose settings are being changed goes on replicating: to stop waiting for it for that moment would be
 * to announce early. One that is first seen so was created before, and is taken for ready.
 */
function isBeingChanged({ provisioningState, displayStatus }: Replica): boolean {
  return is(provisioningState, 'updating') && (displayStatus === undefined || is(displayStatus, 'ready'));
}
