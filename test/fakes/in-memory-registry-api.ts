import { type Digest, type Region, type Registry, type TagName, tagKey } from '../../src/core/names.ts';
import type { Replica } from '../../src/core/replicas.ts';
import {
  type ManifestReader,
  type PastDelivery,
  type ReplicaReader,
  Unavailable,
  type Webhook,
  type WebhookReader,
} from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';

interface Options extends GateOption {
  /** Deliveries per answer of a history. */
  readonly pageSize?: number;
}

/** What a call answers, or the error that it rejects with. */
type Answer<T> = T | Error;

const keyOf = (registry: Registry, name: string) => `${registry}:${name}`;

/** Registries as they tell of themselves, set by the test; what was not set is empty. Nothing happens in it by itself. */
export class InMemoryRegistryApi implements ReplicaReader, WebhookReader, ManifestReader {
  readonly #calls: GatedCalls;
  readonly #pageSize: number;
  readonly #replicas = new Map<Registry, Answer<readonly Replica[]>>();
  readonly #unlisted = new Map<Registry, ReadonlySet<string>>();
  readonly #webhooks = new Map<Registry, Answer<readonly Webhook[]>>();
  readonly #targets = new Map<string, Answer<string>>();
  readonly #histories = new Map<string, Answer<readonly PastDelivery[]>>();
  readonly #manifests = new Map<string, Answer<Digest>>();

  constructor({ pageSize = 100, ...options }: Options = {}) {
    this.#calls = new GatedCalls(options);
    this.#pageSize = pageSize;
  }

  /** @param unlisted names of those among them that the registry tells of only when it is asked for them by name */
  setReplicas(registry: Registry, replicas: Answer<readonly Replica[]>, unlisted: readonly string[] = []): void {
    this.#replicas.set(registry, replicas);
    this.#unlisted.set(registry, new Set(unlisted));
  }

  setWebhooks(registry: Registry, webhooks: Answer<readonly Webhook[]>): void {
    this.#webhooks.set(registry, webhooks);
  }

  setTarget(registry: Registry, webhookName: string, target: Answer<string>): void {
    this.#targets.set(keyOf(registry, webhookName), target);
  }

  /** @param history newest first */
  setHistory(registry: Registry, webhookName: string, history: Answer<readonly PastDelivery[]>): void {
    this.#histories.set(keyOf(registry, webhookName), history);
  }

  /** Adds the newest delivery to a history. */
  addDelivery(registry: Registry, webhookName: string, delivery: PastDelivery): void {
    const key = keyOf(registry, webhookName);
    this.#histories.set(key, [delivery, ...given(this.#histories.get(key) ?? [])]);
  }

  /** @param digest undefined for a replica that holds nothing under this tag */
  setManifest(tag: TagName, region: Region, digest: Answer<Digest> | undefined): void {
    const key = `${tagKey(tag)}@${region}`;
    if (digest === undefined) {
      this.#manifests.delete(key);
    } else {
      this.#manifests.set(key, digest);
    }
  }

  replicas(registry: Registry, known: readonly string[], signal: AbortSignal): Promise<readonly Replica[]> {
    return this.#calls.call('api.replicas', signal, () => {
      const isTold = ({ name }: Replica) =>
        name === undefined || !this.#unlisted.get(registry)?.has(name) || known.includes(name);
      return given(this.#replicas.get(registry) ?? []).filter(isTold);
    });
  }

  webhooks(registry: Registry, signal: AbortSignal): Promise<readonly Webhook[]> {
    return this.#calls.call('api.webhooks', signal, () => given(this.#webhooks.get(registry) ?? []));
  }

  target(registry: Registry, webhookName: string, signal: AbortSignal): Promise<string> {
    return this.#calls.call('api.target', signal, () => {
      const target = this.#targets.get(keyOf(registry, webhookName));
      return given<string>(
        target ?? new Unavailable(`expected ${registry} to have a webhook ${webhookName}, got none`),
      );
    });
  }

  /** Deliveries that are added while it is read are not in it, as they come in front of where the reader is. */
  async *history(registry: Registry, webhookName: string, signal: AbortSignal): AsyncIterable<PastDelivery> {
    let older: number | undefined;
    do {
      const page = await this.#calls.call('api.history', signal, () => {
        const all = given(this.#histories.get(keyOf(registry, webhookName)) ?? []);
        const rest = older === undefined ? all : all.slice(Math.max(0, all.length - older));
        return { deliveries: rest.slice(0, this.#pageSize), older: Math.max(0, rest.length - this.#pageSize) };
      });
      yield* page.deliveries;
      older = page.older;
    } while (older > 0);
  }

  digest(tag: TagName, region: Region, signal: AbortSignal): Promise<Digest | undefined> {
    return this.#calls.call('api.digest', signal, () => {
      const digest = this.#manifests.get(`${tagKey(tag)}@${region}`);
      return digest === undefined ? undefined : given(digest);
    });
  }
}

function given<T>(answer: Answer<T>): T {
  if (answer instanceof Error) {
    throw answer;
  }
  return answer;
}
