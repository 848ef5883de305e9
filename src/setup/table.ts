// Findings as a table for a terminal.
import type { Finding } from './plan.ts';

const HEADER = ['REGION', 'REPLICA', 'WEBHOOK', 'STATUS', 'SCOPE', 'ACTIONS', 'POSTS TO', 'VERDICT'];

/** Lines, the first one naming the columns. */
export function tableLines(findings: readonly Finding[]): string[] {
  const rows = [HEADER, ...findings.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cells({ region, state, webhook, ownership, faults }: Finding): string[] {
  const verdict = ownership === 'other' ? "not this app's: left alone" : faults.join('; ') || 'well';
  if (webhook === undefined) {
    return [region, state, '-', '-', '-', '-', '-', verdict];
  }
  const { name, isEnabled, scope, actions, callback } = webhook;
  const status = isEnabled ? 'enabled' : 'disabled';
  const postsTo = shownTarget(callback.serviceUri, ownership);
  return [region, state, name, status, scope === '' ? 'all' : scope, actions.join(','), postsTo, verdict];
}

/** Without the query, which may hold a key; of a webhook of others without the path, which may be one. */
function shownTarget(serviceUri: string, ownership: Finding['ownership']): string {
  const uri = URL.parse(serviceUri);
  if (uri === null) {
    return 'no URL';
  }
  return ownership === 'ours' ? `${uri.host}${uri.pathname}` : uri.host;
}
