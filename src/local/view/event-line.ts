// One line per event, for people. Pure.

import { shortType } from '../stack/announcement-type.ts';
import type {
  AnnouncedEvent,
  AppEvent,
  ArrivedEvent,
  DeletedEvent,
  DeletionArrivedEvent,
  LogEvent,
  LostEvent,
  ManagementEvent,
  PushedEvent,
  ReplicaAnnouncedEvent,
  ReplicaEvent,
  StackEvent,
} from '../stack/events.ts';
import type { Paint, Style } from './paint.ts';
import { type Clock, duration, type RegionName, shortDigest } from './words.ts';

export interface Look {
  readonly paint: Paint;
  readonly clock: Clock;
  readonly regionName: RegionName;
}

const LOG_LIMIT_CHARACTERS = 160;

export const REPLICA_STYLES: Readonly<Record<ReplicaAnnouncedEvent['type'], Style>> = {
  'replica.not-ready': 'yellow',
  'replica.ready': 'green',
  'replica.removed': 'dim',
};

/** @returns undefined for what people see elsewhere, or need not see */
export function eventLine(event: StackEvent, look: Look): string | undefined {
  switch (event.event) {
    case 'pushed':
      return pushedLine(event, look);
    case 'arrived':
      return arrivedLine(event, look);
    case 'lost':
      return lostLine(event, look);
    case 'deleted':
      return deletedLine(event, look);
    case 'deletion-arrived':
      return deletionArrivedLine(event, look);
    case 'replica':
      return replicaLine(event, look);
    case 'management':
      return managementLine(event, look);
    case 'announced':
      return announcedLine(event, look);
    case 'replica-announced':
      return replicaAnnouncedLine(event, look);
    case 'app':
      return appLine(event, look);
    case 'log':
      return logLine(event, look);
    case 'ready':
    case 'stopping':
    case 'stopped':
      return undefined;
  }
}

interface Columns {
  readonly at: string;
  readonly what: string;
  readonly style: Style;
  readonly image: string;
  readonly where: string;
  readonly detail: string;
  /** The whole line is in the style, not only its first word. */
  readonly isWhole?: boolean;
}

function line({ at, what, style, image, where, detail, isWhole = false }: Columns, { paint, clock }: Look): string {
  const rest = `${image.padEnd(27)} ${where.padEnd(15)} ${detail}`.trimEnd();
  const head = what.padEnd(10);
  return `${paint('dim', clock(at))}  ${isWhole ? paint(style, `${head} ${rest}`) : `${paint(style, head)} ${rest}`}`;
}

function pushedLine({ at, image, region, digest }: PushedEvent, look: Look): string {
  const where = look.regionName(region);
  return line({ at, what: 'pushed', style: 'bold', image, where, detail: shortDigest(digest) }, look);
}

function arrivedLine(event: ArrivedEvent, look: Look): string {
  const { at, image, region, lagMs, outcome, arrivedCount, regionCount, isCurrent } = event;
  const of = { at, what: 'arrived', image, where: look.regionName(region) };
  if (outcome !== 'recorded') {
    return line({ ...of, style: 'dim', detail: `${outcome}, changes nothing`, isWhole: true }, look);
  }
  const lag = arrivedCount === 1 ? 'first' : `+${duration(lagMs)}`;
  const detail = `${arrivedCount} of ${regionCount}  ${lag}`;
  return isCurrent
    ? line({ ...of, style: 'cyan', detail }, look)
    : line({ ...of, style: 'dim', detail: `${detail}  of the overwritten push`, isWhole: true }, look);
}

function lostLine({ at, image, digest, region, reason }: LostEvent, look: Look): string {
  const shown = image.replace(digest, shortDigest(digest));
  return line(
    { at, what: 'lost', style: 'magenta', image: shown, where: look.regionName(region), detail: reason },
    look,
  );
}

function deletedLine({ at, repository, digest, tags }: DeletedEvent, look: Look): string {
  const detail = tags.length === 0 ? 'no tag pointed to it' : `with its tags ${tags.join(', ')}`;
  return line({ at, what: 'deleted', style: 'bold', image: repository, where: shortDigest(digest), detail }, look);
}

function deletionArrivedLine({ at, image, digest, region, outcome }: DeletionArrivedEvent, look: Look): string {
  const [repository = ''] = image.split('@');
  const detail = `${outcome}  deletion of ${shortDigest(digest)}`;
  return line({ at, what: 'arrived', style: 'cyan', image: repository, where: look.regionName(region), detail }, look);
}

function replicaLine({ at, change, displayName, provisioningState, message }: ReplicaEvent, look: Look): string {
  const style = change === 'removed' || provisioningState === 'Failed' ? 'magenta' : 'bold';
  const state = change === 'added' ? `added, ${provisioningState}` : provisioningState;
  const detail = change === 'removed' ? 'removed' : message === undefined ? state : `${state}: ${message}`;
  return line({ at, what: 'replica', style, image: 'of the registry', where: displayName, detail }, look);
}

const MANAGEMENT_TEXTS: Readonly<Record<ManagementEvent['mode'], string>> = {
  on: 'answers again',
  off: 'is off: connections are reset',
  throttled: 'is throttled: it answers 429',
  forbidden: 'forbids everything: it answers 403',
};

function managementLine({ at, mode }: ManagementEvent, { paint, clock }: Look): string {
  const style = mode === 'on' ? 'bold' : 'magenta';
  return `${paint('dim', clock(at))}  ${paint(style, 'api'.padEnd(10))} the management API ${MANAGEMENT_TEXTS[mode]}`;
}

function announcedLine(event: AnnouncedEvent, look: Look): string {
  const { at, type, image, region = '' } = event;
  const took = event.durationMs === undefined ? '' : duration(event.durationMs);
  const of = { at, what: shortType(type), image };
  const where = look.regionName(region);
  switch (type) {
    case 'replication.completed':
      return line({ ...of, style: 'green', where: 'everywhere', detail: `after ${took}`, isWhole: true }, look);
    case 'replication.lagging':
      return line({ ...of, style: 'yellow', where, detail: `missing for ${took}`, isWhole: true }, look);
    case 'replication.recovered':
      return line({ ...of, style: 'green', where, detail: `after ${took}` }, look);
    case 'replication.superseded': {
      const detail = `by ${shortDigest(event.supersededBy ?? '')}`;
      return line({ ...of, style: 'dim', where: shortDigest(event.digest), detail, isWhole: true }, look);
    }
    case 'replication.abandoned':
      return line({ ...of, style: 'red', where: shortDigest(event.digest), detail: event.reason ?? '' }, look);
  }
}

function replicaAnnouncedLine(event: ReplicaAnnouncedEvent, look: Look): string {
  const { at, type, region, condition, durationMs } = event;
  const detail = `${type === 'replica.ready' ? 'after' : 'for'} ${duration(durationMs)}  ${condition}`;
  const of = { at, what: shortType(type), image: 'of the registry', where: look.regionName(region), detail };
  return line({ ...of, style: REPLICA_STYLES[type], isWhole: true }, look);
}

function appLine({ at, state, instance, pid, isRestart, reason }: AppEvent, { paint, clock }: Look): string {
  const which = `process ${pid} of app instance ${instance}`;
  const text =
    state === 'ended' ? `${which} ended (${reason}); starting another` : `${which} serves${isRestart ? ' now' : ''}`;
  return `${paint('dim', clock(at))}  ${paint(state === 'ended' ? 'red' : 'dim', `${'app'.padEnd(10)} ${text}`)}`;
}

function logLine({ at, level, message }: LogEvent, { paint, clock }: Look): string {
  const [first = ''] = message.split('\n');
  const text = first.length > LOG_LIMIT_CHARACTERS ? `${first.slice(0, LOG_LIMIT_CHARACTERS - 1)}…` : first;
  return `${paint('dim', clock(at))}  ${paint(level === 'warning' ? 'yellow' : 'red', `${level.padEnd(10)} ${text}`)}`;
}
