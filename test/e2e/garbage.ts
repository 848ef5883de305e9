// Requests as nobody should make them, byte by byte, because a client library would not let them through.
import type { Random } from '../simulation/random.ts';
import { anyBody, noise, validBody } from './garbage-bodies.ts';
import type { RawRequest } from './raw-http.ts';

export interface Garbage extends RawRequest {
  readonly kind: string;
  /** What the app gets to see of it as a body. */
  readonly body: Buffer;
}

interface Parts {
  readonly kind: string;
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer;
  readonly isChunked?: boolean;
  readonly isHttp?: boolean;
}

const LINE = '\r\n';
const WEBHOOK = '/api/webhooks/contoso/eastus';

function chunked(body: Buffer, random: Random): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const piece = body.subarray(at, at + random.pick([1, 7, 1_000, 70_000]));
    pieces.push(Buffer.from(`${piece.length.toString(16)}${LINE}`), piece, Buffer.from(LINE));
    // Pieces of one byte would make a large body take for ever.
    at += piece.length;
    if (body.length > 5_000 && pieces.length > 30) {
      const rest = body.subarray(at);
      pieces.push(Buffer.from(`${rest.length.toString(16)}${LINE}`), rest, Buffer.from(LINE));
      break;
    }
  }
  return Buffer.concat([...pieces, Buffer.from(`0${LINE}${LINE}`)]);
}

function assemble(parts: Parts, random: Random): Garbage {
  const { kind, method = 'POST', target = WEBHOOK, headers = [], body = Buffer.alloc(0), isHttp = true } = parts;
  const framing = parts.isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const hasFraming = headers.some((header) => /^(content-length|transfer-encoding)\s*:/i.test(header));
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers];
  const head = [...lines, ...(hasFraming || method === 'GET' ? [] : [framing])].join(LINE) + LINE + LINE;
  const content = parts.isChunked ? chunked(body, random) : body;
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), method === 'GET' ? Buffer.alloc(0) : content]);
  return { kind, bytes, body, isHttp };
}

const CONTENT_TYPES = [
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/xml',
    'multipart/form-data',
    '',
  ],
  ...['application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'image/png', 'a/b/c', 'nonsense', '*/*'],
];

const JSON_TYPE = 'Content-Type: application/json';

function oddHeaders(random: Random, key: string): readonly string[] {
  const given = `x-functions-key: ${key}`;
  const all: readonly (readonly string[])[] = [
    [],
    ['x-functions-key: wrong'],
    [`x-functions-key: ${key}x`],
    [given, given],
    ['x-functions-key:'],
    [given, 'Content-Encoding: gzip'],
    [given, 'Expect: 100-continue'],
    [given, 'Accept-Encoding: br;q=x, *', 'Accept: \xff\xfe'],
    [given, `X-Odd: ${'\xe9\x80'.repeat(50)}`],
    [given, 'X-HTTP-Method-Override: DELETE', 'X-Forwarded-For: 1.2.3.4', 'X-Original-URL: /admin/host/status'],
    [given, 'traceparent: garbage', 'tracestate: \x01'],
    [given, ...Array.from({ length: 150 }, (_, index) => `X-Many-${index}: ${index}`)],
    [given, `X-Long: ${'h'.repeat(random.pick([8_000, 20_000]))}`],
    [given, 'Cookie: a=b; c', 'Cookie: =', 'Range: bytes=0-', 'If-None-Match: "', 'If-Match: *'],
    [given, 'Authorization: Bearer x', 'x-ms-client-principal: !!!', 'x-functions-clientid: x'],
    [given, 'Date: tomorrow', 'Content-Length-X: 5', 'Content-MD5: x', 'Origin: null'],
  ];
  return random.pick(all);
}

/** What the parser of HTTP refuses, or would wait for, if the client did not go away. */
function noHttp(random: Random, key: string): Parts {
  const kind = 'no http';
  const given = `x-functions-key: ${key}`;
  const all: readonly Parts[] = [
    { kind, method: random.pick(['', 'PO ST', 'GET /', '\x16\x03\x01', 'BREW']) },
    { kind, target: random.pick(['', ' ', 'no-slash', 'http://[', '/a b', '/\x00', '/\xff\xfe']) },
    {
      kind,
      headers: [
        given,
        random.pick(['Content-Length: -1', 'Content-Length: x', 'Content-Length: 5\r\nContent-Length: 6']),
      ],
    },
    { kind, headers: [given, 'Content-Length: 500'], body: Buffer.from('{"too":"short"}') },
    { kind, headers: [given, 'Transfer-Encoding: chunked'], body: Buffer.from('zz\r\nno chunk\r\n') },
    { kind, headers: [given, 'Transfer-Encoding: chunked', 'Content-Length: 3'], body: Buffer.from('0\r\n\r\n') },
    { kind, headers: [given, 'Transfer-Encoding: gzip'], body: Buffer.from('abc') },
    { kind, headers: [given, 'Bad Header: x', ': y', 'no colon'] },
    { kind, headers: [given, `X-Long: ${'h'.repeat(60_000)}`] },
  ];
  return { ...random.pick(all), isHttp: false };
}

const SEGMENTS = [
  ...[
    'contoso',
    'CONTOSO',
    'Contoso',
    'contosoo',
    'fabrikam',
    'con',
    'x'.repeat(51),
    '',
    '.',
    '..',
    '%2e%2e',
    '*',
    '~',
  ],
  ...[
    'eastus',
    'EASTUS',
    'East%20US',
    'east+us',
    'westus2',
    'atlantis',
    'e',
    '1east',
    'east-us',
    'eastus%00',
    '%00',
    '%0a',
  ],
  ...[
    '%2F',
    '%2f%2f',
    '%252F',
    '%',
    '%zz',
    '%ff%fe',
    '%c0%80',
    '%f0%9f%92%a5',
    "'",
    '"',
    '|',
    '{registry}',
    '<x>',
    ';a=b',
  ],
  ...[
    'a'.repeat(61),
    'a'.repeat(9_000),
    '%20',
    '%09',
    'eastus%20',
    '%E2%80%AE',
    '$metadata',
    'null',
    'undefined',
    '-1',
  ],
];

function oddPath(random: Random): string {
  const segments = (count: number) => Array.from({ length: count }, () => random.pick(SEGMENTS)).join('/');
  const query = random.pick(['', '', '', '?', '?a', '?a=b&a=c', '?%zz=%', '?code=wrong', '?wait=1']);
  const start = random.pick([
    '/api/webhooks',
    '/api/webhooks',
    '/api/webhooks',
    '/API/Webhooks',
    '/api',
    '/api//webhooks',
  ]);
  return random.chance(0.7)
    ? `${start}/contoso/${random.pick(SEGMENTS)}${query}`
    : `${start}/${segments(random.integer(0, 4))}${query}`;
}

const IMAGES = [
  ...[
    'public/products/web:1.2',
    'public%2Fproducts%2fweb:1.2',
    'web',
    'web:',
    ':1',
    'web@',
    '@',
    ':',
    'WEB:1',
    'web:1:2',
  ],
  ...[
    'web:1@sha256:',
    `web:1@sha256:${'a'.repeat(64)}`,
    `web@sha256:${'A'.repeat(64)}`,
    'a//b:1',
    'a/:1',
    '%2e%2e/x:1',
  ],
  ...[
    'a%00:1',
    '%ff:1',
    '%252F:1',
    'w%65b:1',
    `${'a'.repeat(256)}:${'t'.repeat(128)}`,
    `${'a/'.repeat(200)}b:1`,
    'a|b:1',
  ],
];

function oddStatusRead(random: Random): Parts {
  const registry = random.chance(0.7) ? 'contoso' : random.pick(SEGMENTS);
  const known = `public/products/web:g${random.integer(0, 300)}`;
  const image = random.pick([known, random.pick(IMAGES), random.pick(IMAGES), random.pick(SEGMENTS)]);
  const query = random.pick([
    '',
    '',
    '?wait=',
    '?wait=0',
    '?wait=-1',
    '?wait=x',
    '?wait=1e9',
    '?wait=%00',
    '?wait=0&wait=0',
  ]);
  const match = random.pick([[], [], ['If-None-Match: *'], ['If-None-Match: "x", W/"y'], ['If-None-Match: \xff']]);
  return { kind: 'status', method: 'GET', target: `/api/replications/${registry}/${image}${query}`, headers: match };
}

/** @param number makes the tag of the body, if it keeps one: `gNUMBER` */
export function garbage(number: number, key: string, random: Random): Garbage {
  const tag = `g${number}`;
  const given = [`x-functions-key: ${key}`];
  const chance = random.next();
  const isChunked = random.chance(0.3);
  if (chance < 0.6) {
    const { kind, bytes } = anyBody(random, tag);
    const headers = [...given, `Content-Type: ${random.pick(CONTENT_TYPES)}`];
    return assemble({ kind, headers, body: bytes, isChunked }, random);
  }
  const body = validBody(tag).bytes;
  if (chance < 0.72) {
    const headers = [...oddHeaders(random, key), JSON_TYPE];
    return assemble({ kind: 'headers', headers, body, isChunked }, random);
  }
  if (chance < 0.88) {
    const method = random.chance(0.85) ? 'POST' : random.pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'GET', 'TRACE']);
    const headers = [...given, JSON_TYPE];
    return assemble({ kind: 'path', method, target: oddPath(random), headers, body, isChunked }, random);
  }
  if (chance < 0.96) {
    const read = oddStatusRead(random);
    return assemble({ ...read, headers: [...given, ...(read.headers ?? [])] }, random);
  }
  if (chance < 0.98) {
    return { kind: 'no http', bytes: noise(random, random.integer(1, 300)), body: Buffer.alloc(0), isHttp: false };
  }
  return assemble(noHttp(random, key), random);
}
