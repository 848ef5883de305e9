// What went wrong, in the words of the ports. The SDK's errors carry the status; the service's own code stands in
// `details.odataError` after a single operation and in `code` after a transaction.
// https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
import { Unavailable, VersionConflict } from '../../usecases/ports.ts';

/** What is stored cannot be understood, and not because it is newer. Somebody has to look at it. */
export class CorruptEntity extends Error {
  override readonly name = 'CorruptEntity';
}

interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
}

/** @returns undefined when it is no answer of the service */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') {
    return undefined;
  }
  const { code, details } = error as { code?: string; details?: { odataError?: { code?: string } } };
  return { status: error.statusCode, code: details?.odataError?.code ?? code };
}

const hasCode = (error: unknown, code: string) => refusalOf(error)?.code === code;

export const isTableNotFound = (error: unknown) => hasCode(error, 'TableNotFound');
export const isEntityNotFound = (error: unknown) => hasCode(error, 'ResourceNotFound');
export const isAlreadyThere = (error: unknown) => hasCode(error, 'EntityAlreadyExists');

/** The entity that was to be inserted is there, or the one that was to be replaced has changed or is gone. */
export function toVersionConflict(error: unknown): unknown {
  const isChanged = hasCode(error, 'UpdateConditionNotSatisfied') || isEntityNotFound(error);
  if (!isChanged && !isAlreadyThere(error)) {
    return error;
  }
  return new VersionConflict(`expected the version that was read, got ${refusalOf(error)?.code}`, { cause: error });
}

/** Answers that say what is stored, or that we asked wrongly: asking again would bring the same. */
const FINAL = new Set([400, 404, 405, 409, 411, 412, 413, 414, 415, 416, 501, 505]);
/** A table that is being deleted cannot be created yet, one that was created may take a moment to be seen. */
const PASSING = new Set(['TableBeingDeleted', 'TableNotFound']);
/** Of the SDK's pipeline and of its credentials. */
const OUTAGES =
  /^(?:RestError|AbortError|AuthenticationError|AggregateAuthenticationError|CredentialUnavailableError)$/;

/**
 * Whatever says that the service could not be reached, did not answer, refused or gave up becomes `Unavailable`; the
 * operation may have taken effect. Anything else stays what it is.
 */
export function toUnavailable(error: unknown, operation: string): unknown {
  const refusal = refusalOf(error);
  const isFinal = refusal !== undefined && FINAL.has(refusal.status) && !PASSING.has(refusal.code ?? '');
  if (!(error instanceof Error) || !OUTAGES.test(error.name) || isFinal) {
    return error;
  }
  const reason = refusal === undefined ? error.message : `status ${refusal.status} ${refusal.code ?? ''}`;
  return new Unavailable(`expected Table Storage to ${operation}, got ${reason.trim()}`, { cause: error });
}
