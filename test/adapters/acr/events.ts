// Events of Event Grid (test/fixtures/event-grid: the examples of the published schemas, with other names) and variations.
// https://github.com/Azure/azure-rest-api-specs/tree/main/specification/eventgrid/data-plane/Microsoft.ContainerRegistry
import { readFileSync } from 'node:fs';

export const EVENTS = [
  'image-pushed',
  'image-deleted',
  'cloud-image-pushed',
  'cloud-image-deleted',
  'chart-pushed',
  'connected-image-pushed',
] as const;

export type EventName = (typeof EVENTS)[number];

export type Fields = Record<string, unknown>;

export function recordedEvent(name: EventName): Fields & { data: Fields & { target: Fields } } {
  return JSON.parse(readFileSync(new URL(`../../fixtures/event-grid/${name}.json`, import.meta.url), 'utf8'));
}

/** A field that is given as undefined counts as left out. */
export function eventWith(name: EventName, data: Fields, envelope: Fields = {}): Fields {
  const { data: base, ...rest } = recordedEvent(name);
  return { ...rest, data: { ...base, ...data }, ...envelope };
}

export const pushedEvent = (data: Fields = {}, envelope: Fields = {}): Fields =>
  eventWith('image-pushed', data, envelope);
