import * as z from 'zod/mini';
import type { Region, Registry } from '../../core/names.ts';
import {
  type RegistrySight,
  type RegistryStore,
  SchemaTooNew,
  type Version,
  type Versioned,
} from '../../usecases/ports.ts';
import { registryEntityKey } from './keys.ts';
import { CorruptEntity } from './storage-errors.ts';
import { type OpenTable, Table } from './table.ts';

/** Goes up when an older release could not read what is written any more. */
const SCHEMA = 1;

const Entity = z.object({
  v: z.literal(SCHEMA),
  optedIn: z.pipe(
    z.pipe(
      z.string(),
      z.transform((text): unknown => JSON.parse(text)),
    ),
    z.union([z.literal('unknown'), z.array(z.tuple([z.string(), z.number()]))]),
  ),
  revision: z.int(),
  sweptRevision: z.int(),
});

/** One entity per registry; its etag is the version. */
export class TableRegistryStore implements RegistryStore {
  readonly #table: Table;

  constructor(open: OpenTable) {
    this.#table = new Table(open, 'registries');
  }

  async load(registry: Registry, signal: AbortSignal): Promise<Versioned<RegistrySight> | undefined> {
    const { partitionKey, rowKey } = registryEntityKey(registry);
    const entity = await this.#table.read(signal, (client, options) => client.getEntity(partitionKey, rowKey, options));
    return entity === undefined ? undefined : { value: fromProperties(registry, entity), version: entity.etag };
  }

  commit(
    registry: Registry,
    sight: RegistrySight,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> {
    return this.#table.commit({ ...registryEntityKey(registry), ...toProperties(sight) }, expected, signal);
  }
}

function toProperties({ optedIn, revision, sweptRevision }: RegistrySight) {
  const entries = optedIn === 'unknown' ? optedIn : [...optedIn];
  return { v: SCHEMA, optedIn: JSON.stringify(entries), revision, sweptRevision };
}

function fromProperties(registry: Registry, properties: Readonly<Record<string, unknown>>): RegistrySight {
  const { v } = properties;
  if (typeof v === 'number' && v > SCHEMA) {
    throw new SchemaTooNew(`expected the regions of ${registry} in schema ${SCHEMA} or older, got ${v}`);
  }
  try {
    const { optedIn, revision, sweptRevision } = Entity.parse(properties);
    const regions = optedIn === 'unknown' ? optedIn : new Map(optedIn.map(([name, since]) => [name as Region, since]));
    return { optedIn: regions, revision, sweptRevision };
  } catch (error) {
    throw new CorruptEntity(`expected the stored regions of ${registry} to be readable, got ${error}`, {
      cause: error,
    });
  }
}
