// Reads and changes a registry's webhooks by the management API. Keys stay in here: nothing that it gives or throws
// holds one.
import { ManagementApi, PERMISSIONS } from '../adapters/acr/management.ts';
import type { RegistryAddress } from '../adapters/acr/management-address.ts';
import { ManagementConnection, type ManagementEndpoint } from '../adapters/acr/management-connection.ts';
import type { Replica } from '../core/replicas.ts';
import type { PastDelivery } from '../usecases/ports.ts';
import { ACTIONS, type Callback, type Step, type WebhookState } from './plan.ts';

const KEY_HEADER = 'x-functions-key';
const WRITE = 'Microsoft.ContainerRegistry/registries/webhooks/write';
const PING = 'Microsoft.ContainerRegistry/registries/webhooks/ping/action';
const USAGES = 'Microsoft.ContainerRegistry/registries/listUsages/read';
/** A ping is among the newest things that were delivered. */
const NEWEST = 200;

export interface Quota {
  readonly limit: number;
  readonly used: number;
}

/** Calls reject with `Unavailable`, `Throttled` or `Forbidden`. */
export class RegistryAdmin {
  readonly #address: RegistryAddress;
  readonly #key: string | undefined;
  readonly #api: ManagementApi;
  readonly #connection: ManagementConnection;

  /** @param key the app's; without it none can be compared, and nothing be changed */
  constructor(address: RegistryAddress, key: string | undefined, endpoint: ManagementEndpoint) {
    const { subscriptionId, resourceGroup, resourceName } = address;
    const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${resourceName}`;
    this.#address = address;
    this.#key = key;
    this.#api = new ManagementApi({ registries: () => resourceId, ...endpoint });
    this.#connection = new ManagementConnection(endpoint);
  }

  async replicas(signal: AbortSignal): Promise<readonly Replica[]> {
    return await this.#api.replicas(this.#address.registry, [], signal);
  }

  async webhooks(signal: AbortSignal): Promise<readonly WebhookState[]> {
    const states: WebhookState[] = [];
    for (const webhook of await this.#api.webhooks(this.#address.registry, signal)) {
      const { serviceUri, customHeaders } = await this.#callback(webhook.name, signal);
      states.push({ ...webhook, callback: { serviceUri, key: this.#compare(customHeaders) } });
    }
    return states;
  }

  /** @returns undefined where the registry tells of no limit */
  async quota(signal: AbortSignal): Promise<Quota | undefined> {
    const question = { expected: this.#expected('tell its quotas'), permission: USAGES, signal };
    const { value = [] } = await this.#connection.ask(this.#address, question, async ({ registries, names }) =>
      registries.listUsages(...names),
    );
    const { limit = -1, currentValue: used } = value.find(({ name }) => name?.toLowerCase() === 'webhooks') ?? {};
    return limit < 0 || used === undefined ? undefined : { limit, used };
  }

  async carryOut(step: Step, signal: AbortSignal): Promise<void> {
    const { name, region, serviceUri } = step;
    const verb = step.type === 'create' ? 'create' : 'change';
    const question = { expected: this.#expected(`${verb} webhook ${name}`), permission: WRITE, signal };
    const own = { [KEY_HEADER]: this.#neededKey() };
    const wanted = { serviceUri, status: 'enabled', scope: '' };
    if (step.type === 'create') {
      const parameters = { location: region, ...wanted, customHeaders: own, actions: [...ACTIONS] };
      await this.#connection.ask(this.#address, question, async ({ webhooks, names }) => {
        await webhooks.create(...names, name, parameters);
      });
      return;
    }
    const { customHeaders } = await this.#callback(name, signal);
    const others = Object.entries(customHeaders).filter(([header]) => header.toLowerCase() !== KEY_HEADER);
    const parameters = {
      ...wanted,
      customHeaders: { ...Object.fromEntries(others), ...own },
      actions: [...step.actions],
    };
    await this.#connection.ask(this.#address, question, async ({ webhooks, names }) => {
      await webhooks.update(...names, name, parameters);
    });
  }

  /** @returns the id of the notification */
  async ping(name: string, signal: AbortSignal): Promise<string> {
    const question = { expected: this.#expected(`ping by webhook ${name}`), permission: PING, signal };
    const { id } = await this.#connection.ask(this.#address, question, async ({ webhooks, names }) =>
      webhooks.ping(...names, name),
    );
    return id ?? '';
  }

  /** @returns undefined as long as the registry does not know what became of it */
  async delivery(name: string, id: string, signal: AbortSignal): Promise<PastDelivery | undefined> {
    let seen = 0;
    for await (const delivery of this.#api.history(this.#address.registry, name, signal)) {
      if (delivery.id === id && delivery.statusCode !== undefined) {
        return delivery;
      }
      seen += 1;
      if (seen >= NEWEST) {
        break;
      }
    }
    return undefined;
  }

  async #callback(name: string, signal: AbortSignal) {
    const expected = this.#expected(`tell where webhook ${name} posts to`);
    const question = { expected, permission: PERMISSIONS.target, signal };
    const { serviceUri = '', customHeaders = {} } = await this.#connection.ask(
      this.#address,
      question,
      async ({ webhooks, names }) => webhooks.getCallbackConfig(...names, name),
    );
    return { serviceUri, customHeaders };
  }

  #compare(customHeaders: Readonly<Record<string, string>>): Callback['key'] {
    const given = Object.entries(customHeaders).find(([header]) => header.toLowerCase() === KEY_HEADER)?.[1];
    if (given === undefined || given === '') {
      return 'missing';
    }
    if (this.#key === undefined) {
      return 'given';
    }
    return given === this.#key ? 'right' : 'wrong';
  }

  /** The text without the key, should somebody have repeated it there. */
  hide(text: string): string {
    return this.#key === undefined ? text : text.replaceAll(this.#key, '…');
  }

  #neededKey(): string {
    if (this.#key === undefined) {
      throw new Error('Expected a key to change webhooks with, got none');
    }
    return this.#key;
  }

  #expected(what: string): string {
    return `registry ${this.#address.registry} to ${what}`;
  }
}
