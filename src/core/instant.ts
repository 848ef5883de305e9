// Two clocks, kept apart: an `Instant` is read from our own clock, an `EventTime` comes from the registry.
// Both are plain values and the arithmetic is our own, because a Date would cut an event time to milliseconds.

/** A moment on our own clock, in milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly __unit?: 'epoch-ms' };

/** RFC 3339 with nine fractional digits, in UTC: texts of this form sort as the moments they name. */
export type EventTime = string & { readonly __format: 'event-time' };

const PATTERN =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?(?:[Zz]|(?<sign>[+-])(?<offsetHour>\d\d):(?<offsetMinute>\d\d))$/;

const DAY_SECONDS = 86_400;
const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant, chrono-compatible low-level date algorithms). */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function formatSeconds(epochSeconds: number): string {
  const days = Math.floor(epochSeconds / DAY_SECONDS);
  const rest = epochSeconds - days * DAY_SECONDS;
  const { year, month, day } = civilFromDays(days);
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map((part) => pad(part, 2)).join(':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}`;
}

/**
 * Reads an RFC 3339 time with 0 to 9 fractional digits and any UTC offset, and gives it with nine digits in UTC.
 * ACR sends 7 or 9 digits and `Z`
 * (https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference).
 * @returns undefined for what is no such time, names no real date, or falls outside the years 0000 to 9999 in UTC.
 */
export function parseEventTime(text: string): EventTime | undefined {
  const parts = PATTERN.exec(text)?.groups;
  if (parts === undefined) {
    return undefined;
  }
  const number = (name: string) => Number(parts[name] ?? 0);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  const days = daysFromCivil(year, month, day);
  const civil = civilFromDays(days);
  if (month < 1 || month > 12 || day < 1 || civil.month !== month || civil.day !== day) {
    return undefined;
  }
  if (number('hour') > 23 || number('minute') > 59 || number('second') > 59) {
    return undefined;
  }
  if (number('offsetHour') > 23 || number('offsetMinute') > 59) {
    return undefined;
  }
  const offset = (parts['sign'] === '-' ? -1 : 1) * (number('offsetHour') * 3600 + number('offsetMinute') * 60);
  const seconds = days * DAY_SECONDS + number('hour') * 3600 + number('minute') * 60 + number('second') - offset;
  if (seconds < EARLIEST_SECONDS || seconds > LATEST_SECONDS) {
    return undefined;
  }
  return `${formatSeconds(seconds)}.${(parts['fraction'] ?? '').padEnd(9, '0')}Z` as EventTime;
}

const EARLIEST_SECONDS = daysFromCivil(0, 1, 1) * DAY_SECONDS;
const LATEST_SECONDS = daysFromCivil(10_000, 1, 1) * DAY_SECONDS - 1;

function epochSeconds(time: EventTime): number {
  const part = (from: number, to: number) => Number(time.slice(from, to));
  const days = daysFromCivil(part(0, 4), part(5, 7), part(8, 10));
  return days * DAY_SECONDS + part(11, 13) * 3600 + part(14, 16) * 60 + part(17, 19);
}

/** The millisecond that holds the event time; the rest is cut off. */
export function toInstant(time: EventTime): Instant {
  return epochSeconds(time) * 1000 + Number(time.slice(20, 23));
}

/** @param instant whole milliseconds within the years 0000 to 9999 */
export function toEventTime(instant: Instant): EventTime {
  const seconds = Math.floor(instant / 1000);
  return `${formatSeconds(seconds)}.${pad(instant - seconds * 1000, 3)}000000Z` as EventTime;
}

const WITH_MILLISECONDS = 'YYYY-MM-DDTHH:MM:SS.mmm'.length;
const WITH_NANOSECONDS = 'YYYY-MM-DDTHH:MM:SS.nnnnnnnnn'.length;

/** How much of the text says something: up to its last digit that is not 0, but to the millisecond at least. */
function preciseLength(time: EventTime): number {
  let length = WITH_NANOSECONDS;
  while (length > WITH_MILLISECONDS && time[length - 1] === '0') {
    length -= 1;
  }
  return length;
}

/** Equal as far as the less precise one says, which is at least to the millisecond: one may be the other, cut off. */
export function isSameMoment(a: EventTime, b: EventTime): boolean {
  const length = Math.min(preciseLength(a), preciseLength(b));
  return a.slice(0, length) === b.slice(0, length);
}

/** `2026-11-20T09:12:08.402Z` */
export function isoTime(instant: Instant): string {
  return toEventTime(instant).replace(/000000Z$/, 'Z');
}

/** The next nanosecond. */
export function justAfter(time: EventTime): EventTime {
  return fromNanoseconds(toNanoseconds(time) + 1n);
}

/** Nanoseconds since 1970, for storage: short and exact. */
export function toNanoseconds(time: EventTime): bigint {
  return BigInt(epochSeconds(time)) * 1_000_000_000n + BigInt(time.slice(20, 29));
}

export function fromNanoseconds(nanoseconds: bigint): EventTime {
  let seconds = nanoseconds / 1_000_000_000n;
  let rest = nanoseconds % 1_000_000_000n;
  if (rest < 0n) {
    seconds -= 1n;
    rest += 1_000_000_000n;
  }
  return `${formatSeconds(Number(seconds))}.${String(rest).padStart(9, '0')}Z` as EventTime;
}
