// How a deletion lies in its table: when it is due in the row key, the notice in plain columns.
import * as z from 'zod/mini';
import type { DeletionNotice } from '../../core/notification.ts';
import { type PendingDeletion, SchemaTooNew } from '../../usecases/ports.ts';
import { type Columns, fromInstantColumn, type Properties, toInstantColumn } from './columns.ts';
import { deletionEntityKey, type EntityKey, parseDeletionRowKey } from './keys.ts';
import { CorruptEntity } from './storage-errors.ts';

/** Goes up when an older release could not read what is written any more. */
const SCHEMA = 1;

/** A column that a listing gives as null is not there. */
const Notice = z.object({
  registry: z.string(),
  repository: z.string(),
  digest: z.nullish(z.string()),
  region: z.string(),
  eventAt: z.string(),
});

export function toDeletionEntity(deletion: PendingDeletion): EntityKey & Columns {
  const { receivedAt, ...notice } = deletion.notice;
  return {
    ...deletionEntityKey(deletion),
    v: SCHEMA,
    ...notice,
    ...toInstantColumn('receivedAt', receivedAt),
  };
}

/** Throws `SchemaTooNew` for what a newer release wrote and `CorruptEntity` for what none can have written. */
export function fromDeletionEntity(entity: Properties): PendingDeletion {
  const { rowKey, v } = entity;
  if (typeof v === 'number' && v > SCHEMA) {
    throw new SchemaTooNew(`expected the deletion in ${rowKey} in schema ${SCHEMA} or older, got ${v}`);
  }
  try {
    const due = parseDeletionRowKey(String(rowKey));
    if (due === undefined || v !== SCHEMA) {
      throw new TypeError(`expected v ${SCHEMA} and the row key of a deletion, got v ${v}`);
    }
    const { digest, ...names } = Notice.parse(entity);
    const receivedAt = fromInstantColumn('receivedAt', entity);
    const notice = {
      ...names,
      ...(digest === undefined || digest === null ? {} : { digest }),
      ...(receivedAt === undefined ? {} : { receivedAt }),
    };
    return { notice: notice as DeletionNotice, ...due };
  } catch (error) {
    throw new CorruptEntity(`expected a readable deletion in ${rowKey}, got ${error}`, { cause: error });
  }
}
