// The management API, loaded at its first use: no webhook needs it, and a cold start has no time for it.
import type { Registry } from '../../core/names.ts';
import type { Replica } from '../../core/replicas.ts';
import type { PastDelivery, ReplicaReader, Webhook, WebhookReader } from '../../usecases/ports.ts';
import { Lazily } from '../lazily.ts';
import type { ManagementApi, ManagementOptions } from './management.ts';

type Load = () => Promise<{ readonly ManagementApi: typeof ManagementApi }>;

export class LazyManagementApi implements ReplicaReader, WebhookReader {
  readonly #api: Lazily<ManagementApi>;

  constructor(options: ManagementOptions, load: Load = () => import('./management.ts')) {
    this.#api = new Lazily('management SDK', async () => {
      const { ManagementApi: Api } = await load();
      return new Api(options);
    });
  }

  async replicas(registry: Registry, known: readonly string[], signal: AbortSignal): Promise<readonly Replica[]> {
    return await (await this.#api.get(signal)).replicas(registry, known, signal);
  }

  async webhooks(registry: Registry, signal: AbortSignal): Promise<readonly Webhook[]> {
    return await (await this.#api.get(signal)).webhooks(registry, signal);
  }

  async target(registry: Registry, webhookName: string, signal: AbortSignal): Promise<string> {
    return await (await this.#api.get(signal)).target(registry, webhookName, signal);
  }

  async *history(
    registry: Registry,
    webhookName: string,
    signal: AbortSignal,
  ): AsyncGenerator<PastDelivery, void, undefined> {
    yield* (await this.#api.get(signal)).history(registry, webhookName, signal);
  }
}
