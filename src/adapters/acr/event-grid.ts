// An event of a container registry as Event Grid delivers it, in its own schema or as a CloudEvent, read into whose
// notification it is. https://learn.microsoft.com/azure/event-grid/event-schema-container-registry
// Its `data` is the body that a webhook posts, with the region in it: that is read by notification.ts. Whether there is one
// event per region is undocumented; an event counts for the region it names and for no other.
import * as z from 'zod/mini';
import { type Parsed, parseRegion, parseRegistry, type Region, type Registry, shown } from '../../core/names.ts';
import type { Notification } from '../../core/notification.ts';
import { issueLines, kindOf } from '../zod-issues.ts';
import { parseNotificationBody } from './notification.ts';

export type RegistryEvent =
  | {
      readonly type: 'notification';
      readonly registry: Registry;
      readonly region: Region;
      readonly notification: Notification;
    }
  | { readonly type: 'ignored'; readonly registry?: Registry; readonly reason: string }
  | { readonly type: 'malformed'; readonly registry?: Registry; readonly issues: readonly string[] };

/** What an event of this type has as its `data.action`. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['Microsoft.ContainerRegistry.ImagePushed', 'push'],
  ['Microsoft.ContainerRegistry.ImageDeleted', 'delete'],
]);

/** The left names are Event Grid's, the right ones those of a CloudEvent. */
const envelopeSchema = z.object({
  ...{ eventType: z.nullish(z.string()), type: z.nullish(z.string()) },
  ...{ topic: z.nullish(z.string()), source: z.nullish(z.string()) },
});

const dataSchema = z.object({
  data: z.object({
    action: z.string(),
    location: z.nullish(z.string()),
    connectedRegistry: z.optional(z.unknown()),
    request: z.optional(z.unknown()),
  }),
});

/** @param event as the trigger hands it over, parsed from JSON. Never throws. */
export function parseRegistryEvent(event: unknown): RegistryEvent {
  const envelope = envelopeSchema.safeParse(event, { reportInput: true });
  if (!envelope.success) {
    return { type: 'malformed', issues: issueLines(envelope.error) };
  }
  const eventType = envelope.data.eventType ?? envelope.data.type;
  if (!eventType) {
    return { type: 'malformed', issues: ['expected an event with an eventType or a type, got neither'] };
  }
  const action = ACTIONS.get(eventType);
  if (action === undefined) {
    return { type: 'ignored', reason: `event of type ${shown(eventType)}` };
  }
  const parsed = dataSchema.safeParse(event, { reportInput: true });
  if (!parsed.success) {
    return { type: 'malformed', issues: issueLines(parsed.error) };
  }
  const { data } = parsed.data;
  const registry = parseOrigin(envelope.data.topic ?? envelope.data.source, data.request);
  if (registry.type === 'invalid') {
    return { type: 'malformed', issues: [registry.message] };
  }
  if (data.action !== action) {
    const issues = [`data.action: expected ${shown(action)} in an event of this type, got ${shown(data.action)}`];
    return { type: 'malformed', registry: registry.value, issues };
  }
  return ofRegistry(registry.value, data, (event as { readonly data: unknown }).data);
}

function ofRegistry(
  registry: Registry,
  { connectedRegistry, location }: z.infer<typeof dataSchema>['data'],
  body: unknown,
): RegistryEvent {
  if (connectedRegistry !== undefined && connectedRegistry !== null) {
    return { type: 'ignored', registry, reason: 'event of a connected registry' };
  }
  if (!location) {
    return { type: 'ignored', registry, reason: 'event without a location' };
  }
  const region = parseRegion(location);
  return region.type === 'invalid'
    ? { type: 'malformed', registry, issues: [`data.location: ${region.message}`] }
    : { type: 'notification', registry, region: region.value, notification: parseNotificationBody(body, 'data') };
}

const RESOURCE_ID = /\/providers\/Microsoft\.ContainerRegistry\/registries\/(?<name>[^/]+)/i;
/** A login server, of the registry or of one region; what may follow the name after a hyphen is a hash. */
const LOGIN_SERVER = /^(?<name>[a-z0-9]+)(?:-[a-z0-9]+)?(?:\.[a-z0-9]+\.geo)?\.azurecr\.(?:io|cn|us)$/i;

/** The resource that the event is of says for sure which registry it is; the host that was pushed to may be any of its names. */
function parseOrigin(resourceId: string | null | undefined, request: unknown): Parsed<Registry> {
  const { host } = (typeof request === 'object' && request !== null ? request : {}) as { readonly host?: unknown };
  const named = RESOURCE_ID.exec(resourceId ?? '') ?? (typeof host === 'string' ? LOGIN_SERVER.exec(host) : undefined);
  const name = named?.groups?.['name'];
  return name === undefined
    ? { type: 'invalid', message: `topic: expected a registry's resource id, got ${kindOf(resourceId ?? undefined)}` }
    : parseRegistry(name);
}
