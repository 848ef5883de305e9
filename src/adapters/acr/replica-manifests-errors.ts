// What went wrong when a replica was asked, in the words of the ports. No token and no body gets into a message.
import { Forbidden, Throttled, Unavailable } from '../../usecases/ports.ts';
import { type Question, toPortError, toRetryAfterMs } from './management-errors.ts';
import type { ReplicaAnswer } from './replica-manifests-https.ts';

/** The replica, or its token service, answered, and not with yes. */
export class ReplicaRefusal extends Error {
  override readonly name = 'ReplicaRefusal';
  readonly status: number;
  /** It knows who asks, and that one may not. */
  readonly isForbidden: boolean;
  readonly retryAfter: string | undefined;

  /** @param word the registry's own for it, `insufficient_scope`; by default the code in the body, `DENIED` */
  constructor({ status, headers, body }: ReplicaAnswer, isForbidden = status === 403, word = codeIn(body)) {
    super(word === undefined ? String(status) : `${status} ${word}`);
    this.status = status;
    this.isForbidden = isForbidden;
    this.retryAfter = headers['retry-after'];
  }
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
function codeIn(body: Buffer): string | undefined {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: readonly { code?: unknown }[] };
    const code = errors?.[0]?.code;
    return typeof code === 'string' && /^\w{1,80}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** @returns `Throttled`, `Forbidden` or `Unavailable` */
export function toReplicaPortError(error: unknown, question: Question): Error {
  const { expected, permission, signal } = question;
  if (signal.aborted || !(error instanceof ReplicaRefusal)) {
    return unanswered(error, question);
  }
  const message = `Expected ${expected}, got ${error.message}`;
  if (error.isForbidden) {
    const lacks = `the identity lacks ${permission}, or the registry's network rules keep this app out`;
    return new Forbidden(`${message}; ${lacks}`, permission, { cause: error });
  }
  if (error.status === 429 || (error.status === 503 && error.retryAfter !== undefined)) {
    const retryAfterMs = toRetryAfterMs(error.retryAfter, Date.now());
    const wait = `it can be asked again in ${Math.ceil(retryAfterMs / 1000)} s`;
    return new Throttled(`${message}; ${wait}`, retryAfterMs, { cause: error });
  }
  return new Unavailable(message, { cause: error });
}

function unanswered(error: unknown, question: Question): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!question.signal.aborted && code === 'ENOTFOUND') {
    const hint = 'no such host; are regional endpoints enabled on the registry, and is the region one of its replicas?';
    return new Unavailable(`Expected ${question.expected}, got ${hint}`, { cause: error });
  }
  // Where a host has several addresses, the platform's error has no text of its own.
  const isSilent = error instanceof AggregateError && error.message === '';
  return isSilent
    ? new Unavailable(`Expected ${question.expected}, got ${String(code)}`, { cause: error })
    : toPortError(error, question);
}
