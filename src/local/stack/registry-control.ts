// What tests and companions may do with the simulated registry of a running stack.
import type { Digest, Region, Repository } from '../../core/names.ts';
import type { ManagementFault } from '../registry/management-faults.ts';
import type { DeletionInFlight } from '../registry/model.ts';
import type { DeleteOrder } from '../registry/registry.ts';
import { addReplica, type NewReplica, removeReplica, replicaIn } from '../registry/replicas.ts';
import type { RegistryService } from './registry-service.ts';

export interface AddReplicaOptions extends Partial<Pick<NewReplica, 'state' | 'readyAfterMs' | 'hasWebhook'>> {}

/** All throw, with nothing done, where the registry is not as expected. */
export interface RegistryControl {
  /** What belongs to the region goes with it. Not the home region. */
  removeReplica(region: Region): void;
  /** In a region that has none: `creating` unless told otherwise, and with a webhook that leads to the app. */
  addReplica(region: Region, displayName: string, options?: AddReplicaOptions): void;
  /** In place of what was wrong before; `{}`: nothing is wrong any more. */
  setManagement(fault: ManagementFault): void;
  /** Deletes a manifest with all its tags; each region tells of it in its own time. */
  deleteImage(
    repository: Repository,
    digest: Digest,
    options?: Omit<DeleteOrder, 'repository' | 'digest'>,
  ): DeletionInFlight;
}

export function registryControl({ model, registry, management, changed }: RegistryService): RegistryControl {
  return {
    removeReplica: (region) => {
      if (!removeReplica(model, region)) {
        const [{ region: home }, ...others] = model.replicas;
        const known = others.map((replica) => replica.region).join(', ') || 'there is none';
        throw new TypeError(`expected a region with a replica, other than ${home}: ${known}; got ${region}`);
      }
      changed();
    },
    addReplica: (region, displayName, { state = 'creating', hasWebhook = true, readyAfterMs } = {}) => {
      if (replicaIn(model, region) !== undefined) {
        throw new TypeError(`expected a region without a replica, got ${region}`);
      }
      const after = readyAfterMs === undefined ? {} : { readyAfterMs };
      addReplica(model, { region, displayName, state, hasWebhook, ...after }, Date.now());
      changed();
    },
    setManagement: (fault) => management.faults.set(fault),
    deleteImage: (repository, digest, options) => registry.deleteImage({ repository, digest, ...options }),
  };
}
