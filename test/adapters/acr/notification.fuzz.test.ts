import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../src/adapters/acr/notification.ts';
import { bytesOf, deleteBody, PAYLOADS, payloadBytes, pushBody } from './payloads.ts';

const DIGEST = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d';

describe('whatever is posted', () => {
  const anyOutcome = (bytes: Uint8Array): void => {
    expect(['push', 'deletion', 'ping', 'ignored', 'malformed']).toContain(parseNotification(bytes).type);
  };
  const recorded = fc.constantFrom(...PAYLOADS).map((name) => Buffer.from(payloadBytes(name)));

  it('never throws for a recorded body with bytes changed, lost or put in', () => {
    const edit = fc.record({ at: fc.nat(800), lost: fc.nat(40), put: fc.uint8Array({ maxLength: 12 }) });
    fc.assert(
      fc.property(recorded, fc.array(edit, { minLength: 1, maxLength: 4 }), (body, edits) => {
        const mutated = edits.reduce(
          (bytes, { at, lost, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + lost)]),
          body,
        );
        anyOutcome(mutated);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws for a recorded body with another value in any place', () => {
    const place = fc.constantFrom('id', 'timestamp', 'action', 'target');
    const targetPlace = fc.constantFrom('repository', 'tag', 'digest', 'mediaType', '__proto__');
    fc.assert(
      fc.property(place, targetPlace, fc.jsonValue(), fc.jsonValue(), (key, targetKey, value, targetValue) => {
        anyOutcome(bytesOf(pushBody({ [targetKey]: targetValue })));
        anyOutcome(bytesOf(pushBody({ [targetKey]: targetValue }, { [key]: value })));
        anyOutcome(bytesOf(deleteBody({ [targetKey]: targetValue }, { [key]: value })));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws for any text or any bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => anyOutcome(bytesOf(text))));
    fc.assert(fc.property(fc.uint8Array(), anyOutcome));
  });

  it('reads as a push only what has valid names', () => {
    const text = fc.oneof(fc.constantFrom('1.2', 'web', DIGEST, ''), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, text, text, (repository, tag, digest) => {
        const notification = parseNotification(bytesOf(pushBody({ repository, tag, digest })));
        const isPush = notification.type === 'push';
        expect(isPush ? [repository, tag, digest] : []).toEqual(
          isPush ? [notification.push.repository, notification.push.tag, DIGEST] : [],
        );
      }),
    );
  });

  it('takes a digest off a repository only as it was sent, and never a repository for a digest that cannot be read', () => {
    const digest = fc.oneof(
      fc.constantFrom(DIGEST, '', null, undefined),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(digest, (sent) => {
        const notification = parseNotification(bytesOf(deleteBody({ digest: sent })));
        const isWhole = sent === '' || sent === null || sent === undefined;
        if (notification.type === 'deletion') {
          expect(notification.removal.digest).toBe(isWhole ? undefined : sent);
        } else {
          expect([notification.type, isWhole]).toEqual(['malformed', false]);
        }
      }),
    );
  });
});
