// What every event on the topic has: the context attributes of CloudEvents 1.0 in structured JSON
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
import type { Instant } from '../../core/instant.ts';
import type { Registry } from '../../core/names.ts';

export const CONTENT_TYPE = 'application/cloudevents+json';

/** As long as the digits of the greatest safe integer, so that sequences sort as texts. */
const SEQUENCE_DIGITS = 16;

export const toIso = (instant: Instant) => new Date(instant).toISOString();

interface Decided {
  readonly id: string;
  readonly sequence: number;
  readonly decidedAt: Instant;
}

export function toEnvelope<S extends string>(
  registry: Registry,
  subject: string,
  { id, sequence, decidedAt }: Decided,
  dataschema: S,
) {
  return {
    specversion: '1.0',
    id,
    source: `urn:landfall:registry:${registry}`,
    subject,
    time: toIso(decidedAt),
    datacontenttype: 'application/json',
    dataschema,
    sequence: String(sequence).padStart(SEQUENCE_DIGITS, '0'),
  } as const;
}
