// What `npm run push` asks of the simulated registry, read from what came over the control endpoint.
import * as z from 'zod/mini';
import { issueLines } from '../../adapters/zod-issues.ts';
import { type Parsed, parseImage, parseRegion, type Region, shown } from '../../core/names.ts';
import type { Replica } from '../registry/model.ts';
import type { PushOrder } from '../registry/registry.ts';

export const LONGEST_DELAY_SECONDS = 86_400;
export const MOST_DELIVERIES = 100;

const requestSchema = z.object({
  /** `REPOSITORY[:TAG][@DIGEST]` */
  image: z.string(),
  region: z.optional(z.string()),
  lose: z.optional(z.array(z.string())),
  delays: z.optional(
    z.array(z.object({ region: z.string(), seconds: z.number().check(z.gte(0), z.lte(LONGEST_DELAY_SECONDS)) })),
  ),
  deliveries: z.optional(z.number().check(z.int(), z.gte(1), z.lte(MOST_DELIVERIES))),
});

export type PushRequest = z.output<typeof requestSchema>;

export function parsePushOrder(body: unknown, replicas: readonly Replica[]): Parsed<PushOrder> {
  const request = requestSchema.safeParse(body, { reportInput: true });
  if (!request.success) {
    return { type: 'invalid', message: issueLines(request.error).join('; ') };
  }
  const { image: imageText, region: regionText, lose = [], delays = [], deliveries = 1 } = request.data;
  const image = parseImage(imageText);
  if (image.type === 'invalid') {
    return image;
  }
  const named = [...(regionText === undefined ? [] : [regionText]), ...lose, ...delays.map(({ region }) => region)];
  const regions = new Map<string, Region>();
  for (const text of named) {
    const region = parseReplica(text, replicas);
    if (region.type === 'invalid') {
      return region;
    }
    regions.set(text, region.value);
  }
  const regionOf = (text: string): Region[] => [regions.get(text)].filter((region) => region !== undefined);
  const [region] = regionText === undefined ? [] : regionOf(regionText);
  return {
    type: 'valid',
    value: {
      ...image.value,
      ...(region === undefined ? {} : { region }),
      lose: new Set(lose.flatMap(regionOf)),
      delaysMs: new Map(
        delays.flatMap(({ region: text, seconds }) => regionOf(text).map((name) => [name, seconds * 1000] as const)),
      ),
      deliveries,
    },
  };
}

function parseReplica(text: string, replicas: readonly Replica[]): Parsed<Region> {
  const region = parseRegion(text);
  if (region.type === 'valid' && replicas.some((replica) => replica.region === region.value)) {
    return region;
  }
  const known = replicas.map(({ displayName, region: name }) => `${displayName} (${name})`).join(', ');
  return { type: 'invalid', message: `expected a region of the registry: ${known}; got ${shown(text)}` };
}
