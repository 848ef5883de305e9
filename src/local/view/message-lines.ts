// A message of the topic, for people. Pure.
import type { ReplicaEvent } from '../../adapters/service-bus/replica-event.ts';
import type { ReplicationEvent } from '../../adapters/service-bus/replication-event.ts';
import { shortType } from '../stack/announcement-type.ts';
import { type Look, REPLICA_STYLES } from './event-line.ts';
import type { Style } from './paint.ts';
import { duration, type RegionName } from './words.ts';

export type AnyEvent = ReplicationEvent | ReplicaEvent;

const STYLES: Readonly<Record<AnyEvent['type'], Style>> = {
  'replication.completed': 'green',
  'replication.lagging': 'yellow',
  'replication.recovered': 'green',
  'replication.superseded': 'dim',
  'replication.abandoned': 'red',
  ...REPLICA_STYLES,
};

type Field = [string, string | undefined];

export function messageLines(event: AnyEvent, { paint, clock, regionName }: Look): string[] {
  const { type, subject, time } = event;
  const fields = isOfReplica(event) ? replicaFields(event, regionName) : replicationFields(event, regionName);
  const head = `${paint('dim', clock(time))}  ${paint(STYLES[type], shortType(type).padEnd(10))}  ${paint('bold', subject)}`;
  const rest = fields
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `          ${paint('dim', name.padEnd(10))}  ${text}`);
  return [head, ...rest];
}

function isOfReplica(event: AnyEvent): event is ReplicaEvent {
  return event.type in REPLICA_STYLES;
}

function replicaFields({ data }: ReplicaEvent, regionName: RegionName): Field[] {
  return [
    ['after', duration(data.durationMs)],
    ['registry', data.registry],
    ['region', regionName(data.region)],
    ['condition', data.condition],
  ];
}

function replicationFields(event: ReplicationEvent, regionName: RegionName): Field[] {
  const { data } = event;
  const arrivals = data.regions.map(({ region, lagMs }) => `${regionName(region)} +${duration(lagMs)}`);
  return [
    ['after', duration(data.durationMs)],
    ...particulars(event, regionName),
    ['image', data.image],
    ['arrived', arrivals.join(', ')],
    ['missing', data.missing.length === 0 ? undefined : data.missing.map(regionName).join(', ')],
  ];
}

function particulars(event: ReplicationEvent, regionName: RegionName): [string, string][] {
  switch (event.type) {
    case 'replication.completed':
      return [];
    case 'replication.lagging':
    case 'replication.recovered':
      return [['region', regionName(event.data.region)]];
    case 'replication.superseded':
      return [['by', event.data.supersededBy]];
    case 'replication.abandoned':
      return [['reason', event.data.reason]];
  }
}
