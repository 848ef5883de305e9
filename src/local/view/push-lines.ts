// What `npm run push` prints while it follows a push: a line per region, and a last word. Pure.
import type { NamedRegion } from '../registry/model.ts';
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
    /** How the app knows: `announced`, `reconciled`, … */
    readonly source?: string;
  }[];
}

export interface Followed {
  readonly replicas: readonly NamedRegion[];
  /** Regions whose webhook gets lost: the app has to find out by itself. */
  readonly lost: readonly string[];
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
  let isLossTold = followed.lost.length === 0;
  const lostLineOnce = (): string[] => {
    const lines = isLossTold ? [] : [lostLine(followed.lost.map(regionName))];
    isLossTold = true;
    return lines;
  };
  return (body, paint) => {
    if (body === undefined) {
      const isLostEverywhere = followed.replicas.every(({ region }) => followed.lost.includes(region));
      return { lines: isLostEverywhere ? lostLineOnce() : [], isOver: false, hasAllArrived: false };
    }
    const arrived = body.regions
      .filter(({ arrivedAt }) => arrivedAt !== null)
      .sort((a, b) => a.lagMs - b.lagMs)
      .flatMap(({ region, lagMs, source }) => {
        const found = source === 'reconciled' ? "  found in the registry's history" : '';
        return lineOnce(
          `arrived ${region}`,
          region,
          `arrived  ${lagMs === 0 ? 'first' : `+${duration(lagMs)}`}${found}`,
        );
      });
    const lagging = body.regions
      .filter((region) => region.lagging)
      .flatMap(({ region, lagMs }) =>
        lineOnce(`lagging ${region}`, region, paint('yellow', `lagging  missing for ${duration(lagMs)}`)),
      );
    const missing = body.regions.filter(({ arrivedAt }) => arrivedAt === null);
    const isReplicating = body.status === 'replicating';
    const isLostOnly = isReplicating && missing.every(({ region }) => followed.lost.includes(region));
    const last = isLostOnly ? lostLineOnce() : verdict(body, paint);
    // The app has looked into the history before it says so: nothing more will come.
    const isGivenUp = isLostOnly && missing.length > 0 && missing.every((region) => region.lagging);
    const isOver = isGivenUp || !isReplicating;
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

function lostLine(regions: readonly string[]): string {
  const [what, them] = regions.length === 1 ? ['webhook', 'it'] : ['webhooks', 'them'];
  const found = `the app will find ${them} in the registry's delivery history`;
  return `The ${what} of ${regions.join(', ')} got lost, as you asked: ${found}.`;
}
