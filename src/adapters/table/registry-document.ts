// How a registry's sight is stored. Schema 1 knew the opted-in regions only.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Region, Registry } from '../../core/names.ts';
import { REPLICA_ANNOUNCEMENT_TYPES, type ReplicaAnnouncement } from '../../core/replica-announcements.ts';
import type { ReplicaSight } from '../../core/replicas.ts';
import { type RegistrySight, SchemaTooNew, type Version } from '../../usecases/ports.ts';
import {
  type Columns,
  fromFailureColumns,
  fromInstantColumn,
  fromListColumns,
  type Properties,
  toFailureColumns,
  toInstantColumn,
  toListColumns,
} from './columns.ts';
import { shortened } from './long-text.ts';
import { CorruptEntity } from './storage-errors.ts';

/** Goes up when an older release could not read what is written any more, or would write it back with something lost. */
const SCHEMA = 2;

const OptedInColumns = z.object({
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

const OutboxColumns = z.object({ idPrefix: z.string(), sequence: z.int() });

const Replicas = z.array(
  z.object({
    name: z.optional(z.string()),
    region: z.string(),
    isHome: z.boolean(),
    provisioningState: z.string(),
    displayStatus: z.optional(z.string()),
    message: z.optional(z.string()),
    isRouted: z.boolean(),
    isReady: z.boolean(),
    notReadySince: z.optional(z.number()),
    isNotReadyAnnounced: z.optional(z.literal(true)),
  }),
);

const Outbox = z.array(
  z.object({
    id: z.string(),
    type: z.enum(REPLICA_ANNOUNCEMENT_TYPES),
    sequence: z.int(),
    decidedAt: z.number(),
    region: z.string(),
    condition: z.string(),
    notReadySince: z.number(),
  }),
);

/** Cuts the registry's own words, which are for people to read, to what fits for every replica. */
export function toRegistryProperties(sight: RegistrySight): Columns {
  const { optedIn, revision, sweptRevision, idPrefix, sequence } = sight;
  const replicas = sight.replicas.map(({ message, ...replica }) =>
    message === undefined ? replica : { ...replica, message: shortened(message) },
  );
  const outbox = sight.outbox.map(({ condition, ...rest }) => ({ ...rest, condition: shortened(condition) }));
  return {
    v: SCHEMA,
    optedIn: JSON.stringify(optedIn === 'unknown' ? optedIn : [...optedIn]),
    ...{ revision, sweptRevision, idPrefix, sequence },
    ...toInstantColumn('seenAt', sight.seenAt),
    ...toFailureColumns(sight.failure),
    ...toListColumns({ replicas, outbox }),
  };
}

/** Throws `SchemaTooNew` for what a newer release wrote and `CorruptEntity` for what none can have written. */
export function fromRegistryProperties(registry: Registry, properties: Properties, version: Version): RegistrySight {
  const { v } = properties;
  if (typeof v === 'number' && v > SCHEMA) {
    throw new SchemaTooNew(`expected the regions of ${registry} in schema ${SCHEMA} or older, got ${v}`);
  }
  try {
    const { optedIn, ...counts } = OptedInColumns.parse(properties);
    const regions = optedIn === 'unknown' ? optedIn : new Map(optedIn.map(([name, since]) => [name as Region, since]));
    return { optedIn: regions, ...counts, ...sinceSchema2(registry, properties, version) };
  } catch (error) {
    throw new CorruptEntity(`expected the stored regions of ${registry} to be readable, got ${error}`, {
      cause: error,
    });
  }
}

function sinceSchema2(registry: Registry, properties: Properties, version: Version) {
  const { v } = properties;
  if (v === 1) {
    return { replicas: [], idPrefix: firstIdPrefix(registry, version), sequence: 0, outbox: [] };
  }
  if (v !== SCHEMA) {
    throw new TypeError(`expected v 1 or ${SCHEMA}, got ${v}`);
  }
  const seenAt = fromInstantColumn('seenAt', properties);
  const failure = fromFailureColumns(properties);
  return {
    ...OutboxColumns.parse(properties),
    ...(seenAt === undefined ? {} : { seenAt }),
    ...(failure === undefined ? {} : { failure }),
    replicas: Replicas.parse(fromListColumns('replicas', properties)) as readonly object[] as readonly ReplicaSight[],
    outbox: Outbox.parse(fromListColumns('outbox', properties)) as readonly object[] as readonly ReplicaAnnouncement[],
  };
}

/**
 * Of a registry that has announced nothing yet. All that read this version get the same one, and whoever writes over it
 * keeps it. The version is in it because it is never given twice: an entity that is brought back from a copy must not
 * use ids again that the bus has seen.
 */
function firstIdPrefix(registry: Registry, version: Version): string {
  return createHash('sha256').update(`${registry} ${version}`).digest('hex').slice(0, 26);
}
