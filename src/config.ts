// The environment, read once into a Config. Every fault is found and told in one message, and no secret is in it.
import * as z from 'zod/mini';
import { issueLines, parsedBy } from './adapters/zod-issues.ts';
import { type Fault, parseRegistries, type RegistryConfig } from './config-registries.ts';
import {
  connectionParts,
  durationParser,
  parseBusConnection,
  parseClientId,
  parseEndpoint,
  parseHost,
  parseSchedule,
  parseTablesConnection,
  parseTopic,
  wholeNumberParser,
} from './config-values.ts';
import type { Region, Registry, Repository } from './core/names.ts';

export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  readonly default: string | undefined;
}

/** Every setting, as the README lists them. A default stands here and nowhere else. */
export const settings = [
  {
    name: 'REGISTRIES',
    meaning: 'Registries to watch, with their regions and rules',
    unit: 'JSON',
    default: undefined,
  },
  {
    name: 'TABLES',
    meaning: 'Table Storage by key, for local use; either this or `TABLES__endpoint`',
    unit: 'connection string',
    default: undefined,
  },
  {
    name: 'TABLES__endpoint',
    meaning: 'Table Storage by managed identity',
    unit: 'URL',
    default: undefined,
  },
  {
    name: 'SERVICE_BUS',
    meaning: 'Service Bus by key, for local use; either this or `SERVICE_BUS__fullyQualifiedNamespace`',
    unit: 'connection string',
    default: undefined,
  },
  {
    name: 'SERVICE_BUS__fullyQualifiedNamespace',
    meaning: 'Service Bus by managed identity',
    unit: 'host name',
    default: undefined,
  },
  {
    name: 'SERVICE_BUS_TOPIC',
    meaning: 'Topic that announcements are sent to',
    unit: 'name',
    default: 'replication-events',
  },
  {
    name: 'AZURE_CLIENT_ID',
    meaning: 'User-assigned identity to connect with, if there is one',
    unit: 'GUID',
    default: undefined,
  },
  {
    name: 'LAG_AFTER_MINUTES',
    meaning: 'A region missing this long after we first heard of a push is lagging; `lagAfterMinutes` overrides it',
    unit: 'minutes',
    default: '10',
  },
  {
    name: 'ABANDON_AFTER_HOURS',
    meaning: 'A push older than this is watched no longer',
    unit: 'hours',
    default: '24',
  },
  {
    name: 'SWEEP_SCHEDULE',
    meaning: 'When to look for lagging regions and unsent announcements',
    unit: 'NCRONTAB with six fields',
    default: '0 * * * * *',
  },
  {
    name: 'SWEEP_CONCURRENCY',
    meaning: 'Tags that a sweep deals with at the same time, 1 to 256',
    unit: 'tags',
    default: '16',
  },
  {
    name: 'SWEEP_BUDGET_SECONDS',
    meaning: 'A sweep begins no further tag after this, 1 to 110; the next one goes on',
    unit: 'seconds',
    default: '50',
  },
] as const satisfies readonly Setting[];

type SettingName = (typeof settings)[number]['name'];

const schemas = {
  REGISTRIES: z.string(),
  TABLES: parsedBy(parseTablesConnection),
  TABLES__endpoint: parsedBy(parseEndpoint),
  SERVICE_BUS: parsedBy(parseBusConnection),
  SERVICE_BUS__fullyQualifiedNamespace: parsedBy(parseHost),
  SERVICE_BUS_TOPIC: parsedBy(parseTopic),
  AZURE_CLIENT_ID: parsedBy(parseClientId),
  LAG_AFTER_MINUTES: parsedBy(durationParser('minutes')),
  ABANDON_AFTER_HOURS: parsedBy(durationParser('hours')),
  SWEEP_SCHEDULE: parsedBy(parseSchedule),
  SWEEP_CONCURRENCY: parsedBy(wholeNumberParser(1, 256)),
  SWEEP_BUDGET_SECONDS: parsedBy(wholeNumberParser(1, 110)),
} satisfies Record<SettingName, z.ZodMiniType>;

export interface Config {
  readonly registries: readonly RegistryConfig[];
  readonly tables: { readonly connectionString: string } | { readonly endpoint: string };
  readonly serviceBus: { readonly connectionString: string } | { readonly fullyQualifiedNamespace: string };
  readonly topic: string;
  /** Of the user-assigned identity; without it the environment decides who connects. */
  readonly clientId?: string;
  readonly sweep: { readonly schedule: string; readonly concurrency: number; readonly budgetMs: number };
}

/** The environment cannot be used; the message names every fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Expected usable settings, got these faults:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty setting counts as absent. Throws ConfigError. */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const fault: Fault = (text) => faults.push(text);
  const texts = textsOf(environment);
  const given = parseEach(texts, fault);
  requireOne(texts, 'TABLES', 'TABLES__endpoint', fault);
  requireOne(texts, 'SERVICE_BUS', 'SERVICE_BUS__fullyQualifiedNamespace', fault);
  checkEntity(given, fault);
  const registries = readRegistries(texts, given, fault);
  if (faults.length > 0) {
    throw new ConfigError(faults);
  }
  // No fault: whatever has a default or is required is there.
  const settled = given as Required<Given>;
  const { AZURE_CLIENT_ID: clientId, TABLES: tablesKey, SERVICE_BUS: busKey } = given;
  return {
    registries,
    tables: tablesKey === undefined ? { endpoint: settled.TABLES__endpoint } : { connectionString: tablesKey },
    serviceBus:
      busKey === undefined
        ? { fullyQualifiedNamespace: settled.SERVICE_BUS__fullyQualifiedNamespace }
        : { connectionString: busKey },
    topic: settled.SERVICE_BUS_TOPIC,
    ...(clientId === undefined ? {} : { clientId }),
    sweep: {
      schedule: settled.SWEEP_SCHEDULE,
      concurrency: settled.SWEEP_CONCURRENCY,
      budgetMs: settled.SWEEP_BUDGET_SECONDS * 1000,
    },
  };
}

type Texts = ReadonlyMap<SettingName, string>;
type Given = { [Name in SettingName]?: z.output<(typeof schemas)[Name]> };

function textsOf(environment: Environment): Texts {
  const texts = new Map<SettingName, string>();
  for (const { name, default: fallback } of settings) {
    const text = environment[name]?.trim() || fallback;
    if (text !== undefined) {
      texts.set(name, text);
    }
  }
  return texts;
}

function parseEach(texts: Texts, fault: Fault): Given {
  const given: Record<string, unknown> = {};
  for (const [name, text] of texts) {
    if (!SECRETS.has(name) && looksSecret(text)) {
      fault(`${name}: expected no key or password, got ${text.length} characters that look like one`);
      continue;
    }
    const parsed = schemas[name].safeParse(text, { reportInput: true });
    if (parsed.success) {
      given[name] = parsed.data;
    } else {
      issueLines(parsed.error, name).forEach(fault);
    }
  }
  return given;
}

/** These may hold a key, so their parsers never show what came. */
const SECRETS: ReadonlySet<SettingName> = new Set(['TABLES', 'SERVICE_BUS']);

/** A key that was put in the wrong place must not come out in a message: `…Key=`, `sig=`, a user's password, base64. */
function looksSecret(text: string): boolean {
  return /(key|signature|sig|password|pwd|secret|token)\s*=|:\/\/[^/\s]*@|[a-z0-9+/]{40,}=/i.test(text);
}

function requireOne(texts: Texts, one: SettingName, other: SettingName, fault: Fault): void {
  if (texts.has(one) === texts.has(other)) {
    fault(`${one}, ${other}: expected exactly one of them, got ${texts.has(one) ? 'both' : 'none'}`);
  }
}

/** The SDK refuses a connection string that is for another entity, and only at the first message. */
function checkEntity({ SERVICE_BUS: connectionString, SERVICE_BUS_TOPIC: topic }: Given, fault: Fault): void {
  const entity = connectionString === undefined ? undefined : connectionParts(connectionString).get('entitypath');
  if (entity !== undefined && topic !== undefined && entity !== topic) {
    fault(`SERVICE_BUS: expected no EntityPath or the one of SERVICE_BUS_TOPIC (${topic}), got another one`);
  }
}

function readRegistries(texts: Texts, given: Given, fault: Fault): readonly RegistryConfig[] {
  // A threshold with a fault of its own must not bring up others.
  const { LAG_AFTER_MINUTES: lagAfterMs = 0, ABANDON_AFTER_HOURS: abandonAfterMs = Number.POSITIVE_INFINITY } = given;
  if (lagAfterMs >= abandonAfterMs) {
    const limit = `${abandonAfterMs / 60_000} minutes`;
    fault(`LAG_AFTER_MINUTES: expected less than ABANDON_AFTER_HOURS (${limit}), got ${lagAfterMs / 60_000}`);
  }
  if (!texts.has('REGISTRIES')) {
    fault('REGISTRIES: expected a JSON array of registries, got nothing');
  }
  return given.REGISTRIES === undefined ? [] : parseRegistries(given.REGISTRIES, { lagAfterMs, abandonAfterMs }, fault);
}

export function registryConfig({ registries }: Config, registry: Registry): RegistryConfig | undefined {
  return registries.find(({ name }) => name === registry);
}

export interface TagRules {
  /** What is left of the registry's opted-in regions; undefined when all of them count. */
  readonly regions?: readonly Region[];
  readonly lagAfterMs: number;
  readonly abandonAfterMs: number;
}

/** What holds for the tags of a repository: its first rule that matches, else what holds for the registry. */
export function tagRules({ rules, lagAfterMs, abandonAfterMs }: RegistryConfig, repository: Repository): TagRules {
  const rule = rules.find(({ match }) =>
    match.endsWith('*') ? repository.startsWith(match.slice(0, -1)) : repository === match,
  );
  const regions = rule?.regions === undefined ? {} : { regions: rule.regions };
  return { ...regions, lagAfterMs: rule?.lagAfterMs ?? lagAfterMs, abandonAfterMs };
}
