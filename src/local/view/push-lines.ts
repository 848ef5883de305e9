// What `npm run push` prints while it follows a push: a line per region, and a last word. Pure.
import type { Replica } from '../registry/model.ts';
import type { Paint } from './paint.ts';
import { duration, regionNames } from './words.ts';

/** What this needs of the status endpoint's answer. */
export interface ReplicationBody {
  readonly status: 'replicating' | 'replicated' | 'superseded' | 'abandoned';
  readonly firstHeardAt: string;
  readonly completedAt?: string;
  readonly regions: readonly {
    readonly region: string;
    readonly arrivedAt: string | null;
    readonly lagMs: number;
    readonly lagging: boolean;
  }[];
}

export interface Followed {
  readonly replicas: readonly Replica[];
  /** Regions whose webhook gets lost: they are not waited for. */
  readonly lost: readonly string[];
  readonly lagAfterSeconds: number;
}

export interface FollowStep {
  readonly lines: readonly string[];
  readonly isOver: boolean;
  readonly hasAllArrived: boolean;
}

/** @returns what makes the lines for each answer in turn; undefined for an answer that knows nothing of the push yet */
export function followPush(followed: Followed): (body: ReplicationBody | undefined, paint: Paint) => FollowStep {
  const regionName = regionNames(followed.replicas);
  const width = Math.max(...followed.replicas.map(({ displayName }) => displayName.length));
  const told = new Set<string>();
  const lineOnce = (key: string, region: string, text: string): string[] => {
    if (told.has(key)) {
      return [];
    }
    told.add(key);
    return [`  ${regionName(region).padEnd(width)}  ${text}`];
  };
  return (body, paint) => {
    if (body === undefined) {
      // Lost everywhere: nobody will ever hear of it.
      const isOver = followed.replicas.every(({ region }) => followed.lost.includes(region));
      const lines = isOver ? lostLines(followed, regionName) : [];
      return { lines, isOver, hasAllArrived: false };
    }
    const arrived = body.regions
      .filter(({ arrivedAt }) => arrivedAt !== null)
      .sort((a, b) => a.lagMs - b.lagMs)
      .flatMap(({ region, lagMs }) =>
        lineOnce(`arrived ${region}`, region, `arrived  ${lagMs === 0 ? 'first' : `+${duration(lagMs)}`}`),
      );
    const lagging = body.regions
      .filter((region) => region.lagging)
      .flatMap(({ region, lagMs }) =>
        lineOnce(`lagging ${region}`, region, paint('yellow', `lagging  missing for ${duration(lagMs)}`)),
      );
    const missing = body.regions.filter(({ arrivedAt }) => arrivedAt === null).map(({ region }) => region);
    const isLostOnly = body.status === 'replicating' && missing.every((region) => followed.lost.includes(region));
    const last = isLostOnly ? lostLines(followed, regionName) : verdict(body, paint);
    const isOver = isLostOnly || body.status !== 'replicating';
    return { lines: [...arrived, ...lagging, ...last], isOver, hasAllArrived: body.status === 'replicated' };
  };
}

function verdict({ status, firstHeardAt, completedAt }: ReplicationBody, paint: Paint): string[] {
  switch (status) {
    case 'replicating':
      return [];
    case 'replicated': {
      const took =
        completedAt === undefined ? '' : ` after ${duration(Date.parse(completedAt) - Date.parse(firstHeardAt))}`;
      return [paint('green', `Completed: it is in every region${took}.`)];
    }
    case 'superseded':
      return [paint('yellow', 'Superseded: a newer push took the tag before this one was in every region.')];
    case 'abandoned':
      return [paint('red', 'Abandoned: it is no longer waited for.')];
  }
}

function lostLines({ lost, lagAfterSeconds }: Followed, regionName: (region: string) => string): string[] {
  const which = lost.map(regionName).join(', ');
  const them = lost.length === 1 ? 'it' : 'them';
  return [
    `The webhook of ${which} got lost, as you asked: the app will flag ${them} as lagging after ${lagAfterSeconds} s.`,
  ];
}
