import { fromWebhooksProperties, toWebhooksProperties } from '../../src/adapters/table/webhooks-document.ts';
import type { Registry } from '../../src/core/names.ts';
import type { Version, Versioned, WebhooksSight, WebhooksStore } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';
import { VersionedValues } from './versioned-values.ts';

/** Keeps what the real store would write. */
export class InMemoryWebhooksStore implements WebhooksStore {
  readonly #calls: GatedCalls;
  readonly #values = new VersionedValues();

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  load(registry: Registry, signal: AbortSignal): Promise<Versioned<WebhooksSight> | undefined> {
    return this.#calls.call('webhooks.load', signal, () => {
      const stored = this.#values.load(registry);
      return stored && { value: fromWebhooksProperties(registry, JSON.parse(stored.value)), version: stored.version };
    });
  }

  async commit(
    registry: Registry,
    sight: WebhooksSight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> {
    const text = JSON.stringify(toWebhooksProperties(sight));
    return await this.#calls.call('webhooks.commit', signal, () => this.#values.commit(registry, text, expected));
  }
}
