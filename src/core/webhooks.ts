// What a registry's webhooks have to be like, so that no push goes unheard. Pure.
import type { Region, Registry } from './names.ts';
import { parseRegion, parseRegistry } from './names.ts';

/** Whom a webhook posts to. */
export type Target =
  /** This app, or one like it, in the name of this region. */
  { readonly type: 'landfall'; readonly host: string; readonly region: Region } | { readonly type: 'other' };

const PATH = /^\/(?:.*\/)?webhooks\/([^/]+)\/([^/]+)\/?$/i;

/** Told by the URL's path alone: a host may have several names. */
export function targetOf(uri: string, registry: Registry): Target {
  const url = URL.parse(uri);
  const [, registryText = '', regionText = ''] = PATH.exec(url?.pathname ?? '') ?? [];
  const named = parseRegistry(decoded(registryText));
  const region = parseRegion(decoded(regionText));
  return url !== null && named.type === 'valid' && named.value === registry && region.type === 'valid'
    ? { type: 'landfall', host: url.host, region: region.value }
    : { type: 'other' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As much of a webhook as the findings are about. */
export interface WatchedWebhook {
  readonly name: string;
  readonly region: Region;
  readonly isEnabled: boolean;
  readonly scope: string;
  /** In lower case. */
  readonly actions: readonly string[];
  readonly ownership: 'ours' | 'other' | 'unknown';
  /** The region in whose name it posts, where that is another one than its own. */
  readonly postsAs?: Region;
  readonly lastStatusCode?: number;
}

/** The gravest first. */
export const WEBHOOK_PROBLEMS = [
  'no replica',
  'no webhook',
  'disabled',
  'posts as another region',
  'push not among its actions',
  'scope hides repositories',
  'answered with errors',
  'delete not among its actions',
] as const;

export type WebhookProblem = (typeof WEBHOOK_PROBLEMS)[number];

/** The gravest thing that is wrong with a region's webhooks. */
export interface WebhookFinding {
  readonly region: Region;
  readonly problem: WebhookProblem;
  /** Absent where there is none. */
  readonly webhook?: string;
  /** What exactly: the scope, the status code, the other region. */
  readonly detail?: string;
}

/**
 * One finding at most for each of these regions: a region with one webhook that is all right has none, unless another one
 * posts as another region, which makes that one look as if it had what it does not.
 * @param withoutReplica regions that are listed and where the registry has none
 */
export function webhookFindings(
  regions: readonly Region[],
  webhooks: readonly WatchedWebhook[],
  withoutReplica: readonly Region[] = [],
): readonly WebhookFinding[] {
  const missing = withoutReplica.map((region) => ({ region, problem: 'no replica' }) as const);
  return [...missing, ...findingsOf(regions, webhooks)];
}

function findingsOf(regions: readonly Region[], webhooks: readonly WatchedWebhook[]): readonly WebhookFinding[] {
  return [...regions].sort().flatMap((region): readonly WebhookFinding[] => {
    const ours = webhooks.filter((webhook) => webhook.region === region && webhook.ownership !== 'other');
    if (ours.length === 0) {
      return [{ region, problem: 'no webhook' }];
    }
    const found = ours.flatMap((webhook) => findingOf(webhook) ?? []);
    const misleading = found.find(({ problem }) => problem === 'posts as another region');
    const isOneAllRight = found.length < ours.length;
    const [best] = isOneAllRight ? [] : found.sort((a, b) => rank(b) - rank(a));
    const finding = misleading ?? best;
    return finding === undefined ? [] : [finding];
  });
}

/** The graver, the smaller. */
const rank = ({ problem }: WebhookFinding) => WEBHOOK_PROBLEMS.indexOf(problem);

function findingOf({ name, region, ...webhook }: WatchedWebhook): WebhookFinding | undefined {
  const of = { region, webhook: name };
  if (!webhook.isEnabled) {
    return { ...of, problem: 'disabled' };
  }
  if (webhook.postsAs !== undefined) {
    return { ...of, problem: 'posts as another region', detail: webhook.postsAs };
  }
  if (!webhook.actions.includes('push')) {
    return { ...of, problem: 'push not among its actions', detail: webhook.actions.join(', ') };
  }
  if (webhook.scope !== '') {
    return { ...of, problem: 'scope hides repositories', detail: webhook.scope };
  }
  const { lastStatusCode } = webhook;
  if (lastStatusCode !== undefined && (lastStatusCode < 200 || lastStatusCode > 299)) {
    return { ...of, problem: 'answered with errors', detail: String(lastStatusCode) };
  }
  return webhook.actions.includes('delete') ? undefined : { ...of, problem: 'delete not among its actions' };
}
