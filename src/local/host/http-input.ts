// A request in the form in which the real host hands it to the library.
import type { IncomingMessage } from 'node:http';
import type { HttpInput, NullableMapping } from './functions-core.ts';
import { type Query, type RequestTarget, toNullableQuery } from './request-target.ts';

/** A request as far as the host reads it before a function is found. */
export interface IncomingCall {
  request: IncomingMessage;
  method: string;
  target: RequestTarget;
  query: Query;
}

/** Repeated headers arrive as one, joined by commas; Node's own `headers` joins with a space or drops some. */
function toNullableHeaders(rawHeaders: readonly string[]): NullableMapping {
  const headers: NullableMapping = Object.create(null);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const known = headers[name];
    headers[name] = { value: known === undefined ? value : `${known.value},${value}` };
  }
  return headers;
}

function toNullableParams(params: Record<string, string>): NullableMapping {
  const mapping: NullableMapping = Object.create(null);
  for (const [name, value] of Object.entries(params)) {
    mapping[name] = { value };
  }
  return mapping;
}

/** The body is added by whoever reads it. */
export function toHttpInput(
  { request, method, target, query }: IncomingCall,
  params: Record<string, string>,
): HttpInput {
  return {
    method,
    url: `http://${request.headers.host ?? 'localhost'}${target.encodedPath}${target.search}`,
    nullableHeaders: toNullableHeaders(request.rawHeaders),
    nullableQuery: toNullableQuery(query),
    nullableParams: toNullableParams(params),
  };
}

/** A key in the header counts even if it is empty or wrong; only without that header is the query looked at. */
export const givenKey = ({ request, query }: IncomingCall): string | undefined =>
  request.headersDistinct['x-functions-key']?.[0] ?? query.get('code')?.values[0];
