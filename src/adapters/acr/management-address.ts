// Where a registry is managed: its Azure resource id, read into what the management API's paths are made of.
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
import { type Parsed, parseRegistry, type Registry, shown } from '../../core/names.ts';

export interface RegistryAddress {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** As its resource id writes it; the name that the app knows it by is in lower case. */
  readonly resourceName: string;
  readonly registry: Registry;
}

const PATTERN =
  /^\/subscriptions\/(?<subscriptionId>[^/]+)\/resourceGroups\/(?<resourceGroup>[^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/(?<name>[^/]+)\/?$/i;

/** Case does not matter in the words that every resource id has in common. */
export function parseRegistryAddress(resourceId: string): Parsed<RegistryAddress> {
  const { subscriptionId, resourceGroup, name } = PATTERN.exec(resourceId)?.groups ?? {};
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) {
    const expected = '"/subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/…"';
    return { type: 'invalid', message: `expected a resource id like ${expected}, got ${shown(resourceId)}` };
  }
  const registry = parseRegistry(name);
  return registry.type === 'invalid'
    ? registry
    : { type: 'valid', value: { subscriptionId, resourceGroup, resourceName: name, registry: registry.value } };
}
