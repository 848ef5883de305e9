import rhea, { type Message } from 'rhea';
import { describe, expect, it } from 'vitest';
import { isFault } from '../../../src/local/broker/faults.ts';
import { decodeDelivery, ticks, tokenFromGuid } from '../../../src/local/broker/wire.ts';

const OVERHEAD_BYTES = rhea.message.encode(ofBody(1_000)).length - 1_000;

function ofBody(bytes: number): Message {
  return { body: rhea.message.data_section(Buffer.alloc(bytes)) };
}

describe('the size of a message counts with all its properties', () => {
  it.for([
    { name: 'just below the limit it is accepted', sizeBytes: 262_143, expected: undefined },
    { name: 'at the limit it is accepted', sizeBytes: 262_144, expected: undefined },
    { name: 'above the limit it is refused', sizeBytes: 262_145, expected: 'amqp:link:message-size-exceeded' },
  ])('$name', ({ sizeBytes, expected }) => {
    const content = ofBody(sizeBytes - OVERHEAD_BYTES);
    expect(rhea.message.encode(content)).toHaveLength(sizeBytes);
    const decoded = decodeDelivery(0, content);
    expect(isFault(decoded) ? decoded.condition : undefined).toBe(expected);
  });
});

it('a message format that is not known is refused', () => {
  expect(decodeDelivery(7, Buffer.from('x'))).toMatchObject({ condition: 'amqp:not-implemented' });
});

it('a lock token is the delivery tag in the byte order of GUIDs', () => {
  const guid = Buffer.from('0011223344556677' + '8899aabbccddeeff', 'hex');
  expect(tokenFromGuid(guid)).toBe('33221100554477668899aabbccddeeff');
});

it('ticks count 100 ns since year 1', () => {
  expect(ticks(0).readBigInt64BE()).toBe(621_355_968_000_000_000n);
  expect(ticks(1).readBigInt64BE()).toBe(621_355_968_000_010_000n);
});
