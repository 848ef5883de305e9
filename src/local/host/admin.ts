// The one request of the real host's admin interface that this host answers: run a function now.
// https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerEmpty } from './answer.ts';
import type { AuthLevel } from './keys.ts';
import { readBody } from './request-body.ts';

const RUN_PATH = /^\/admin\/functions\/([^/]+)\/?$/i;
/** The body is `{"input": …}`, of which a timer function gets to see nothing. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Undefined for a request that isn't this interface's. */
export const functionToRun = (method: string, path: string): string | undefined =>
  method === 'POST' ? RUN_PATH.exec(path)?.[1] : undefined;

async function statusOf(request: IncomingMessage, level: AuthLevel, isKnown: boolean): Promise<number> {
  if (level !== 'admin') {
    return level === 'anonymous' ? 401 : 403;
  }
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
    return 415;
  }
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (body.type === 'too-large') {
    return 413;
  }
  try {
    JSON.parse(body.type === 'whole' ? body.bytes.toString() : '');
  } catch {
    return 400;
  }
  return isKnown ? 202 : 404;
}

/** Answers at once, before the function has run: whether it fails shows in the log only. */
export async function answerAdmin(
  request: IncomingMessage,
  response: ServerResponse,
  level: AuthLevel,
  run: (() => void) | undefined,
): Promise<void> {
  const status = await statusOf(request, level, run !== undefined);
  answerEmpty(response, status, status === 413 ? { connection: 'close' } : {});
  if (status === 202) {
    run?.();
  }
}
