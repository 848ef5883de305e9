import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EventTime,
  fromNanoseconds,
  isoTime,
  justAfter,
  parseEventTime,
  toEventTime,
  toInstant,
  toNanoseconds,
} from '../../src/core/instant.ts';

const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const instants = fc.oneof(
  fc.integer({ min: FIRST_MS, max: LAST_MS }),
  fc.integer({ min: Date.UTC(2016, 0), max: Date.UTC(2040, 0) }),
  fc.integer({ min: -5000, max: 5000 }),
);
const nanoseconds = fc.bigInt({ min: BigInt(FIRST_MS) * 1_000_000n, max: BigInt(LAST_MS) * 1_000_000n + 999_999n });
const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

describe('parseEventTime', () => {
  it.for([
    { name: 'no fraction', text: '2026-08-21T12:00:01Z', expected: '2026-08-21T12:00:01.000000000Z' },
    { name: '1 digit', text: '2026-08-21T12:00:01.1Z', expected: '2026-08-21T12:00:01.100000000Z' },
    { name: '2 digits', text: '2026-08-21T12:00:01.12Z', expected: '2026-08-21T12:00:01.120000000Z' },
    { name: '3 digits', text: '2026-08-21T12:00:01.123Z', expected: '2026-08-21T12:00:01.123000000Z' },
    { name: '4 digits', text: '2026-08-21T12:00:01.1234Z', expected: '2026-08-21T12:00:01.123400000Z' },
    { name: '5 digits', text: '2026-08-21T12:00:01.12345Z', expected: '2026-08-21T12:00:01.123450000Z' },
    { name: '6 digits', text: '2026-08-21T12:00:01.123456Z', expected: '2026-08-21T12:00:01.123456000Z' },
    {
      name: '7 digits, as in a ping',
      text: '2023-01-16T21:30:18.1527689Z',
      expected: '2023-01-16T21:30:18.152768900Z',
    },
    { name: '8 digits', text: '2026-08-21T12:00:01.12345678Z', expected: '2026-08-21T12:00:01.123456780Z' },
    {
      name: '9 digits, as in a push',
      text: '2023-11-17T16:52:01.343145347Z',
      expected: '2023-11-17T16:52:01.343145347Z',
    },
    {
      name: 'a fraction that starts with zeros',
      text: '2026-08-21T12:00:01.007Z',
      expected: '2026-08-21T12:00:01.007000000Z',
    },
  ])('gives nine digits for $name', ({ text, expected }) => {
    expect(parseEventTime(text)).toBe(expected);
  });

  it.for([
    { name: 'an offset east', text: '2026-08-21T12:00:00.5+05:30', expected: '2026-08-21T06:30:00.500000000Z' },
    { name: 'an offset west', text: '2026-08-21T12:00:00-08:00', expected: '2026-08-21T20:00:00.000000000Z' },
    { name: 'an offset of nothing', text: '2026-08-21T12:00:00+00:00', expected: '2026-08-21T12:00:00.000000000Z' },
    { name: 'the unknown offset', text: '2026-08-21T12:00:00-00:00', expected: '2026-08-21T12:00:00.000000000Z' },
    { name: 'the largest offset', text: '2026-08-21T12:00:00+23:59', expected: '2026-08-20T12:01:00.000000000Z' },
    { name: 'an offset over the year', text: '2026-12-31T23:30:00-01:00', expected: '2027-01-01T00:30:00.000000000Z' },
    {
      name: 'an offset back into a leap day',
      text: '2028-03-01T00:30:00+01:00',
      expected: '2028-02-29T23:30:00.000000000Z',
    },
    {
      name: 'an offset over the end of February',
      text: '2027-02-28T23:30:00-01:00',
      expected: '2027-03-01T00:30:00.000000000Z',
    },
    { name: 'small letters', text: '2026-08-21t12:00:00z', expected: '2026-08-21T12:00:00.000000000Z' },
  ])('reads $name in UTC', ({ text, expected }) => {
    expect(parseEventTime(text)).toBe(expected);
  });

  it.for([
    {
      name: 'takes 29 February of a leap year',
      text: '2028-02-29T00:00:00Z',
      expected: '2028-02-29T00:00:00.000000000Z',
    },
    {
      name: 'takes 29 February of a year that 400 divides',
      text: '2000-02-29T00:00:00Z',
      expected: '2000-02-29T00:00:00.000000000Z',
    },
    { name: 'refuses 29 February of a common year', text: '2027-02-29T00:00:00Z', expected: undefined },
    { name: 'refuses 29 February of a century', text: '2100-02-29T00:00:00Z', expected: undefined },
    { name: 'refuses 30 February', text: '2028-02-30T00:00:00Z', expected: undefined },
    { name: 'takes the last day of a month', text: '2026-04-30T00:00:00Z', expected: '2026-04-30T00:00:00.000000000Z' },
    { name: 'refuses the day after it', text: '2026-04-31T00:00:00Z', expected: undefined },
    { name: 'refuses day 32', text: '2026-12-32T00:00:00Z', expected: undefined },
    { name: 'refuses day 0', text: '2026-08-00T00:00:00Z', expected: undefined },
    { name: 'refuses month 0', text: '2026-00-21T00:00:00Z', expected: undefined },
    { name: 'refuses month 13', text: '2026-13-21T00:00:00Z', expected: undefined },
    {
      name: 'takes the last second of a day',
      text: '2026-08-21T23:59:59Z',
      expected: '2026-08-21T23:59:59.000000000Z',
    },
    { name: 'refuses hour 24', text: '2026-08-21T24:00:00Z', expected: undefined },
    { name: 'refuses minute 60', text: '2026-08-21T12:60:00Z', expected: undefined },
    { name: 'refuses second 60, a leap second', text: '2026-06-30T23:59:60Z', expected: undefined },
    { name: 'refuses an offset of 24 hours', text: '2026-08-21T12:00:00+24:00', expected: undefined },
    { name: 'refuses an offset of 60 minutes', text: '2026-08-21T12:00:00+01:60', expected: undefined },
    {
      name: 'takes the first moment of year 0',
      text: '0000-01-01T00:00:00Z',
      expected: '0000-01-01T00:00:00.000000000Z',
    },
    { name: 'refuses what falls before year 0 in UTC', text: '0000-01-01T00:00:59+00:01', expected: undefined },
    {
      name: 'takes the last moment of year 9999',
      text: '9999-12-31T23:59:59.999999999Z',
      expected: '9999-12-31T23:59:59.999999999Z',
    },
    { name: 'refuses what falls after year 9999 in UTC', text: '9999-12-31T23:59:00-00:01', expected: undefined },
    {
      name: 'takes a day of year 0 that is a leap day',
      text: '0000-02-29T00:00:00Z',
      expected: '0000-02-29T00:00:00.000000000Z',
    },
  ])('$name', ({ text, expected }) => {
    expect(parseEventTime(text)).toBe(expected);
  });

  it.for([
    { name: 'an empty text', text: '' },
    { name: 'a date alone', text: '2026-08-21' },
    { name: 'a time without a zone', text: '2026-08-21T12:00:00' },
    { name: 'a blank in place of T', text: '2026-08-21 12:00:00Z' },
    { name: 'a time without seconds', text: '2026-08-21T12:00Z' },
    { name: 'a point without digits', text: '2026-08-21T12:00:00.Z' },
    { name: 'ten digits', text: '2026-08-21T12:00:00.1234567890Z' },
    { name: 'a comma before the fraction', text: '2026-08-21T12:00:00,5Z' },
    { name: 'an offset without a colon', text: '2026-08-21T12:00:00+0530' },
    { name: 'an offset after Z', text: '2026-08-21T12:00:00Z+05:30' },
    { name: 'a year of five digits', text: '12026-08-21T12:00:00Z' },
    { name: 'a signed year', text: '+002026-08-21T12:00:00Z' },
    { name: 'one digit for a month', text: '2026-8-21T12:00:00Z' },
    { name: 'a blank in front', text: ' 2026-08-21T12:00:00Z' },
    { name: 'a line end behind', text: '2026-08-21T12:00:00Z\n' },
    { name: 'digits of another script', text: '２０２６-08-21T12:00:00Z' },
    { name: 'a week date', text: '2026-W34-5T12:00:00Z' },
  ])('refuses $name', ({ text }) => {
    expect(parseEventTime(text)).toBeUndefined();
  });

  it('takes a date exactly when Date has it', () => {
    const dates = fc.record({
      year: fc.integer({ min: 0, max: 9999 }),
      month: fc.integer({ min: 0, max: 14 }),
      day: fc.integer({ min: 0, max: 33 }),
    });
    fc.assert(
      fc.property(dates, ({ year, month, day }) => {
        const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        const isReal = date.toISOString().startsWith(text);
        expect(parseEventTime(`${text}T00:00:00Z`)).toBe(isReal ? `${text}T00:00:00.000000000Z` : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads every offset as Date does', () => {
    const offset = fc.record({ sign: fc.constantFrom('+', '-'), hour: fc.nat(23), minute: fc.nat(59) });
    const middle = fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9998, 0) });
    fc.assert(
      fc.property(middle, offset, (local, { sign, hour, minute }) => {
        const text = `${new Date(local).toISOString().slice(0, -1)}${sign}${pad(hour, 2)}:${pad(minute, 2)}`;
        expect(parseEventTime(text)).toBe(toEventTime(Date.parse(text)));
      }),
    );
  });
});

describe('conversions', () => {
  it.for([
    { name: 'cuts to the millisecond', time: '2026-08-21T12:00:00.123999999Z', expected: 1_787_313_600_123 },
    { name: 'is 0 at the epoch', time: '1970-01-01T00:00:00.000000000Z', expected: 0 },
    { name: 'is 0 within the first millisecond', time: '1970-01-01T00:00:00.000999999Z', expected: 0 },
    { name: 'cuts downwards before 1970 too', time: '1969-12-31T23:59:59.999999999Z', expected: -1 },
  ])('toInstant $name', ({ time, expected }) => {
    expect(toInstant(time as EventTime)).toBe(expected);
  });

  it.for([
    { name: 'one nanosecond after the epoch', nanoseconds: 1n, expected: '1970-01-01T00:00:00.000000001Z' },
    { name: 'one nanosecond before the epoch', nanoseconds: -1n, expected: '1969-12-31T23:59:59.999999999Z' },
    {
      name: 'a whole second before the epoch',
      nanoseconds: -1_000_000_000n,
      expected: '1969-12-31T23:59:59.000000000Z',
    },
    {
      name: 'a moment of today',
      nanoseconds: 1_787_313_600_123_456_789n,
      expected: '2026-08-21T12:00:00.123456789Z',
    },
  ])('nanoseconds name $name', ({ nanoseconds, expected }) => {
    expect(fromNanoseconds(nanoseconds)).toBe(expected);
    expect(toNanoseconds(expected as EventTime)).toBe(nanoseconds);
  });

  it('an instant becomes the text that Date gives it, and comes back', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const text = new Date(instant).toISOString();
        expect(toEventTime(instant)).toBe(text.replace('Z', '000000Z'));
        expect(parseEventTime(text)).toBe(toEventTime(instant));
        expect(toInstant(toEventTime(instant))).toBe(instant);
      }),
    );
  });

  it('nanoseconds come back from text, and text from what was parsed', () => {
    fc.assert(
      fc.property(nanoseconds, (value) => {
        const time = fromNanoseconds(value);
        expect(toNanoseconds(time)).toBe(value);
        expect(parseEventTime(time)).toBe(time);
      }),
    );
  });

  it('the order of texts is the order of nanoseconds', () => {
    const near = fc
      .tuple(nanoseconds, fc.bigInt({ min: 0n, max: 2_000_000_000n }))
      .map(([value, step]) => [value - step / 2n, value] as const)
      .filter(([earlier]) => earlier >= BigInt(FIRST_MS) * 1_000_000n);
    const far = fc.tuple(nanoseconds, nanoseconds);
    fc.assert(
      fc.property(fc.oneof(near, far), ([one, other]) => {
        expect(fromNanoseconds(one) < fromNanoseconds(other)).toBe(one < other);
        expect(fromNanoseconds(one) === fromNanoseconds(other)).toBe(one === other);
      }),
    );
  });

  it('a nanosecond is never lost to the milliseconds of a Date', () => {
    const [earlier, later] = ['2026-08-21T12:00:00.123456788Z', '2026-08-21T12:00:00.123456789Z'].map(parseEventTime);
    expect(earlier && later && earlier < later).toBe(true);
    expect(Date.parse(earlier ?? '')).toBe(Date.parse(later ?? ''));
  });
});

describe('justAfter', () => {
  it.for([
    { name: 'the next nanosecond', time: '2026-08-21T12:00:00.123456788Z', expected: '2026-08-21T12:00:00.123456789Z' },
    { name: 'the next second', time: '2026-08-21T12:00:00.999999999Z', expected: '2026-08-21T12:00:01.000000000Z' },
    { name: 'the next year', time: '2026-12-31T23:59:59.999999999Z', expected: '2027-01-01T00:00:00.000000000Z' },
    { name: 'the epoch', time: '1969-12-31T23:59:59.999999999Z', expected: '1970-01-01T00:00:00.000000000Z' },
  ])('is $name', ({ time, expected }) => {
    expect(justAfter(time as EventTime)).toBe(expected);
  });
});

describe('isoTime', () => {
  it.for([
    { name: 'a moment of today', instant: 1_787_313_600_402, expected: '2026-08-21T12:00:00.402Z' },
    { name: 'a whole second', instant: 1_787_313_600_000, expected: '2026-08-21T12:00:00.000Z' },
    { name: 'the last millisecond before 1970', instant: -1, expected: '1969-12-31T23:59:59.999Z' },
  ])('shows $name to the millisecond', ({ instant, expected }) => {
    expect(isoTime(instant)).toBe(expected);
  });

  it('is the text that Date gives', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(isoTime(instant)).toBe(new Date(instant).toISOString());
      }),
    );
  });
});
