// What the schemas of the topic's events have in common, and how they are published as JSON Schema.
import * as z from 'zod';

export const region = z.string().describe('Azure region by name, as in `westeurope`.');
export const instant = z.iso.datetime().describe('On the clock of Landfall, to the millisecond, in UTC.');
export const durationMs = z.int().nonnegative();

/** @param descriptions of what means something else in each schema */
export function eventEnvelope<S extends string>(
  dataschema: S,
  descriptions: { readonly subject: string; readonly sequence: string },
) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z.string().max(128).describe('The same for every repetition of this message; the Service Bus message id.'),
    source: z.string().regex(/^urn:landfall:registry:[a-z0-9]+$/),
    subject: z.string().describe(descriptions.subject),
    time: instant.describe('When this was decided.'),
    datacontenttype: z.literal('application/json'),
    dataschema: z.literal(dataschema),
    sequence: z
      .string()
      .regex(/^\d{16}$/)
      .describe(descriptions.sequence),
  });
}

/** The text of a published JSON Schema of messages. */
export function publishedJsonSchema(schema: z.ZodType, id: string, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    // As input: what a later release adds must not fail a consumer's validation.
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') {
        // The format says it; the pattern that zod adds is 300 characters of leap years.
        delete jsonSchema.pattern;
      }
    },
  });
  return `${JSON.stringify({ $schema, $id: id, title, ...rest }, null, 2)}\n`;
}
