// Schedules of timer triggers: NCRONTAB of six fields, of five (at second 0), or a TimeSpan. Always UTC, as on Azure.
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
// The grammar is checked here against NCrontab's, since croner reads more (L, W, #, ?, 7 for Sunday) and reads two
// things otherwise: NCrontab swaps the ends of a range that runs backwards, and lets day and weekday both have to match.
import { Cron } from 'croner';
import { shown } from './faults.ts';

export interface Schedule {
  text: string;
  /** The first time after the given one, epoch ms. */
  next(afterMs: number): number;
  /** Of these the real host keeps no status, and hands none to the function. */
  isBelowOneMinute(nowMs: number): boolean;
}

interface Field {
  name: string;
  lowest: number;
  highest: number;
  /** In the order of the numbers, from the lowest on. */
  words?: readonly string[];
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'second', lowest: 0, highest: 59 },
  { name: 'minute', lowest: 0, highest: 59 },
  { name: 'hour', lowest: 0, highest: 23 },
  { name: 'day', lowest: 1, highest: 31 },
  { name: 'month', lowest: 1, highest: 12, words: MONTHS },
  { name: 'weekday', lowest: 0, highest: 6, words: WEEKDAYS },
];

function readValue(text: string, { name, lowest, highest, words = [] }: Field): number {
  const isWord = /^[a-z]{3,}$/i.test(text);
  const index = isWord ? words.findIndex((word) => word.startsWith(text.toLowerCase())) : -1;
  const value = index === -1 ? Number(/^\d+$/.test(text) ? text : Number.NaN) : lowest + index;
  if (!(value >= lowest && value <= highest)) {
    const named = words.length > 0 ? ` or a name like ${shown(words[0])}` : '';
    throw new TypeError(`expected a ${name} from ${lowest} to ${highest}${named}, got ${shown(text)}`);
  }
  return value;
}

/** One field, in words and forms that croner reads as NCrontab does. */
function toCronerField(text: string, field: Field): string {
  return text
    .split(',')
    .map((item) => {
      const [, span, step] = /^([^/]+)(?:\/([1-9]\d?))?$/.exec(item) ?? [];
      if (span === undefined) {
        throw new TypeError(`expected a ${field.name} like *, 5, 1-5, */15 or 1-30/10, got ${shown(item)}`);
      }
      if (span === '*') {
        return step === undefined ? '*' : `${field.lowest}-${field.highest}/${step}`;
      }
      const [from, to, ...more] = span.split('-');
      if (from === undefined || more.length > 0) {
        throw new TypeError(`expected a range like 1-5, got ${shown(span)}`);
      }
      const first = readValue(from, field);
      const last = to === undefined ? (step === undefined ? first : field.highest) : readValue(to, field);
      const range = `${Math.min(first, last)}-${Math.max(first, last)}`;
      return step === undefined ? range : `${range}/${step}`;
    })
    .join(',');
}

function parseNcrontab(text: string): Schedule {
  const given = text.trim().split(/\s+/);
  if (given.length !== 5 && given.length !== 6) {
    throw new TypeError(
      `expected six fields (second minute hour day month weekday), five, or a TimeSpan, got ${shown(text)}`,
    );
  }
  const fields = given.length === 5 ? ['0', ...given] : given;
  const pattern = FIELDS.map((field, index) => toCronerField(fields[index] ?? '', field)).join(' ');
  const cron = new Cron(pattern, { mode: '6-part', domAndDow: true, timezone: 'UTC', paused: true });
  const next = (afterMs: number): number => {
    const date = cron.nextRun(new Date(afterMs));
    if (date === null) {
      throw new TypeError(`expected a schedule that fires, got ${shown(text)}`);
    }
    return date.getTime();
  };
  next(Date.UTC(2000, 0, 1));
  return { text, next, isBelowOneMinute: (nowMs) => next(next(nowMs)) <= nowMs + 60_000 };
}

/** `hh:mm:ss` below 24 hours, `dd:hh:mm` from 24 up (sic), `d.hh:mm:ss`. */
function parseTimeSpan(text: string): Schedule {
  const [, days = '0', first = '', second = '', third = ''] = /^(?:(\d+)\.)?(\d+):(\d+):(\d+)$/.exec(text.trim()) ?? [];
  const isDaysFirst = Number(first) > 23 && !text.includes('.');
  const units = isDaysFirst ? [first, second, third, '0'] : [days, first, second, third];
  const [d = 0, h = 0, m = 0, s = 0] = units.map(Number);
  const periodMs = (((d * 24 + h) * 60 + m) * 60 + s) * 1000;
  if (first === '' || h > 23 || m > 59 || s > 59 || periodMs === 0) {
    throw new TypeError(`expected a TimeSpan like "00:05:00" or "1.00:00:00", longer than none, got ${shown(text)}`);
  }
  return { text, next: (afterMs) => afterMs + periodMs, isBelowOneMinute: () => periodMs < 60_000 };
}

/** Throws a TypeError that says what was expected. */
export const parseSchedule = (text: string): Schedule =>
  text.includes(':') ? parseTimeSpan(text) : parseNcrontab(text);

/** Puts app settings in for each `%NAME%`, as the real host does before it reads a schedule. */
export function resolveSettings(text: string, settings: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/%([^%]*)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '') {
      throw new TypeError(`expected the app setting ${shown(name)} for ${shown(text)}, got none`);
    }
    return value;
  });
}
