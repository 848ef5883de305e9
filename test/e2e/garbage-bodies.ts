// Bodies of webhooks as nobody should send them: real ones, changed in their structure or their bytes, and mere noise.
import { readdirSync, readFileSync } from 'node:fs';
import type { Random } from '../simulation/random.ts';

export interface Body {
  readonly kind: string;
  readonly bytes: Buffer;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const folder = new URL('../fixtures/payloads/', import.meta.url);
const payloads = readdirSync(folder)
  .toSorted()
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as JsonObject);

const LIMIT_BYTES = 64 * 1024;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A real payload; one that has a tag has this one, so that rows can be told apart. */
function payload(random: Random, tag: string): JsonObject {
  const copy = structuredClone(random.pick(payloads));
  if (isObject(copy['target']) && copy['target']['tag'] !== undefined) {
    copy['target']['tag'] = tag;
  }
  return copy;
}

function push(tag: string): JsonObject {
  const found = payloads.find(({ action, target }) => action === 'push' && isObject(target) && 'tag' in target);
  const copy = structuredClone(found ?? {});
  return { ...copy, target: { ...(copy['target'] as JsonObject), tag } };
}

const text = (random: Random, alphabet: string, length: number): string =>
  Array.from({ length }, () => random.pick([...alphabet])).join('');

export const noise = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.integer(0, 255)));

const nested = (depth: number, open: string, inner: string, close: string): string =>
  open.repeat(depth) + inner + close.repeat(depth);

const ODD_TEXTS = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '/',
    '//',
    '-',
    'a',
    'A',
    'é',
    '💥',
    '\u0000',
    '\ud800',
    '\ufeff',
    '\u202e',
    '|',
    ':',
    '#?\\',
  ],
  ...['null', '__proto__', 'constructor', 'push', 'ping', 'delete', 'latest', '1.2', 'a:b', 'a@b', '../../etc/passwd'],
  ...[
    'public/products/web',
    'Public/Products/Web',
    '/leading',
    'trailing/',
    'a//b',
    'a|b',
    'a%2fb',
    'ä/b',
    'a'.repeat(256),
  ],
  ...['a'.repeat(257), `a/${'b'.repeat(254)}`, 'x'.repeat(128), 'x'.repeat(129), 'y'.repeat(5_000)],
  ...[`sha256:${'0'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, `sha512:${'f'.repeat(128)}`],
  ...[
    'sha256:',
    'md5:0',
    '2026-11-17T16:52:01Z',
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:60Z',
  ],
  ...['2026-11-17T16:52:01.1234567890Z', '2026-11-17T16:52:01+14:00', '1e400', "' OR 1=1 --", '<script>', '$(id)'],
];

const ODD_NUMBERS = [0, -0, -1, 1e308, Number.MAX_SAFE_INTEGER, 0.1, 5e-324, -1e21];

function oddValue(random: Random, depth = 0): Json {
  switch (random.integer(0, depth > 2 ? 4 : 7)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(ODD_NUMBERS);
    case 3:
    case 4:
      return random.pick(ODD_TEXTS);
    case 5:
      return text(random, 'abz019._-/:@ \u0000é💥', random.integer(1, 40));
    case 6:
      return Array.from({ length: random.integer(0, 4) }, () => oddValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.integer(0, 4) }, () => [random.pick(ODD_TEXTS), oddValue(random, depth + 1)]),
      );
  }
}

/** Changes one thing of it, at any depth. */
function changeStructure(root: JsonObject, random: Random): Json {
  const places = [root, ...Object.values(root).filter(isObject)];
  const place = random.pick(places);
  const key = random.pick([...Object.keys(place), 'extra']);
  switch (random.integer(0, 6)) {
    case 0:
      delete place[key];
      break;
    case 1:
      place[random.pick(ODD_TEXTS)] = oddValue(random);
      break;
    case 2:
      return random.chance(0.5) ? [root] : { notification: root };
    case 3:
      place[key.toUpperCase()] = place[key] ?? null;
      delete place[key];
      break;
    case 4:
      place[key] = [place[key] ?? null];
      break;
    default:
      place[key] = oddValue(random);
  }
  return root;
}

const BAD_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x80]];

function changeBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(0, Math.max(0, bytes.length - 1));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.integer(0, 7)) {
    case 0:
      return Buffer.concat([head, Buffer.from(random.pick(BAD_UTF8)), tail]);
    case 1:
      return head;
    case 2:
      return tail;
    case 3:
      return Buffer.concat([bytes, bytes]);
    case 4:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 5:
      return Buffer.concat([head, noise(random, random.integer(1, 8)), tail]);
    case 6:
      return Buffer.from(bytes.toString('utf8'), 'utf16le');
    default: {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(0, 7));
      return copy;
    }
  }
}

/** A push that would count, were it not for its size; or, at the limit, one that does. */
function padded(tag: string, sizeBytes: number): Buffer {
  const bare = JSON.stringify({ ...push(tag), padding: '' });
  return Buffer.from(JSON.stringify({ ...push(tag), padding: 'p'.repeat(sizeBytes - bare.length) }));
}

const DEEP = [
  nested(30_000, '[', '', ']'),
  nested(10_000, '{"target":', '{}', '}'),
  nested(20_000, '[', '1', ''),
  `{"id":"1","timestamp":"2026-11-17T16:52:01Z","action":"push","target":${nested(20_000, '[', '', ']')}}`,
  `{"id":"1","timestamp":"2026-11-17T16:52:01Z","action":"push","target":{"tag":${nested(9_000, '{"a":', '1', '}')}}}`,
];

const encoded = (value: Json): Buffer => Buffer.from(JSON.stringify(value));

export const validBody = (tag: string): Body => ({ kind: 'valid', bytes: encoded(push(tag)) });

export function anyBody(random: Random, tag: string): Body {
  const chance = random.next();
  if (chance < 0.05) {
    return validBody(tag);
  }
  if (chance < 0.6) {
    return { kind: 'changed structure', bytes: encoded(changeStructure(payload(random, tag), random)) };
  }
  if (chance < 0.85) {
    return { kind: 'changed bytes', bytes: changeBytes(encoded(payload(random, tag)), random) };
  }
  if (chance < 0.9) {
    return { kind: 'noise', bytes: noise(random, random.integer(0, 2_000)) };
  }
  if (chance < 0.95) {
    return { kind: 'odd value', bytes: encoded(oddValue(random)) };
  }
  if (chance < 0.97) {
    return { kind: 'deep', bytes: Buffer.from(random.pick(DEEP)) };
  }
  const isTooLarge = random.chance(0.7);
  const sizeBytes = LIMIT_BYTES + (isTooLarge ? random.pick([1, 100, LIMIT_BYTES, 400_000]) : 0);
  return { kind: isTooLarge ? 'too large' : 'valid', bytes: padded(tag, sizeBytes) };
}
