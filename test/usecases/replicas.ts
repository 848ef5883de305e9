// A registry that can be asked for its replicas.
import type { Region } from '../../src/core/names.ts';
import type { Replica } from '../../src/core/replicas.ts';
import { eastus, westus } from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';

/** A ready one, under a name that is not its region's. */
export function replicaOf(region: Region | string, overrides: Partial<Replica> = {}): Replica {
  return {
    ...{ name: `${region}replica`, region: region as Region, isHome: false },
    ...{ provisioningState: 'Succeeded', displayStatus: 'Ready', isRouted: true },
    ...overrides,
  };
}

export const home = replicaOf(westus, { isHome: true });
export const east = replicaOf(eastus);
export const stuck = replicaOf(eastus, {
  ...{ provisioningState: 'Failed', displayStatus: 'Failed', message: 'no permission' },
});

/** An instance that reads its regions from a registry with these replicas, and has not done so yet. */
export function openManaged(replicas: readonly Replica[] | Error = [home, east]) {
  const outside = new Outside();
  Object.assign(outside, { listed: 'auto', isManaged: true });
  outside.api.setReplicas(contoso, replicas);
  const app = instance(outside);
  const known = async () => (await app.registries.refresh(contoso, new AbortController().signal)).value;
  return { outside, app, known, run: () => app.refreshReplicas.run() };
}
