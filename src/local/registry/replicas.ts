// Replicas come, become ready or not, and go.
import type { Region } from '../../core/names.ts';
import { replicaName } from './contoso.ts';
import { forgetDelivered, type RegistryModel, type Replica } from './model.ts';
import { webhookFor } from './webhooks.ts';

const FAILURE = 'Missing permission to create a private endpoint connection in the region.';
export const READY_AFTER_MS = 5_000;

/** `creating` becomes ready after a while, `stuck` never does. */
export const REPLICA_STATES = ['ready', 'creating', 'stuck', 'failed'] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

export interface NewReplica {
  readonly region: Region;
  readonly displayName: string;
  /** Made up if absent. */
  readonly name?: string;
  readonly state: ReplicaState;
  /** How long it is `creating`. */
  readonly readyAfterMs?: number;
  readonly regionEndpointEnabled?: boolean;
  /** A webhook of this region leads to the app, as for the replicas that the registry starts with. */
  readonly hasWebhook: boolean;
}

export const isReady = ({ provisioningState, displayStatus }: Replica): boolean =>
  provisioningState === 'Succeeded' && displayStatus === 'Ready';

export function replicaIn({ replicas }: RegistryModel, region: string): Replica | undefined {
  return replicas.find((replica) => replica.region === region);
}

/** @param added of a region that has none */
export function addReplica(model: RegistryModel, added: NewReplica, now: number): Replica {
  const { region, displayName, state, readyAfterMs = READY_AFTER_MS, hasWebhook } = added;
  const replica: Replica = {
    ...{ region, displayName, isHome: false, createdAt: now, statusAt: now },
    name: added.name ?? freeName(model),
    ...stateFields(state, now + readyAfterMs),
    regionEndpointEnabled: added.regionEndpointEnabled ?? true,
  };
  model.replicas = [...model.replicas, replica];
  if (hasWebhook) {
    const webhook = webhookFor(model, region, now);
    model.webhooks = [...model.webhooks.filter(({ name }) => name !== webhook.name), webhook];
  }
  return replica;
}

function stateFields(state: ReplicaState, readyAt: number) {
  switch (state) {
    case 'ready':
      return { provisioningState: 'Succeeded', displayStatus: 'Ready' } as const;
    case 'creating':
      return { provisioningState: 'Creating', displayStatus: 'Creating', readyAt } as const;
    case 'stuck':
      return { provisioningState: 'Creating', displayStatus: 'Creating' } as const;
    case 'failed':
      return { provisioningState: 'Failed', displayStatus: 'Failed', message: FAILURE } as const;
  }
}

function freeName({ replicas }: RegistryModel): string {
  let number = replicas.length;
  while (replicas.some(({ name }) => name === replicaName(number))) {
    number += 1;
  }
  return replicaName(number);
}

/** What belongs to the region goes with it. The home region's stays: `false` then, and where there is none. */
export function removeReplica(model: RegistryModel, region: Region): boolean {
  const [home, ...others] = model.replicas;
  const left = others.filter((replica) => replica.region !== region);
  if (left.length === others.length) {
    return false;
  }
  model.replicas = [home, ...left];
  for (const { name } of model.webhooks.filter((webhook) => webhook.region === region)) {
    delete model.history[name];
  }
  model.webhooks = model.webhooks.filter((webhook) => webhook.region !== region);
  for (const flight of model.inFlight) {
    flight.deliveries = flight.deliveries.filter((delivery) => delivery.region !== region);
  }
  forgetDelivered(model);
  for (const entry of Object.values(model.repositories).flatMap((tags) => Object.values(tags))) {
    if (entry.regions.includes(region)) {
      entry.regions.splice(entry.regions.indexOf(region), 1);
    }
  }
  return true;
}

/** Those whose time has come are ready. */
export function settleReplicas(model: RegistryModel, now: number): void {
  const settle = (replica: Replica): Replica => {
    const { readyAt, ...rest } = replica;
    return readyAt !== undefined && readyAt <= now
      ? { ...rest, provisioningState: 'Succeeded', displayStatus: 'Ready', statusAt: readyAt }
      : replica;
  };
  const [home, ...others] = model.replicas;
  model.replicas = [settle(home), ...others.map(settle)];
}
