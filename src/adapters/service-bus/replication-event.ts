// The message on the topic, as consumers may rely on it: a CloudEvents 1.0 event in structured JSON
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). The JSON Schema in docs/ is made
// from this. Sending uses the types only, so that zod is not loaded for it.
import * as z from 'zod';
import { durationMs, eventEnvelope, instant, publishedJsonSchema, region } from './event-schema.ts';
import { DATA_SCHEMA } from './message.ts';

const digest = z.string().regex(/^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/);

const regionArrival = z.object({
  region,
  arrivedAt: instant.describe('When we heard that the image is in this region.'),
  lagMs: durationMs.describe('How long after the first region.'),
  source: z
    .enum(['announced', 'reconciled', 'verified'])
    .describe('How we know: by its notification, from the delivery history, or from the replica itself.'),
});

const data = z.object({
  registry: z.string().describe('Resource name of the registry.'),
  repository: z.string(),
  tag: z.string(),
  digest,
  image: z.string().describe('Reference by digest: what to deploy.'),
  mediaType: z.string().optional().describe('Of the manifest; absent where the registry did not say.'),
  originRegion: region.describe('The region that reported the push first; most likely where it was pushed.'),
  pushedAt: z.iso.datetime().describe("Time of the first event, on the registry's clock, with nine fractional digits."),
  firstHeardAt: instant.describe('When we first heard of the push; lag and duration count from here.'),
  durationMs: durationMs.describe('From `firstHeardAt` until this was decided.'),
  regions: z.array(regionArrival).describe('Where the image has arrived, in that order; also regions not waited for.'),
  missing: z.array(region).describe('Regions that are waited for and lack the image.'),
  omittedRegions: z
    .int()
    .positive()
    .optional()
    .describe('How many regions `regions` and `missing` lack; there only when more were known than a message holds.'),
});

const envelope = eventEnvelope(DATA_SCHEMA, {
  subject: 'Repository and tag, as in `public/products/web:1.2`.',
  sequence: 'Counts the messages of this subject from 1: a smaller one is older, however late it comes.',
});

const completed = envelope.extend({
  type: z.literal('replication.completed'),
  data: data.extend({
    completedAt: instant.describe('When the last region that was waited for was known to have it.'),
  }),
});
const lagging = envelope.extend({
  type: z.literal('replication.lagging'),
  data: data.extend({ region: region.describe('The region that lacks the image for longer than the threshold.') }),
});
const recovered = envelope.extend({
  type: z.literal('replication.recovered'),
  data: data.extend({ region: region.describe('The region that was lagging and has the image now.') }),
});
const superseded = envelope.extend({
  type: z.literal('replication.superseded'),
  data: data.extend({ supersededBy: digest.describe('What the tag points to now.') }),
});
const abandoned = envelope.extend({
  type: z.literal('replication.abandoned'),
  data: data.extend({
    reason: z.enum(['deleted', 'expired']).describe('The digest was deleted, or the push is too old to be watched.'),
  }),
});

export const replicationEventSchema = z.discriminatedUnion('type', [
  completed.describe('The image is in every region that is waited for.'),
  lagging.describe('A region lacks the image for longer than the threshold. Once per push and region.'),
  recovered.describe('A region that was lagging has the image now. Once per push and region.'),
  superseded.describe('A newer push took the tag before this one had arrived everywhere.'),
  abandoned.describe('This push is no longer waited for; `replication.completed` may still come if it expired.'),
]);

export type ReplicationEvent = z.output<typeof replicationEventSchema>;

/** The text of docs/replication-event.schema.json. */
export function replicationEventJsonSchema(): string {
  return publishedJsonSchema(replicationEventSchema, DATA_SCHEMA, 'Landfall replication event');
}
