// The setting REGISTRIES: JSON text -> what is waited for, registry by registry, with every fault that is in it.
import * as z from 'zod/mini';
import { parseRegistryAddress } from './adapters/acr/management-address.ts';
import { issueLines, kindOf, parsedBy } from './adapters/zod-issues.ts';
import { inMs, parseHost } from './config-values.ts';
import type { RegionRules } from './core/expected.ts';
import { type Parsed, parseRegion, parseRegistry, parseRepository, type Region, type Registry } from './core/names.ts';

export interface RegistryConfig {
  readonly name: Registry;
  /** Where images are pulled from, `contoso.azurecr.io`. */
  readonly loginServer: string;
  readonly resourceId?: string;
  /** What a push has to reach. */
  readonly optedIn: RegionRules;
  /** Its replicas are asked before one of them is announced as lagging, and on demand. */
  readonly isVerified: boolean;
  readonly lagAfterMs: number;
  readonly abandonAfterMs: number;
  /** The first one that matches a repository counts. */
  readonly rules: readonly RepositoryRule[];
}

export interface RepositoryRule {
  /** A repository, or the beginning of some with `*` at its end. */
  readonly match: string;
  /** What it leaves of the registry's opted-in regions; absent where that is all. */
  readonly regions?: RegionRules;
  readonly lagAfterMs: number;
}

/** What holds where the JSON says nothing. */
export interface Thresholds {
  readonly lagAfterMs: number;
  readonly abandonAfterMs: number;
}

export type Fault = (fault: string) => void;

const minutesSchema = z.pipe(
  z.unknown(),
  z.transform((value, context): number => {
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) {
      return inMs(value, 'minutes');
    }
    context.issues.push(custom(`expected a number of minutes above 0, got ${kindOf(value)}`, value));
    return z.NEVER;
  }),
);

const custom = (message: string, input: unknown, path: PropertyKey[] = []) => ({
  code: 'custom' as const,
  ...{ message, input, path },
});

function regionsSchema(atLeast: 0 | 1) {
  return z.pipe(
    z.unknown(),
    z.transform((value, context): readonly Region[] => {
      if (!Array.isArray(value) || value.length < atLeast) {
        context.issues.push(custom(`expected a list of regions like ["eastus"], got ${listText(value)}`, value));
        return z.NEVER;
      }
      const regions = new Set<Region>();
      for (const [index, entry] of value.entries()) {
        const region: Parsed<Region> =
          typeof entry === 'string'
            ? parseRegion(entry)
            : { type: 'invalid', message: `expected a region like "eastus", got ${kindOf(entry)}` };
        if (region.type === 'invalid') {
          context.issues.push(custom(region.message, entry, [index]));
        } else if (regions.has(region.value)) {
          context.issues.push(custom(`expected each region once, got ${region.value} again`, entry, [index]));
        } else {
          regions.add(region.value);
        }
      }
      return [...regions];
    }),
  );
}

const listText = (value: unknown) => (Array.isArray(value) ? 'none' : kindOf(value));

function parseResourceId(text: string): Parsed<string> {
  const address = parseRegistryAddress(text);
  return address.type === 'valid' ? { type: 'valid', value: text } : address;
}

/** A repository, or the beginning of some with `*` at its end; read by `matchesPattern`. */
export function parseMatch(text: string): Parsed<string> {
  const isValid = text.endsWith('*')
    ? /^[a-z0-9._/-]{0,255}\*$/.test(text) && !text.startsWith('/')
    : parseRepository(text).type === 'valid';
  return isValid
    ? { type: 'valid', value: text }
    : { type: 'invalid', message: `expected a repository, or its beginning and "*" at the end, got ${kindOf(text)}` };
}

const ruleSchema = z.strictObject({
  match: parsedBy(parseMatch),
  regions: z.optional(regionsSchema(1)),
  exclude: z.optional(regionsSchema(0)),
  lagAfterMinutes: z.optional(minutesSchema),
});

/** `"auto"`: whatever replicas the registry has. */
const regionsOrAutoSchema = z.pipe(
  z.unknown(),
  z.transform((value, context): 'auto' | readonly Region[] => {
    const parsed = value === 'auto' ? undefined : regionsSchema(1).safeParse(value);
    if (parsed?.success === false) {
      context.issues.push(...(parsed.error.issues as never[]));
      return z.NEVER;
    }
    return parsed?.data ?? 'auto';
  }),
);

const registrySchema = z.strictObject({
  name: parsedBy(parseRegistry),
  loginServer: z.optional(parsedBy(parseHost)),
  resourceId: z.optional(parsedBy(parseResourceId)),
  regions: z.optional(regionsOrAutoSchema),
  exclude: z.optional(regionsSchema(0)),
  lagAfterMinutes: z.optional(minutesSchema),
  verify: z.optional(z.boolean()),
  repositories: z.optional(z.array(ruleSchema)),
});

type RegistryEntry = z.output<typeof registrySchema>;
type RuleEntry = z.output<typeof ruleSchema>;

/** @returns the registries without a fault; the faults are told one by one */
export function parseRegistries(text: string, thresholds: Thresholds, fault: Fault): readonly RegistryConfig[] {
  const entries = parseList(text, fault);
  const registries: RegistryConfig[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = `REGISTRIES[${index}]`;
    const parsed = registrySchema.safeParse(entry, { reportInput: true });
    if (parsed.success) {
      const { name } = parsed.data;
      if (registries.some((other) => other.name === name)) {
        fault(`${place}.name: expected each registry once, got ${name} again`);
      }
      registries.push(registryFrom(parsed.data, thresholds, (message) => fault(`${place}${message}`)));
    } else {
      for (const line of issueLines(parsed.error, place)) {
        fault(line);
      }
    }
  }
  return registries;
}

function parseList(text: string, fault: Fault): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, and nobody knows what was pasted into it.
    fault(`REGISTRIES: expected a JSON array of registries, got ${text.length} characters that are not JSON`);
    return [];
  }
  if (Array.isArray(json) && json.length > 0) {
    return json;
  }
  fault(`REGISTRIES: expected a JSON array of registries, got ${Array.isArray(json) ? 'an empty one' : kindOf(json)}`);
  return [];
}

function registryFrom(entry: RegistryEntry, thresholds: Thresholds, fault: Fault): RegistryConfig {
  const { name, exclude = [], loginServer = `${name}.azurecr.io`, resourceId, repositories = [] } = entry;
  const regions = entry.regions ?? 'auto';
  checkResource(entry, fault);
  const left = regions === 'auto' ? 'auto' : without(regions, exclude, fault);
  const lagAfterMs = lagOf(entry, thresholds, fault) ?? thresholds.lagAfterMs;
  const rules = repositories.map((rule, index) => {
    const ruleFault = (message: string) => fault(`.repositories[${index}]${message}`);
    if (repositories.findIndex(({ match }) => match === rule.match) < index) {
      ruleFault(`.match: expected each once, got ${kindOf(rule.match)} again`);
    }
    const ruleLagMs = lagOf(rule, thresholds, ruleFault) ?? lagAfterMs;
    return { match: rule.match, ...narrowing(rule, regions, left, ruleFault), lagAfterMs: ruleLagMs };
  });
  return {
    ...{ name, loginServer, lagAfterMs, rules },
    ...(resourceId === undefined ? {} : { resourceId }),
    optedIn: { regions, exclude },
    isVerified: entry.verify === true,
    abandonAfterMs: thresholds.abandonAfterMs,
  };
}

/** Without a list of regions it takes a registry that can be asked, and it has to be this one. */
function checkResource({ name, regions, resourceId }: RegistryEntry, fault: Fault): void {
  if (resourceId === undefined && (regions === undefined || regions === 'auto')) {
    const got = regions === undefined ? 'neither' : '"auto" without it';
    fault(`.regions: expected a list of regions like ["eastus"], or a resourceId to read them from, got ${got}`);
  }
  const named = resourceId?.split('/')[8]?.toLowerCase();
  if (named !== undefined && named !== name) {
    fault(`.resourceId: expected the one of ${name}, got that of ${named}`);
  }
}

function lagOf(entry: RegistryEntry | RuleEntry, { abandonAfterMs }: Thresholds, fault: Fault): number | undefined {
  const { lagAfterMinutes: lagAfterMs } = entry;
  if (lagAfterMs !== undefined && lagAfterMs >= abandonAfterMs) {
    const limit = `less than ABANDON_AFTER_HOURS (${abandonAfterMs / 60_000} minutes)`;
    fault(`.lagAfterMinutes: expected ${limit}, got ${lagAfterMs / 60_000}`);
  }
  return lagAfterMs;
}

/** Regions that are read from the registry are not known here: of these, nothing can be checked. */
function narrowing(
  rule: RuleEntry,
  regions: 'auto' | readonly Region[],
  optedIn: 'auto' | readonly Region[],
  fault: Fault,
): { readonly regions?: RegionRules } {
  if (rule.regions === undefined && rule.exclude === undefined) {
    return {};
  }
  for (const [index, region] of (rule.regions ?? []).entries()) {
    if (optedIn !== 'auto' && !optedIn.includes(region)) {
      const why = regions.includes(region) ? 'which the registry excludes' : 'which is none of them';
      fault(`.regions[${index}]: expected one of the registry's regions, got ${region}, ${why}`);
    }
  }
  const narrowed = rule.regions ?? optedIn;
  if (narrowed !== 'auto') {
    without(narrowed, rule.exclude ?? [], fault);
  }
  return { regions: { regions: rule.regions ?? 'auto', exclude: rule.exclude ?? [] } };
}

/** An exclusion of what is not there is a slip of the pen: the region that was meant would be waited for. */
function without(regions: readonly Region[], exclude: readonly Region[], fault: Fault): readonly Region[] {
  for (const [index, region] of exclude.entries()) {
    if (!regions.includes(region)) {
      fault(`.exclude[${index}]: expected one of ${regions.join(', ')}, got ${region}`);
    }
  }
  const left = regions.filter((region) => !exclude.includes(region));
  if (left.length === 0) {
    fault('.exclude: expected at least one region to be left, got none: nothing would ever be announced');
  }
  return left;
}
