// Bodies of notifications, as ACR sends them (test/fixtures/payloads) and as variations of those.
import { readFileSync } from 'node:fs';

export const PAYLOADS = [
  'push',
  'push-index',
  'push-no-tag',
  'ping',
  'delete',
  'quarantine',
  'chart-push',
  'chart-delete',
] as const;

export type Payload = (typeof PAYLOADS)[number];

export function payloadBytes(name: Payload): Uint8Array {
  return readFileSync(new URL(`../../fixtures/payloads/${name}.json`, import.meta.url));
}

export const bytesOf = (body: unknown): Uint8Array =>
  new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));

type Fields = Record<string, unknown>;

/** A field of `target` given as undefined is left out. */
function variation(name: Payload, target: Fields, envelope: Fields): unknown {
  const { target: base, ...rest } = JSON.parse(Buffer.from(payloadBytes(name)).toString()) as { target: Fields };
  return { ...rest, target: { ...base, ...target }, ...envelope };
}

/** A tagged push. */
export const pushBody = (target: Fields = {}, envelope: Fields = {}): unknown => variation('push', target, envelope);

/** A deletion of a digest. */
export const deleteBody = (target: Fields = {}, envelope: Fields = {}): unknown =>
  variation('delete', target, envelope);
