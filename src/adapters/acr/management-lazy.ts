// The management API, loaded at its first use: no webhook needs it, and a cold start has no time for it.
import type { Registry } from '../../core/names.ts';
import type { Replica } from '../../core/replicas.ts';
import {
  type PastDelivery,
  type ReplicaReader,
  Unavailable,
  type Webhook,
  type WebhookReader,
} from '../../usecases/ports.ts';
import { endedBy } from '../ended-by.ts';
import type { ManagementApi, ManagementOptions } from './management.ts';

type Load = () => Promise<{ readonly ManagementApi: typeof ManagementApi }>;

export class LazyManagementApi implements ReplicaReader, WebhookReader {
  readonly #options: ManagementOptions;
  readonly #load: Load;
  #api: Promise<ManagementApi> | undefined;

  constructor(options: ManagementOptions, load: Load = () => import('./management.ts')) {
    this.#options = options;
    this.#load = load;
  }

  async replicas(registry: Registry, known: readonly string[], signal: AbortSignal): Promise<readonly Replica[]> {
    return await (await this.#loaded(signal)).replicas(registry, known, signal);
  }

  async webhooks(registry: Registry, signal: AbortSignal): Promise<readonly Webhook[]> {
    return await (await this.#loaded(signal)).webhooks(registry, signal);
  }

  async target(registry: Registry, webhookName: string, signal: AbortSignal): Promise<string> {
    return await (await this.#loaded(signal)).target(registry, webhookName, signal);
  }

  async *history(
    registry: Registry,
    webhookName: string,
    signal: AbortSignal,
  ): AsyncGenerator<PastDelivery, void, undefined> {
    yield* (await this.#loaded(signal)).history(registry, webhookName, signal);
  }

  /** A load that fails is tried again by the next call. */
  async #loaded(signal: AbortSignal): Promise<ManagementApi> {
    const loading = this.#api ?? this.#begin();
    try {
      return await endedBy(loading, signal);
    } catch (error) {
      throw new Unavailable(`Expected the management SDK to load in time, got ${String(error)}`, { cause: error });
    }
  }

  #begin(): Promise<ManagementApi> {
    const loading = this.#load().then(({ ManagementApi: Api }) => new Api(this.#options));
    this.#api = loading;
    loading.catch(() => {
      this.#api = undefined;
    });
    return loading;
  }
}
