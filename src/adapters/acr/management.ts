// What a registry says of itself by Azure's management API: replicas, webhooks and what these delivered.
// https://learn.microsoft.com/rest/api/container-registry
import * as z from 'zod/mini';
import { parseRegion, type Registry } from '../../core/names.ts';
import type { Replica } from '../../core/replicas.ts';
import {
  type PastDelivery,
  type ReplicaReader,
  Unavailable,
  type Webhook,
  type WebhookReader,
} from '../../usecases/ports.ts';
import { parsedBy } from '../zod-issues.ts';
import { parseRegistryAddress, type RegistryAddress } from './management-address.ts';
import { ManagementConnection, type ManagementEndpoint, type RegistryHandle } from './management-connection.ts';
import { Refusal, Unreadable } from './management-errors.ts';
import { type Home, oneForEachRegion, parseHome, parseReplica, read } from './management-replicas.ts';
import { parsePastDelivery } from './past-delivery.ts';

export interface ManagementOptions extends ManagementEndpoint {
  /** The resource id of a registry; undefined for one that it is not known of. */
  readonly registries: (registry: Registry) => string | undefined;
}

/** Of one registry's replicas that are asked for by themselves. */
const CONCURRENCY = 4;

/** What an answer to each question takes, as a role definition writes it. */
export const PERMISSIONS = {
  registry: 'Microsoft.ContainerRegistry/registries/read',
  replications: 'Microsoft.ContainerRegistry/registries/replications/read',
  webhooks: 'Microsoft.ContainerRegistry/registries/webhooks/read',
  target: 'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action',
  history: 'Microsoft.ContainerRegistry/registries/webhooks/listEvents/action',
} as const;

const webhookSchema = z.object({
  name: z.string(),
  location: parsedBy(parseRegion),
  status: z.nullish(z.string()),
  scope: z.nullish(z.string()),
  actions: z.array(z.string()),
});

export class ManagementApi implements ReplicaReader, WebhookReader {
  readonly #registries: ManagementOptions['registries'];
  readonly #connection: ManagementConnection;

  constructor({ registries, ...endpoint }: ManagementOptions) {
    this.#registries = registries;
    this.#connection = new ManagementConnection(endpoint);
  }

  async replicas(registry: Registry, known: readonly string[], signal: AbortSignal): Promise<readonly Replica[]> {
    const address = this.#address(registry);
    const about = { expected: `registry ${registry} to tell of itself`, permission: PERMISSIONS.registry, signal };
    const home = await this.#connection.ask(address, about, async ({ registries, names }) =>
      parseHome(await registries.get(...names)),
    );
    const list = {
      expected: `registry ${registry} to list its replicas`,
      permission: PERMISSIONS.replications,
      signal,
    };
    return await this.#connection.ask(address, list, async (handle) => {
      const names = new Map(known.map((name) => [name.toLowerCase(), name]));
      for await (const { name } of handle.replications.list(...handle.names)) {
        if (typeof name !== 'string') {
          throw new Unreadable(['expected each replication to have a name']);
        }
        names.set(name.toLowerCase(), name);
      }
      const replicas = await inParallel([...names.values()], (name) => readReplica(handle, name, home));
      return oneForEachRegion(
        replicas.filter((replica) => replica !== undefined),
        home,
      );
    });
  }

  async webhooks(registry: Registry, signal: AbortSignal): Promise<readonly Webhook[]> {
    const question = {
      expected: `registry ${registry} to list its webhooks`,
      permission: PERMISSIONS.webhooks,
      signal,
    };
    return await this.#connection.ask(this.#address(registry), question, async ({ webhooks, names }) => {
      const found: Webhook[] = [];
      for await (const webhook of webhooks.list(...names)) {
        found.push(parseWebhook(webhook));
      }
      return found;
    });
  }

  async target(registry: Registry, webhookName: string, signal: AbortSignal): Promise<string> {
    const expected = `registry ${registry} to tell where webhook ${webhookName} posts to`;
    const question = { expected, permission: PERMISSIONS.target, signal };
    return await this.#connection.ask(this.#address(registry), question, async ({ webhooks, names }) => {
      // Its custom headers, which come with it, hold keys.
      const { serviceUri } = await webhooks.getCallbackConfig(...names, webhookName);
      if (typeof serviceUri !== 'string' || serviceUri === '') {
        throw new Unreadable(['expected a service URI']);
      }
      return serviceUri;
    });
  }

  async *history(
    registry: Registry,
    webhookName: string,
    signal: AbortSignal,
  ): AsyncGenerator<PastDelivery, void, undefined> {
    const expected = `registry ${registry} to list what webhook ${webhookName} delivered`;
    const question = { expected, permission: PERMISSIONS.history, signal };
    const pages = this.#connection.pages(this.#address(registry), question, ({ webhooks, names }) =>
      webhooks.listEvents(...names, webhookName),
    );
    for await (const page of pages) {
      yield* page.map(parsePastDelivery);
    }
  }

  #address(registry: Registry): RegistryAddress {
    const resourceId = this.#registries(registry);
    if (resourceId === undefined) {
      throw new Unavailable(`Expected a resource id for registry ${registry}, got none`);
    }
    const address = parseRegistryAddress(resourceId);
    if (address.type === 'invalid') {
      throw new Unavailable(`Registry ${registry}: ${address.message}`);
    }
    return address.value;
  }
}

/** @returns undefined if the registry says that there is none of this name */
async function readReplica({ replications, names }: RegistryHandle, name: string, home: Home) {
  try {
    return parseReplica(await replications.get(...names, name), home);
  } catch (error) {
    // The registry itself may be what is not found, or something on the way there.
    if (error instanceof Refusal && error.status === 404 && error.code === 'ResourceNotFound') {
      return undefined;
    }
    throw error;
  }
}

function parseWebhook(webhook: unknown): Webhook {
  const { name, location, status, scope, actions } = read(webhookSchema, webhook);
  return {
    ...{ name, region: location, isEnabled: status?.toLowerCase() === 'enabled', scope: scope ?? '' },
    actions: actions.map((action) => action.toLowerCase()),
  };
}

/** In the order of the items. Begins nothing more once one has rejected. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  let isFailed = false;
  const worker = async () => {
    for (const [index, item] of rest) {
      if (isFailed) {
        return;
      }
      results[index] = await work(item).catch((error: unknown) => {
        isFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}
