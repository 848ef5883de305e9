// A message of the topic, for people. Pure.
import type { ReplicationEvent } from '../../adapters/service-bus/replication-event.ts';
import { shortType } from '../stack/announcement-type.ts';
import type { Look } from './event-line.ts';
import type { Style } from './paint.ts';
import { duration } from './words.ts';

const STYLES: Readonly<Record<ReplicationEvent['type'], Style>> = {
  'replication.completed': 'green',
  'replication.lagging': 'yellow',
  'replication.recovered': 'green',
  'replication.superseded': 'dim',
  'replication.abandoned': 'red',
};

export function messageLines(event: ReplicationEvent, { paint, clock, regionName }: Look): string[] {
  const { type, subject, time, data } = event;
  const arrivals = data.regions.map(({ region, lagMs }) => `${regionName(region)} +${duration(lagMs)}`);
  const fields: [string, string | undefined][] = [
    ['after', duration(data.durationMs)],
    ...particulars(event, regionName),
    ['image', data.image],
    ['arrived', arrivals.join(', ')],
    ['missing', data.missing.length === 0 ? undefined : data.missing.map(regionName).join(', ')],
  ];
  const head = `${paint('dim', clock(time))}  ${paint(STYLES[type], shortType(type).padEnd(10))}  ${paint('bold', subject)}`;
  const rest = fields
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `          ${paint('dim', name.padEnd(10))}  ${text}`);
  return [head, ...rest];
}

function particulars(event: ReplicationEvent, regionName: (region: string) => string): [string, string][] {
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
