// What `npm run registry` prints. Pure.
import type { ManagementFault } from '../registry/management-faults.ts';
import type { Replica } from '../registry/model.ts';
import type { RegistryDescription, WebhookDescription } from '../stack/registry-description.ts';
import type { RegistryOrder } from '../stack/registry-order.ts';
import type { Paint } from './paint.ts';
import { type RegionName, regionNames, shortDigest } from './words.ts';

const MODES: Readonly<Record<NonNullable<ManagementFault['mode']>, string>> = {
  on: 'on',
  off: 'off: connections are reset',
  throttled: 'throttled: it answers 429',
  forbidden: 'forbidden: it answers 403',
};

export function registryLines(
  { registry, replicas, webhooks, management }: RegistryDescription,
  paint: Paint,
): string[] {
  const regionName = regionNames(replicas);
  const title = (text: string) => paint('bold', text);
  return [
    `${title('Registry')}  ${registry}`,
    '',
    title('Replicas'),
    ...table(replicas.map(replicaRow)),
    '',
    title('Webhooks'),
    ...(webhooks.length === 0 ? ['  none'] : table(webhooks.map((webhook) => webhookRow(webhook, regionName)))),
    '',
    `${title('Management API')}  ${MODES[management.mode ?? 'on']}`,
  ];
}

function replicaRow(replica: Replica): string[] {
  const { name, region, displayName, isHome, provisioningState, displayStatus, message } = replica;
  const state = provisioningState === 'Succeeded' ? displayStatus : provisioningState;
  const routed = replica.regionEndpointEnabled ? '' : ', not routed to';
  return [displayName, region, name, `${state}${isHome ? ' (home)' : ''}${routed}`, message ?? ''];
}

function webhookRow(webhook: WebhookDescription, regionName: RegionName): string[] {
  const { name, region, status, scope, actions, lastAnswer } = webhook;
  const what = `${actions.join(', ')} of ${scope === '' ? 'every repository' : scope}`;
  return [name, regionName(region), status, what, lastAnswer ?? 'nothing sent yet'];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widthOf(column))).join('  ')}`.trimEnd());
}

/** What was done. */
export function orderLine(order: RegistryOrder): string {
  switch (order.order) {
    case 'add': {
      const where = `${order.displayName} (${order.region})`;
      switch (order.state) {
        case 'ready':
          return `Added a replica in ${where}: it is ready.`;
        case 'creating':
          return `Added a replica in ${where}: it is being created, and ready in a few seconds.`;
        case 'stuck':
          return `Added a replica in ${where}: it is being created, and will never be ready.`;
        case 'failed':
          return `Added a replica in ${where}: its creation has failed.`;
      }
      break;
    }
    case 'remove':
      return `Removed the replica in ${order.displayName} (${order.region}), and the region's webhooks.`;
    case 'delete':
      return `Deleted ${shortDigest(order.digest)} from ${order.repository}: each region tells of it in its own time.`;
    case 'management':
      return `The management API is ${MODES[order.mode]}.`;
  }
}
