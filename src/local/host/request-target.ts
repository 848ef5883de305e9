// How the real host's web server reads the target of a request, `/api/path?query`. Measured in host-probe: the path is
// decoded once and `%2F` kept, so that no parameter holds a slash the client did not mean as one; the function sees
// that path encoded again, and the query as it came.
import type { NullableMapping } from './functions-core.ts';

export interface RequestTarget {
  /** Decoded; what routes are matched against. */
  path: string;
  /** The path as the function's `request.url` has it. */
  encodedPath: string;
  /** With its question mark, or empty. */
  search: string;
}

const UTF8_LENGTHS: [below: number, length: number][] = [
  [0x80, 1],
  [0xc2, 0],
  [0xe0, 2],
  [0xf0, 3],
  [0xf5, 4],
];

/** One or more `%xx` in a row; bytes that are not UTF-8 stay as they are. */
function decodeRun(run: string, isSlashKept: boolean): string {
  let decoded = '';
  for (let start = 0; start < run.length; ) {
    const byte = Number.parseInt(run.slice(start + 1, start + 3), 16);
    const length = UTF8_LENGTHS.find(([below]) => byte < below)?.[1] ?? 0;
    const character = run.slice(start, start + 3 * length);
    try {
      const isKept = length === 0 || (isSlashKept && byte === 0x2f);
      decoded += isKept ? run.slice(start, start + 3) : decodeURIComponent(character);
      start += 3 * Math.max(length, 1);
    } catch {
      decoded += run.slice(start, start + 3);
      start += 3;
    }
  }
  return decoded;
}

const decode = (text: string, isSlashKept: boolean): string =>
  text.includes('%') ? text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => decodeRun(run, isSlashKept)) : text;

/** https://datatracker.ietf.org/doc/html/rfc3986#section-5.2.4 */
function resolveDots(path: string): string {
  if (!path.includes('/.')) {
    return path;
  }
  const resolved: string[] = [];
  const segments = path.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') {
      resolved.pop();
    } else if (segment !== '.') {
      resolved.push(segment);
    }
    if (index === segments.length - 1 && (segment === '.' || segment === '..')) {
      resolved.push('');
    }
  }
  return `/${resolved.join('/')}`;
}

/** As PathString.ToUriComponent of ASP.NET: what already reads as `%xx` stays. */
function encodePath(path: string): string {
  if (/^[\w\-.~!$&'()*+,;=:@/]*$/.test(path)) {
    return path;
  }
  return path.replace(/%[0-9a-f]{2}|[^\w\-.~!$&'()*+,;=:@/]/giu, (text) =>
    /^%[0-9a-f]{2}$/i.test(text) ? text : encodeURIComponent(text),
  );
}

/** Undefined for a target that the real host answers with 400. */
export function readTarget(target: string): RequestTarget | undefined {
  if (!/^\/[\x21-\x7e]*$/.test(target)) {
    return undefined;
  }
  const queryStart = target.indexOf('?');
  const rawPath = queryStart === -1 ? target : target.slice(0, queryStart);
  const path = resolveDots(decode(rawPath, true));
  if (path.includes('\0')) {
    return undefined;
  }
  return { path, encodedPath: encodePath(path), search: queryStart === -1 ? '' : target.slice(queryStart) };
}

/** Keys are compared without case and keep the last spelling; the values of a repeated key stand in order. */
export type Query = ReadonlyMap<string, { key: string; values: readonly [string, ...string[]] }>;

const NO_QUERY: Query = new Map();

export function readQuery(search: string): Query {
  if (search.length < 2) {
    return NO_QUERY;
  }
  const query = new Map<string, { key: string; values: [string, ...string[]] }>();
  for (const pair of search.slice(1).split('&')) {
    if (pair === '') {
      continue;
    }
    const equals = pair.indexOf('=');
    const [key, value] = [
      equals === -1 ? pair : pair.slice(0, equals),
      equals === -1 ? '' : pair.slice(equals + 1),
    ].map((text) => decode(text.replaceAll('+', ' '), false)) as [string, string];
    const known = query.get(key.toLowerCase());
    query.set(key.toLowerCase(), { key, values: known ? [...known.values, value] : [value] });
  }
  return query;
}

export function toNullableQuery(query: Query): NullableMapping {
  const mapping: NullableMapping = Object.create(null);
  for (const { key, values } of query.values()) {
    mapping[key] = { value: values.join(',') };
  }
  return mapping;
}
