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

/** A tagged push; a field of `target` given as undefined is left out. */
export function pushBody(target: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}): unknown {
  const { target: base, ...rest } = JSON.parse(Buffer.from(payloadBytes('push')).toString()) as {
    target: Record<string, unknown>;
  };
  return { ...rest, target: { ...base, ...target }, ...envelope };
}
