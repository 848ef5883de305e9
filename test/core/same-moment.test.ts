import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventTime, fromNanoseconds, isSameMoment, parseEventTime, toInstant } from '../../src/core/instant.ts';

const [FIRST_MS, LAST_MS] = [Date.UTC(2016, 0), Date.UTC(2040, 0)];
const nanoseconds = fc.bigInt({ min: BigInt(FIRST_MS) * 1_000_000n, max: BigInt(LAST_MS) * 1_000_000n });

describe('isSameMoment', () => {
  const at = (fraction: string) => `2026-08-21T12:00:00.${fraction.padEnd(9, '0')}Z` as EventTime;

  it.for([
    { name: 'equal times', a: '123456789', b: '123456789', expected: true },
    { name: 'one that was cut to the millisecond', a: '123456789', b: '123', expected: true },
    { name: 'one that was cut to 7 digits', a: '123456789', b: '1234567', expected: true },
    { name: 'one that was cut to 4 digits', a: '123456789', b: '1234', expected: true },
    { name: 'one that was rounded up', a: '123999999', b: '124', expected: false },
    { name: 'the next nanosecond', a: '123456788', b: '123456789', expected: false },
    { name: 'another digit within what both say', a: '1234567', b: '1235', expected: false },
    { name: 'the next millisecond', a: '123', b: '124', expected: false },
    { name: 'milliseconds that end in zeros, against the ones before', a: '100', b: '099', expected: false },
    { name: 'a whole second, against tenths of it', a: '', b: '5', expected: false },
    { name: 'a whole second, against its first millisecond', a: '', b: '001', expected: false },
    { name: 'a whole second, against what is within its first millisecond', a: '', b: '000999999', expected: true },
  ])('$name: $expected', ({ a, b, expected }) => {
    expect(isSameMoment(at(a), at(b))).toBe(expected);
    expect(isSameMoment(at(b), at(a))).toBe(expected);
  });

  it('does not take the same fraction of another second for the same', () => {
    const [one, other] = ['2026-08-21T12:00:00.123Z', '2026-08-21T12:00:01.123Z'].map(parseEventTime);
    expect(one && other && isSameMoment(one, other)).toBe(false);
  });

  /** Up to a few milliseconds away. */
  const near = fc.bigInt({ min: -3_000_000n, max: 3_000_000n });

  it('knows a time again that was cut to any number of digits from three on, and never one of another millisecond', () => {
    fc.assert(
      fc.property(nanoseconds, fc.integer({ min: 3, max: 9 }), near, (value, digits, step) => {
        const time = fromNanoseconds(value);
        const cut = `${time.slice(0, 20 + digits).padEnd(29, '0')}Z` as EventTime;
        expect(isSameMoment(time, cut)).toBe(true);
        const other = fromNanoseconds(value + step);
        if (isSameMoment(time, other)) {
          expect(toInstant(other)).toBe(toInstant(time));
        }
      }),
    );
  });
});
