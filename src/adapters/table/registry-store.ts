import type { Registry } from '../../core/names.ts';
import type { RegistrySight, RegistryStore, Version, Versioned } from '../../usecases/ports.ts';
import { registryEntityKey } from './keys.ts';
import { fromRegistryProperties, toRegistryProperties } from './registry-document.ts';
import { type OpenTable, Table } from './table.ts';

/** One entity per registry; its etag is the version. */
export class TableRegistryStore implements RegistryStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'registries');
  }

  async load(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight> | undefined> {
    const { partitionKey, rowKey } = registryEntityKey(registry);
    const entity = await this.#table.read(signal, (client, options) => client.getEntity(partitionKey, rowKey, options));
    return entity && { value: fromRegistryProperties(registry, entity, entity.etag), version: entity.etag };
  }

  async commit(
    registry: Registry,
    sight: RegistrySight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> {
    return await this.#table.commit(
      { ...registryEntityKey(registry), ...toRegistryProperties(sight) },
      expected,
      signal,
    );
  }
}
