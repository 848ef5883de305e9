// What went wrong when the management API was asked, in the words of the ports. Bodies of its answers stay out of every
// message: some hold keys.
import { Forbidden, Throttled, Unavailable } from '../../usecases/ports.ts';

/** What was asked. */
export interface Question {
  /** What was to come of it: `registry contoso to list its webhooks`. */
  readonly expected: string;
  /** What a role needs for it, as a role definition writes it. */
  readonly permission: string;
  readonly signal: AbortSignal;
}

/** The API answered, and not with yes. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** The API's own word for it, `ResourceNotFound`; undefined when what came is not in the API's form. */
  readonly code: string | undefined;
  /** The API's own sentence, for a person who asked: too long for a log, and nobody knows what is in it. */
  readonly detail: string;
  readonly retryAfter: string | undefined;

  constructor(status: number, body: string | null | undefined, retryAfter: string | undefined) {
    const { code, message } = errorOf(body);
    super(code === undefined ? String(status) : `${status} ${code}`);
    this.status = status;
    this.code = code;
    this.detail = message;
    this.retryAfter = retryAfter;
  }
}

/** There was no token to ask with. */
export class TokenFailure extends Error {
  override readonly name = 'TokenFailure';
}

/** What came is not what the API is known to answer. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(issues: readonly string[] = []) {
    super(['an answer that cannot be read', issues.slice(0, 3).join('; ')].filter((part) => part !== '').join(': '));
  }
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/find-error-code */
function errorOf(body: string | null | undefined): { code: string | undefined; message: string } {
  try {
    const { error } = JSON.parse(body ?? '') as { error?: { code?: unknown; message?: unknown } };
    const { code, message } = error ?? {};
    const isCode = typeof code === 'string' && /^[\w.]{1,80}$/.test(code);
    return { code: isCode ? code : undefined, message: typeof message === 'string' ? message : '' };
  } catch {
    return { code: undefined, message: '' };
  }
}

/** @returns `Throttled`, `Forbidden` or `Unavailable` */
export function toPortError(error: unknown, question: Question): Error {
  const { expected, permission, signal } = question;
  if (signal.aborted) {
    return new Unavailable(`Expected ${expected}, got no answer in time`, { cause: signal.reason });
  }
  if (!(error instanceof Refusal)) {
    return new Unavailable(`Expected ${expected}, got ${reasonOf(error)}`, hasSecrets(error) ? {} : { cause: error });
  }
  const message = `Expected ${expected}, got ${error.message}`;
  if (error.status === 429) {
    const retryAfterMs = toRetryAfterMs(error.retryAfter, Date.now());
    const wait = `it can be asked again in ${Math.ceil(retryAfterMs / 1000)} s`;
    return new Throttled(`${message}; ${wait}`, retryAfterMs, { cause: error });
  }
  if (error.status === 403) {
    const missing = permissionIn(error.detail) ?? permission;
    return new Forbidden(`${message}; the identity lacks ${missing}`, missing, { cause: error });
  }
  return new Unavailable(message, { cause: error });
}

const UNKNOWN_WAIT_MS = 60_000;
/** A wait that is longer is a slip of whoever wrote it: it would silence us for good. */
const LONGEST_WAIT_MS = 3_600_000;

/** @param header seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function toRetryAfterMs(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? UNKNOWN_WAIT_MS : Math.min(Math.max(0, waitMs), LONGEST_WAIT_MS);
}

/** `… does not have authorization to perform action 'Microsoft.ContainerRegistry/…' over scope …` */
export function permissionIn(message: string): string | undefined {
  return /action '(?<permission>Microsoft\.[\w./]{1,150})'/.exec(message)?.groups?.['permission'];
}

/** The SDK's errors hold the request with its token; those of a body that is no JSON quote it. */
const hasSecrets = (error: unknown) =>
  error instanceof SyntaxError || (error instanceof Error && error.name === 'RestError');

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof Unreadable) {
    return error.message;
  }
  const isOutage =
    error instanceof TokenFailure ||
    isFailedOperation(error) ||
    (error instanceof Error && codeOf(error) !== undefined && codeOf(error) !== 'PARSE_ERROR');
  return isOutage ? firstLine(error.message) : new Unreadable().message;
}

/** The SDK tells it by its text alone, in which the API's code and message are. */
const isFailedOperation = (error: unknown): error is Error =>
  error instanceof Error && /^The long-running operation has (?:failed|been canceled)/.test(error.message);

export function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}
