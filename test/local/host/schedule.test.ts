import { describe, expect, it } from 'vitest';
import { parseSchedule, resolveSettings } from '../../../src/local/host/schedule.ts';

/** A Friday. */
const FRIDAY = '2026-11-20T10:00:00.000Z';

function nextTimes(text: string, from: string, count: number): string[] {
  const schedule = parseSchedule(text);
  const times = [Date.parse(from)];
  while (times.length <= count) {
    times.push(schedule.next(times.at(-1) ?? 0));
  }
  return times.slice(1).map((time) => new Date(time).toISOString().replace('.000Z', ''));
}

describe('a schedule fires next', () => {
  it.for([
    { name: 'every five minutes', text: '0 */5 * * * *', expected: ['2026-11-20T10:05:00', '2026-11-20T10:10:00'] },
    { name: 'after the given time, not at it', text: '0 0 10 * * *', expected: ['2026-11-21T10:00:00'] },
    {
      name: 'at second 0 with five fields',
      text: '*/5 * * * *',
      expected: ['2026-11-20T10:05:00', '2026-11-20T10:10:00'],
    },
    {
      name: 'at seconds',
      text: '*/20 * * * * *',
      expected: ['2026-11-20T10:00:20', '2026-11-20T10:00:40', '2026-11-20T10:01:00'],
    },
    { name: 'in a range', text: '0 0 9-11 * * *', expected: ['2026-11-20T11:00:00', '2026-11-21T09:00:00'] },
    {
      name: 'in steps of a range',
      text: '0 10-30/10 * * * *',
      expected: ['2026-11-20T10:10:00', '2026-11-20T10:20:00', '2026-11-20T10:30:00', '2026-11-20T11:10:00'],
    },
    {
      name: 'in steps from a value on',
      text: '0 40/10 * * * *',
      expected: ['2026-11-20T10:40:00', '2026-11-20T10:50:00', '2026-11-20T11:40:00'],
    },
    {
      name: 'at any value of a list',
      text: '0 5,50 10,12 * * *',
      expected: ['2026-11-20T10:05:00', '2026-11-20T10:50:00', '2026-11-20T12:05:00'],
    },
    { name: 'in a month by name', text: '0 0 0 1 Jan *', expected: ['2027-01-01T00:00:00', '2028-01-01T00:00:00'] },
    { name: 'in a month by its whole name', text: '0 0 0 1 february *', expected: ['2027-02-01T00:00:00'] },
    { name: 'on weekdays by number', text: '0 0 9 * * 1-5', expected: ['2026-11-23T09:00:00', '2026-11-24T09:00:00'] },
    {
      name: 'on weekdays by name',
      text: '0 0 9 * * MON-wed',
      expected: ['2026-11-23T09:00:00', '2026-11-24T09:00:00', '2026-11-25T09:00:00', '2026-11-30T09:00:00'],
    },
    { name: 'on Sunday as 0', text: '0 0 9 * * 0', expected: ['2026-11-22T09:00:00'] },
    {
      name: 'in a range that runs backwards, read forwards',
      text: '0 0 9 * * FRI-MON',
      expected: ['2026-11-23T09:00:00', '2026-11-24T09:00:00'],
    },
    { name: 'where day and weekday both match', text: '0 0 9 13 * FRI', expected: ['2027-08-13T09:00:00'] },
    { name: 'on a leap day', text: '0 0 0 29 2 *', expected: ['2028-02-29T00:00:00'] },
    { name: 'after a TimeSpan', text: '00:05:30', expected: ['2026-11-20T10:05:30', '2026-11-20T10:11:00'] },
    { name: 'after a TimeSpan with days', text: '1.02:00:00', expected: ['2026-11-21T12:00:00'] },
    { name: 'after hours up to 23', text: '23:00:00', expected: ['2026-11-21T09:00:00'] },
    { name: 'after days where .NET reads 24 and more as days', text: '24:00:00', expected: ['2026-12-14T10:00:00'] },
  ])('$name', ({ text, expected }) => {
    expect(nextTimes(text, FRIDAY, expected.length)).toEqual(expected);
  });

  it('in UTC, whose nights have no hour twice or never', () => {
    const everyHalfHour = nextTimes('0 */30 * * * *', '2026-10-24T23:00:00Z', 96).map((time) => Date.parse(`${time}Z`));
    const [first = 0] = everyHalfHour;
    expect(everyHalfHour).toEqual(everyHalfHour.map((_, index) => first + index * 1_800_000));
    expect(nextTimes('0 30 2 * * *', '2026-03-28T12:00:00Z', 1)).toEqual(['2026-03-29T02:30:00']);
  });
});

describe('a schedule is refused', () => {
  it.for([
    { name: 'with too few fields', text: '* * * *', expected: /expected six fields.*got "\* \* \* \*"/ },
    { name: 'with a year', text: '0 0 0 1 1 * 2027', expected: /expected six fields/ },
    { name: 'by nickname', text: '@daily', expected: /expected six fields/ },
    { name: 'with a second too high', text: '60 * * * * *', expected: /expected a second from 0 to 59, got "60"/ },
    { name: 'with an hour too high', text: '0 0 24 * * *', expected: /expected a hour from 0 to 23, got "24"/ },
    { name: 'with a day too low', text: '0 0 0 0 * *', expected: /expected a day from 1 to 31, got "0"/ },
    {
      name: 'with Sunday as 7',
      text: '0 0 0 * * 7',
      expected: /expected a weekday from 0 to 6 or a name like "sunday", got "7"/,
    },
    { name: 'with a name in the wrong field', text: '0 0 MON * * *', expected: /expected a hour.*got "MON"/ },
    { name: 'with a name that none begins with', text: '0 0 0 * Foo *', expected: /expected a month.*got "Foo"/ },
    { name: 'with the last day', text: '0 0 0 L * *', expected: /expected a day.*got "L"/ },
    { name: 'with a question mark', text: '0 0 0 ? * *', expected: /got "\?"/ },
    { name: 'with the second Friday', text: '0 0 0 * * 5#2', expected: /got "5#2"/ },
    { name: 'with steps of none', text: '0 */0 * * * *', expected: /expected a minute like.*got "\*\/0"/ },
    { name: 'with an empty item of a list', text: '0 1,,2 * * * *', expected: /expected a minute like.*got ""/ },
    { name: 'with a range of three ends', text: '0 1-2-3 * * * *', expected: /expected a range like 1-5, got "1-2-3"/ },
    {
      name: 'on a day that never comes',
      text: '0 0 0 31 2 *',
      expected: /expected a schedule that fires, got "0 0 0 31 2 \*"/,
    },
    { name: 'with a TimeSpan of none', text: '00:00:00', expected: /longer than none/ },
    { name: 'with minutes past 59', text: '01:60:00', expected: /expected a TimeSpan/ },
    { name: 'with a TimeSpan of two parts', text: '01:00', expected: /expected a TimeSpan/ },
    { name: 'with hours past 23 beside days', text: '1.24:00:00', expected: /expected a TimeSpan/ },
  ])('$name', ({ text, expected }) => {
    expect(() => parseSchedule(text)).toThrow(expected);
  });
});

describe('app settings', () => {
  it('are put in where the schedule names them', () => {
    expect(resolveSettings('0 %MINUTES% * * * *', { MINUTES: '*/7' })).toBe('0 */7 * * * *');
  });

  it.for([
    { name: 'that are not there', settings: {} },
    { name: 'that are empty', settings: { SWEEP: '' } },
  ])('$name are asked for by name', ({ settings }) => {
    expect(() => resolveSettings('%SWEEP%', settings)).toThrow(
      'expected the app setting "SWEEP" for "%SWEEP%", got none',
    );
  });
});

describe('a schedule counts as below one minute', () => {
  it.for([
    { name: 'a TimeSpan of 59 seconds', text: '00:00:59', expected: true },
    { name: 'a TimeSpan of a minute', text: '00:01:00', expected: false },
    { name: 'every 30 seconds', text: '*/30 * * * * *', expected: true },
    { name: 'every minute', text: '0 * * * * *', expected: false },
    { name: 'every 5 minutes', text: '0 */5 * * * *', expected: false },
  ])('$name: $expected', ({ text, expected }) => {
    expect(parseSchedule(text).isBelowOneMinute(Date.parse(FRIDAY))).toBe(expected);
  });
});
