// The message about a registry's replica, as consumers may rely on it. The JSON Schema in docs/ is made from this. Sending
// uses the types only, so that zod is not loaded for it.
import * as z from 'zod';
import { durationMs, eventEnvelope, instant, publishedJsonSchema, region } from './event-schema.ts';
import { REPLICA_DATA_SCHEMA } from './replica-message.ts';

const data = z.object({
  registry: z.string().describe('Resource name of the registry.'),
  region,
  condition: z
    .string()
    .describe("In the registry's words, for people to read; of a replica that was removed, the last ones."),
  notReadySince: instant.describe('When the replica was first seen not to be ready.'),
  durationMs: durationMs.describe('From `notReadySince` until this was decided.'),
});

const event = eventEnvelope(REPLICA_DATA_SCHEMA, {
  subject: 'The region of the replica.',
  sequence: 'Counts the messages about replicas of this source from 1: a smaller one is older, however late it comes.',
}).extend({ data });

export const replicaEventSchema = z.discriminatedUnion('type', [
  event
    .extend({ type: z.literal('replica.not-ready') })
    .describe('The replica is not ready for longer than the threshold; new pushes do not wait for it. Once.'),
  event
    .extend({ type: z.literal('replica.ready') })
    .describe('A replica that was announced as not ready is ready now.'),
  event
    .extend({ type: z.literal('replica.removed') })
    .describe('A replica that was announced as not ready is no longer one of the registry.'),
]);

export type ReplicaEvent = z.output<typeof replicaEventSchema>;

/** The text of docs/replica-event.schema.json. */
export function replicaEventJsonSchema(): string {
  return publishedJsonSchema(replicaEventSchema, REPLICA_DATA_SCHEMA, 'Landfall replica event');
}
