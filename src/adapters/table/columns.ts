// What entities have in common beside their keys: moments and failures as a person can read them, lists as JSON over as
// many properties as they take. Reading throws plain errors; whoever reads says whose entity it was.
import { type Instant, parseEventTime, toEventTime, toInstant } from '../../core/instant.ts';
import type { Failure } from '../../usecases/ports.ts';
import { joinText, shortened, splitText, toAsciiJson } from './long-text.ts';

export type Properties = Readonly<Record<string, unknown>>;
export type Columns = Record<string, string | number>;

/** An entity holds 1 MiB, which is 16 properties of the longest kind. */
const MAX_LIST_PROPERTIES = 15;

/** Lists by their names; together they have to fit. */
export function toListColumns(lists: Readonly<Record<string, readonly unknown[]>>): Columns {
  const columns: Columns = {};
  for (const [name, list] of Object.entries(lists)) {
    Object.assign(columns, splitText(name, toAsciiJson(list)));
  }
  const count = Object.keys(columns).length;
  if (count > MAX_LIST_PROPERTIES) {
    const names = Object.keys(lists).join(' and ');
    throw new RangeError(`expected ${names} to fit in ${MAX_LIST_PROPERTIES} properties, got ${count}`);
  }
  return columns;
}

/** @returns what `JSON.parse` gives; whether that is the list has to be seen */
export function fromListColumns(name: string, properties: Properties): unknown {
  return JSON.parse(joinText(name, properties));
}

/** None when there is no such moment. */
export function toInstantColumn(name: string, instant: Instant | undefined): Columns {
  return instant === undefined ? {} : { [name]: toEventTime(instant) };
}

export function fromInstantColumn(name: string, properties: Properties): Instant | undefined {
  const text = properties[name];
  // A property that is asked for by name and is not there comes as null.
  if (text === undefined || text === null) {
    return undefined;
  }
  const time = parseEventTime(String(text));
  if (time === undefined) {
    throw new RangeError(`expected ${name} to be an RFC 3339 time, got ${JSON.stringify(text)}`);
  }
  return toInstant(time);
}

export function toFailureColumns(failure: Failure | undefined): Columns {
  return failure === undefined
    ? {}
    : { ...toInstantColumn('failingSince', failure.since), failure: shortened(failure.reason) };
}

export function fromFailureColumns(properties: Properties): Failure | undefined {
  const since = fromInstantColumn('failingSince', properties);
  if (since === undefined) {
    return undefined;
  }
  const { failure: reason } = properties;
  if (typeof reason !== 'string') {
    throw new TypeError(`expected failure to be a text, got ${typeof reason}`);
  }
  return { since, reason };
}
