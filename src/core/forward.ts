// A completed push as the registry itself would tell of it, for tools that know the registry's own webhook and nothing
// else: one notification, at the right time, instead of one per region at any time.
import { matchesPattern } from './repository-pattern.ts';

/** What a `replication.completed` message says that a notification needs. */
export interface CompletedPush {
  /** Of the message; the same for every repetition of it. */
  readonly id: string;
  /** When it was decided, as in `2026-11-20T09:12:08.402Z`. */
  readonly completedAt: string;
  /** `contoso.azurecr.io` */
  readonly loginServer: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly mediaType?: string;
}

/**
 * Without `size` and `length`, which no message knows and no known receiver needs.
 * https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference#push-event
 */
export interface PushNotification {
  readonly id: string;
  readonly timestamp: string;
  readonly action: 'push';
  readonly target: {
    readonly mediaType?: string;
    readonly digest: string;
    readonly repository: string;
    readonly tag: string;
  };
  readonly request: {
    readonly id: string;
    readonly host: string;
    readonly method: 'PUT';
    readonly useragent: string;
  };
}

export function toPushNotification(push: CompletedPush): PushNotification {
  const { id, completedAt, loginServer, repository, tag, digest, mediaType } = push;
  return {
    id,
    timestamp: completedAt,
    action: 'push',
    target: { ...(mediaType === undefined ? {} : { mediaType }), digest, repository, tag },
    request: { id, host: loginServer, method: 'PUT', useragent: 'Landfall' },
  };
}

export interface ForwardTarget {
  /** For people: in logs, never a URL. */
  readonly name: string;
  /** Patterns; none at all means every repository. */
  readonly repositories: readonly string[];
}

export function isFor({ repositories }: ForwardTarget, repository: string): boolean {
  return repositories.length === 0 || repositories.some((pattern) => matchesPattern(pattern, repository));
}

/** `later`: the same request may be taken another time. `refused`: it will not, whenever it is made. */
export type Verdict = 'accepted' | 'refused' | 'later';

/** Answers with a 4xx of their own that mean no more than "not now". */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) {
    return 'accepted';
  }
  return status >= 500 || LATER.has(status) ? 'later' : 'refused';
}
