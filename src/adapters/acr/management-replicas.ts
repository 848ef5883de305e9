// The registry's replications as the management API describes them -> replicas. What cannot be read fails the whole
// reading: a replica that was overlooked would look as if it had been removed, and pushes would be announced without it.
import * as z from 'zod/mini';
import { parseRegion } from '../../core/names.ts';
import type { Replica } from '../../core/replicas.ts';
import { issueLines, parsedBy } from '../zod-issues.ts';
import { Unreadable } from './management-errors.ts';

const registrySchema = z.object({ location: parsedBy(parseRegion), provisioningState: z.string() });

const replicationSchema = z.object({
  name: z.string(),
  location: parsedBy(parseRegion),
  provisioningState: z.string(),
  status: z.nullish(z.object({ displayStatus: z.nullish(z.string()), message: z.nullish(z.string()) })),
  regionEndpointEnabled: z.nullish(z.boolean()),
});

export type Home = z.infer<typeof registrySchema>;

/** Throws `Unreadable`. */
export const parseHome = (registry: unknown): Home => read(registrySchema, registry);

/** Throws `Unreadable`. */
export function parseReplica(replication: unknown, home: Home): Replica {
  const { name, location, provisioningState, status, regionEndpointEnabled } = read(replicationSchema, replication);
  const displayStatus = status?.displayStatus ?? undefined;
  if (displayStatus === undefined && provisioningState.toLowerCase() === 'succeeded') {
    throw new Unreadable([`status.displayStatus of replication ${name}: expected one as it is Succeeded, got none`]);
  }
  return {
    ...{ name, region: location, isHome: location === home.location, provisioningState },
    ...(displayStatus === undefined ? {} : { displayStatus }),
    ...(status?.message ? { message: status.message } : {}),
    isRouted: regionEndpointEnabled ?? true,
  };
}

/**
 * One replica for each region, the home region's among them: a registry lists that one only when there are others, and
 * while a replica is replaced by another there may be two.
 */
export function oneForEachRegion(replicas: readonly Replica[], home: Home): Replica[] {
  const best = new Map<Replica['region'], Replica>();
  for (const replica of replicas) {
    const other = best.get(replica.region);
    if (other === undefined || health(replica) > health(other)) {
      best.set(replica.region, replica);
    }
  }
  if (!best.has(home.location)) {
    const { location: region, provisioningState } = home;
    best.set(region, { region, isHome: true, provisioningState, isRouted: true });
  }
  return [...best.values()];
}

function health({ provisioningState, displayStatus }: Replica): number {
  const states = ['deleting', 'failed', 'canceled', 'creating', 'updating', 'succeeded'];
  const isReady = displayStatus?.toLowerCase() === 'ready';
  return states.indexOf(provisioningState.toLowerCase()) + (isReady ? states.length : 0);
}

export function read<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success) {
    throw new Unreadable(issueLines(result.error));
  }
  return result.data;
}
