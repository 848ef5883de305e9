// The alerts in infra/ query metrics by name, and by attributes and their values: what is renamed here is silent there.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_TYPES } from '../../../src/core/announcements.ts';
import { REPLICA_ANNOUNCEMENT_TYPES } from '../../../src/core/replica-announcements.ts';
import { METRICS, type MetricName } from '../../../src/usecases/ports.ts';

const NAMES = Object.keys(METRICS) as MetricName[];
/** What may become of a notification: `takeNotification` and the functions that call it. */
const OUTCOMES = [...['recorded', 'duplicate', 'stale', 'ping', 'ignored', 'refused', 'unavailable', 'failed']];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  outcome: OUTCOMES,
  type: [...ANNOUNCEMENT_TYPES, ...REPLICA_ANNOUNCEMENT_TYPES],
};

interface Queried {
  readonly names: readonly string[];
  readonly attributes: readonly string[];
  /** Of an attribute, what it is compared with. */
  readonly values: readonly (readonly [attribute: string, value: string])[];
}

/** In a KQL query: names in double quotes, attributes as `Properties["…"]`, compared by `==` or `in (…)`. */
function queriedBy(text: string): Queried {
  const names = [...text.matchAll(/"(landfall\.[^"]*)"/g)].map(([, name = '']) => name);
  const property = String.raw`(?:Properties|customDimensions)(?:\["(?<name>\w+)"\]|\.(?<member>\w+))\)?`;
  const attributes = [...text.matchAll(new RegExp(property, 'g'))].map(({ groups }) => nameOf(groups));
  const compared = new RegExp(String.raw`${property}\s*(?:[!=]=|=~|!?in~?)\s*(?<list>\([^)]*\)|"[^"]*")`, 'g');
  const values = [...text.matchAll(compared)].flatMap(({ groups }) =>
    [...(groups?.['list'] ?? '').matchAll(/"([^"]*)"/g)].map(([, value = '']) => [nameOf(groups), value] as const),
  );
  return { names, attributes, values };
}

const nameOf = (groups: Record<string, string | undefined> | undefined) => groups?.['name'] ?? groups?.['member'] ?? '';

const files = existsSync('infra') ? globSync('infra/**/*.bicep') : [];
const queries = files.map((file) => ({ file, ...queriedBy(readFileSync(file, 'utf8')) }));

describe('what queries ask for', () => {
  it('is found in them', () => {
    const query = `AppMetrics
      | where Name in ("landfall.a", "landfall.b.c") and tostring(Properties["outcome"]) in ("x", "y")
      | where customDimensions.type == "z"
      | summarize sum(Sum) by Registry = tostring(Properties["registry"])`;
    expect(queriedBy(query)).toEqual({
      names: ['landfall.a', 'landfall.b.c'],
      attributes: ['outcome', 'type', 'registry'],
      values: [
        ['outcome', 'x'],
        ['outcome', 'y'],
        ['type', 'z'],
      ],
    });
  });

  it('are metrics that there are', () => {
    const unknown = queries.flatMap(({ file, names }) =>
      names.filter((name) => !NAMES.includes(name as MetricName)).map((name) => [file, name]),
    );
    expect(unknown).toEqual([]);
  });

  it('are attributes that these metrics have, and values that they can take', () => {
    const known = new Set<string>(Object.values(METRICS).flatMap(({ attributes }) => attributes));
    const unknown = queries.flatMap(({ file, attributes, values }) => [
      ...attributes.filter((attribute) => !known.has(attribute)).map((attribute) => [file, attribute]),
      ...values
        .filter(([attribute, value]) => VALUES[attribute]?.includes(value) === false)
        .map((pair) => [file, ...pair]),
    ]);
    expect(unknown).toEqual([]);
  });

  it.skipIf(files.length === 0)('are the metrics that somebody has to be woken up by', () => {
    const asked = new Set(queries.flatMap(({ names }) => names));
    expect([...asked]).toEqual(
      expect.arrayContaining([
        ...['landfall.replications.lagging', 'landfall.sweep.oldest_due_age'],
        ...['landfall.notifications', 'landfall.announcements'],
      ]),
    );
  });
});
