// The answers that all HTTP functions share.
import type { HttpResponseInit } from '@azure/functions';

/** RFC 9457 problem details: what was expected and what came, for a person to read. */
export function problem(
  status: number,
  title: string,
  detail: string,
  more: { readonly issues?: readonly string[]; readonly headers?: Readonly<Record<string, string>> } = {},
): HttpResponseInit {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...more.headers },
    jsonBody: {
      type: 'about:blank',
      title,
      status,
      detail,
      ...(more.issues === undefined ? {} : { issues: more.issues }),
    },
  };
}

export function unknownRegistry(came: string, known: readonly string[]): HttpResponseInit {
  return problem(404, 'Unknown registry', `expected one of ${known.join(', ')}, got ${JSON.stringify(came)}`);
}

/** The store did not confirm in time. Nothing is acknowledged; the sender may try again. */
export function unavailable(detail: string): HttpResponseInit {
  return problem(503, 'Storage unavailable', detail, { headers: { 'retry-after': '5' } });
}
