// What the management API does with the registry and its replicas.
import * as z from 'zod/mini';
import { issueLines } from '../../adapters/zod-issues.ts';
import { type Parsed, parseRegion } from '../../core/names.ts';
import { registryId, toArmRegistry, toArmReplication, toArmUsages } from './arm.ts';
import { type ArmAnswer, badRequest, notFound, ok, refusal } from './arm-answer.ts';
import type { ManagementFault } from './management-faults.ts';
import type { RegistryModel, Replica } from './model.ts';
import { addReplica, removeReplica } from './replicas.ts';

export interface ArmCall {
  readonly model: RegistryModel;
  /** Resource names in the path, below the registry's. */
  readonly names: readonly string[];
  readonly resourceGroup: string;
  readonly query: URLSearchParams;
  /** JSON; undefined if there is none. */
  readonly body: unknown;
  readonly now: number;
  /** Of the API, without a path. */
  readonly url: string;
  readonly fault: ManagementFault;
  /** How long a new replica is being created. */
  readonly readyAfterMs: number;
  readonly eventsPageSize: number;
  /** Posts a ping, and does not wait for its answer. */
  readonly ping: (webhookName: string) => string;
}

export interface Operation {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** Path below the registry's, in lower case; a `*` stands for a resource name. */
  readonly path: string;
  /** What one must be allowed to do, below `Microsoft.ContainerRegistry/registries/`. */
  readonly permission: string;
  readonly answer: (call: ArmCall) => ArmAnswer;
}

const replicationSchema = z.object({
  location: z.string(),
  properties: z.optional(z.object({ regionEndpointEnabled: z.optional(z.boolean()) })),
});
const replicationUpdateSchema = z.object({
  properties: z.optional(z.object({ regionEndpointEnabled: z.optional(z.boolean()) })),
});

export function parseBody<T>(schema: z.ZodMiniType<T>, body: unknown): Parsed<T> {
  const parsed = schema.safeParse(body, { reportInput: true });
  return parsed.success
    ? { type: 'valid', value: parsed.data }
    : { type: 'invalid', message: issueLines(parsed.error).join('; ') };
}

const sameName = (name: string) => {
  const wanted = name.toLowerCase();
  return (resource: { readonly name: string }) => resource.name.toLowerCase() === wanted;
};

/** Names of resources are compared without case. */
export function named<T extends { readonly name: string }>(resources: readonly T[], name = ''): T | undefined {
  return resources.find(sameName(name));
}

function withReplica(call: ArmCall, answer: (replica: Replica) => ArmAnswer): ArmAnswer {
  const { model, names, resourceGroup } = call;
  const replica = named(model.replicas, names[0]);
  return replica === undefined
    ? notFound(`registries/${model.name}/replications/${names[0]}`, resourceGroup)
    : answer(replica);
}

function listReplications({ model, fault }: ArmCall): ArmAnswer {
  const listed = model.replicas.filter(({ region }) => !fault.unlisted?.includes(region));
  // By name, whichever was first: the home region is nothing special here.
  const sorted = listed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return ok({ value: sorted.map((replica) => toArmReplication(model, replica)) });
}

function createReplication(call: ArmCall): ArmAnswer {
  const { model, names, body, now, url, query, readyAfterMs } = call;
  const [name = ''] = names;
  const parsed = parseBody(replicationSchema, body);
  if (parsed.type === 'invalid') {
    return badRequest(parsed.message);
  }
  const { location, properties } = parsed.value;
  const region = parseRegion(location);
  if (region.type === 'invalid' || !/^[a-z0-9]{5,50}$/i.test(name)) {
    return badRequest(region.type === 'invalid' ? region.message : 'expected a name of 5 to 50 letters and digits');
  }
  const existing = model.replicas.find((replica) => replica.region === region.value || sameName(name)(replica));
  if (existing !== undefined) {
    const isSame = existing.region === region.value && sameName(name)(existing);
    return isSame
      ? ok(toArmReplication(model, existing))
      : refusal(409, 'Conflict', `The replication '${existing.name}' of region '${existing.region}' already exists.`);
  }
  const replica = addReplica(
    model,
    {
      ...{ name, region: region.value, displayName: location, state: 'creating', readyAfterMs, hasWebhook: false },
      regionEndpointEnabled: properties?.regionEndpointEnabled ?? true,
    },
    now,
  );
  const status = `${url}${registryId(model)}/replications/${name}/operationStatuses/${now}`;
  const operation = `${status}?api-version=${query.get('api-version')}`;
  return { status: 201, body: toArmReplication(model, replica), headers: { 'azure-asyncoperation': operation } };
}

function updateReplication(call: ArmCall): ArmAnswer {
  return withReplica(call, (replica) => {
    const parsed = parseBody(replicationUpdateSchema, call.body);
    if (parsed.type === 'invalid') {
      return badRequest(parsed.message);
    }
    const { regionEndpointEnabled = replica.regionEndpointEnabled } = parsed.value.properties ?? {};
    const updated = { ...replica, regionEndpointEnabled };
    const { model } = call;
    const [home, ...others] = model.replicas;
    const update = (other: Replica) => (other === replica ? updated : other);
    model.replicas = [update(home), ...others.map(update)];
    return ok(toArmReplication(model, updated));
  });
}

function deleteReplication({ model, names }: ArmCall): ArmAnswer {
  const replica = named(model.replicas, names[0]);
  if (replica === undefined) {
    return { status: 204 };
  }
  return removeReplica(model, replica.region)
    ? { status: 200 }
    : refusal(409, 'OperationNotAllowed', "The replication of the registry's home region cannot be deleted.");
}

/** In the words of https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md */
function operationStatus(call: ArmCall): ArmAnswer {
  return withReplica(call, ({ name, provisioningState, message = '' }) => {
    const error = provisioningState === 'Failed' ? { error: { code: 'ReplicationFailed', message } } : {};
    return ok({ id: `${registryId(call.model)}/replications/${name}`, name, status: provisioningState, ...error });
  });
}

export const REGISTRY_OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: '', permission: 'read', answer: ({ model }) => ok(toArmRegistry(model)) },
  {
    ...{ method: 'GET', path: '/listusages', permission: 'listUsages/read' },
    answer: ({ model }) => ok(toArmUsages(model)),
  },
  { method: 'GET', path: '/replications', permission: 'replications/read', answer: listReplications },
  {
    ...{ method: 'GET', path: '/replications/*', permission: 'replications/read' },
    answer: (call) => withReplica(call, (replica) => ok(toArmReplication(call.model, replica))),
  },
  { method: 'PUT', path: '/replications/*', permission: 'replications/write', answer: createReplication },
  { method: 'PATCH', path: '/replications/*', permission: 'replications/write', answer: updateReplication },
  { method: 'DELETE', path: '/replications/*', permission: 'replications/delete', answer: deleteReplication },
  {
    ...{ method: 'GET', path: '/replications/*/operationstatuses/*' },
    ...{ permission: 'replications/operationStatuses/read', answer: operationStatus },
  },
];
