import type { Registry } from '../../core/names.ts';
import type { Version, Versioned, WebhooksSight, WebhooksStore } from '../../usecases/ports.ts';
import { webhooksEntityKey } from './keys.ts';
import { type OpenTable, Table } from './table.ts';
import { fromWebhooksProperties, toWebhooksProperties } from './webhooks-document.ts';

/** One entity per registry, beside the registries; its etag is the version. */
export class TableWebhooksStore implements WebhooksStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'registries');
  }

  async load(registry: Registry, signal: AbortSignal): Promise<Versioned<WebhooksSight> | undefined> {
    const { partitionKey, rowKey } = webhooksEntityKey(registry);
    const entity = await this.#table.read(signal, (client, options) => client.getEntity(partitionKey, rowKey, options));
    return entity && { value: fromWebhooksProperties(registry, entity), version: entity.etag };
  }

  async commit(
    registry: Registry,
    sight: WebhooksSight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> {
    return await this.#table.commit(
      { ...webhooksEntityKey(registry), ...toWebhooksProperties(sight) },
      expected,
      signal,
    );
  }
}
