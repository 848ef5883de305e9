// What `npm run registry` asks of the simulated registry, read from what came over the control endpoint.
import * as z from 'zod/mini';
import { issueLines } from '../../adapters/zod-issues.ts';
import { type Digest, type Parsed, parseImage, parseRegion, type Region, type Repository } from '../../core/names.ts';
import { MANAGEMENT_MODES, type ManagementMode } from '../registry/management-faults.ts';
import type { RegistryModel } from '../registry/model.ts';
import { REPLICA_STATES, type ReplicaState, replicaIn } from '../registry/replicas.ts';
import type { RegistryControl } from './registry-control.ts';

const requestSchema = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('add'),
    region: z.string(),
    displayName: z.optional(z.string().check(z.minLength(1), z.maxLength(60))),
    state: z.enum(REPLICA_STATES),
    hasWebhook: z.boolean(),
  }),
  z.object({ order: z.literal('remove'), region: z.string() }),
  z.object({ order: z.literal('delete'), image: z.string() }),
  z.object({ order: z.literal('management'), mode: z.enum(MANAGEMENT_MODES) }),
]);

export type RegistryRequest = z.output<typeof requestSchema>;

export type RegistryOrder =
  | {
      readonly order: 'add';
      readonly region: Region;
      readonly displayName: string;
      readonly state: ReplicaState;
      readonly hasWebhook: boolean;
    }
  | { readonly order: 'remove'; readonly region: Region; readonly displayName: string }
  | { readonly order: 'delete'; readonly repository: Repository; readonly digest: Digest }
  | { readonly order: 'management'; readonly mode: ManagementMode };

const invalid = (message: string) => ({ type: 'invalid', message }) as const;

/** An order that is valid can be carried out. */
export function parseRegistryOrder(body: unknown, model: RegistryModel): Parsed<RegistryOrder> {
  const request = requestSchema.safeParse(body, { reportInput: true });
  if (!request.success) {
    return invalid(issueLines(request.error).join('; '));
  }
  const { data } = request;
  switch (data.order) {
    case 'add':
      return parseAdd(data, model);
    case 'remove':
      return parseRemove(data.region, model);
    case 'delete':
      return parseDelete(data.image, model);
    case 'management':
      return { type: 'valid', value: data };
  }
}

function parseAdd(
  { region: text, displayName = text, state, hasWebhook }: Extract<RegistryRequest, { order: 'add' }>,
  model: RegistryModel,
): Parsed<RegistryOrder> {
  const region = parseRegion(text);
  if (region.type === 'invalid') {
    return region;
  }
  return replicaIn(model, region.value) === undefined
    ? { type: 'valid', value: { order: 'add', region: region.value, displayName, state, hasWebhook } }
    : invalid(`expected a region without a replica, got ${region.value}`);
}

function parseRemove(text: string, model: RegistryModel): Parsed<RegistryOrder> {
  const region = parseRegion(text);
  if (region.type === 'invalid') {
    return region;
  }
  const [home, ...others] = model.replicas;
  const replica = others.find((other) => other.region === region.value);
  if (replica !== undefined) {
    return { type: 'valid', value: { order: 'remove', region: region.value, displayName: replica.displayName } };
  }
  const known = others.map(({ displayName, region: name }) => `${displayName} (${name})`).join(', ') || 'there is none';
  const got = region.value === home.region ? `${region.value}, the home region` : region.value;
  return invalid(`expected a region with a replica that can be removed: ${known}; got ${got}`);
}

function parseDelete(text: string, model: RegistryModel): Parsed<RegistryOrder> {
  const image = parseImage(text);
  if (image.type === 'invalid') {
    return image;
  }
  const { repository, tag } = image.value;
  const digest = image.value.digest ?? model.repositories[repository]?.[tag]?.digest;
  return digest === undefined
    ? invalid(`expected an image that the registry has, got ${repository}:${tag}`)
    : { type: 'valid', value: { order: 'delete', repository, digest } };
}

/** @returns the order, as what was done */
export function carryOut(order: RegistryOrder, control: RegistryControl): RegistryOrder {
  switch (order.order) {
    case 'add':
      control.addReplica(order.region, order.displayName, { state: order.state, hasWebhook: order.hasWebhook });
      break;
    case 'remove':
      control.removeReplica(order.region);
      break;
    case 'delete':
      control.deleteImage(order.repository, order.digest);
      break;
    case 'management':
      control.setManagement({ mode: order.mode });
      break;
  }
  return order;
}
