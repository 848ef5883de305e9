// How the webhooks of a registry are stored, as last seen: up to 500 of them, each with its scope.
import * as z from 'zod/mini';
import type { Registry } from '../../core/names.ts';
import { SchemaTooNew, type WebhookSight, type WebhooksSight } from '../../usecases/ports.ts';
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
const SCHEMA = 1;

/** Room for a repository of 256 characters and a tag of 128; what is longer is for people to read all the same. */
const SCOPE_CHARACTERS = 400;

const Webhooks = z.array(
  z.object({
    name: z.string(),
    region: z.string(),
    isEnabled: z.boolean(),
    scope: z.string(),
    actions: z.array(z.string()),
    ownership: z.enum(['ours', 'other', 'unknown']),
    postsAs: z.optional(z.string()),
    lastStatusCode: z.optional(z.number()),
    lastEventAt: z.optional(z.string()),
    lastEventId: z.optional(z.string()),
    cursor: z.optional(z.string()),
  }),
);

export function toWebhooksProperties({ webhooks, reconciledAt, failure }: WebhooksSight): Columns {
  const cut = webhooks.map(({ scope, ...webhook }) => ({ ...webhook, scope: shortened(scope, SCOPE_CHARACTERS) }));
  return {
    v: SCHEMA,
    ...toInstantColumn('reconciledAt', reconciledAt),
    ...toFailureColumns(failure),
    ...toListColumns({ webhooks: cut }),
  };
}

/** Throws `SchemaTooNew` for what a newer release wrote and `CorruptEntity` for what none can have written. */
export function fromWebhooksProperties(registry: Registry, properties: Properties): WebhooksSight {
  const { v } = properties;
  if (typeof v === 'number' && v > SCHEMA) {
    throw new SchemaTooNew(`expected the webhooks of ${registry} in schema ${SCHEMA} or older, got ${v}`);
  }
  try {
    if (v !== SCHEMA) {
      throw new TypeError(`expected v ${SCHEMA}, got ${v}`);
    }
    const reconciledAt = fromInstantColumn('reconciledAt', properties);
    const failure = fromFailureColumns(properties);
    return {
      webhooks: Webhooks.parse(fromListColumns('webhooks', properties)) as readonly object[] as readonly WebhookSight[],
      ...(reconciledAt === undefined ? {} : { reconciledAt }),
      ...(failure === undefined ? {} : { failure }),
    };
  } catch (error) {
    throw new CorruptEntity(`expected the stored webhooks of ${registry} to be readable, got ${error}`, {
      cause: error,
    });
  }
}
