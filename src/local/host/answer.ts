// Writes answers to the wire in the form the real host gives them.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnswerCookie, HttpAnswer } from './functions-core.ts';

/** Order and spelling of ASP.NET's SetCookieHeaderValue; the path is `/` where the app sets none. */
function toSetCookie({ name, value, expires, maxAge, domain, path, secure, sameSite, httpOnly }: AnswerCookie): string {
  return [
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    expires && `expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    maxAge && `max-age=${Math.trunc(maxAge.value)}`,
    domain && `domain=${domain.value}`,
    `path=${path?.value ?? '/'}`,
    secure?.value && 'secure',
    sameSite !== 'none' && `samesite=${sameSite === 'explicitNone' ? 'none' : sameSite}`,
    httpOnly?.value && 'httponly',
  ]
    .filter(Boolean)
    .join('; ');
}

const hasNoBody = (status: number): boolean => status === 204 || status === 304;

/** An answer of the host itself: no body, no details. */
export function answerEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, hasNoBody(status) ? headers : { ...headers, 'content-length': 0 }).end();
}

/** The answer of a function; a handler that returned nothing answers 204. */
export function answerFunction(response: ServerResponse, answer: HttpAnswer | undefined): void {
  if (answer === undefined) {
    answerEmpty(response, 204);
    return;
  }
  if (answer.enableContentNegotiation) {
    throw new TypeError('Expected an answer without enableContentNegotiation, which this host does not do, got one');
  }
  const status = Number(answer.statusCode);
  const { bytes, string } = answer.body ?? {};
  const body = bytes ?? Buffer.from(string ?? '');
  const headers: OutgoingHttpHeaders = { ...answer.headers };
  // The body is whole here, so these two are the host's to say.
  delete headers['transfer-encoding'];
  delete headers['content-length'];
  if (answer.cookies.length > 0) {
    headers['set-cookie'] = answer.cookies.map(toSetCookie);
  }
  if (!hasNoBody(status)) {
    headers['content-length'] = body.byteLength;
  }
  response.writeHead(status, headers).end(body);
}
