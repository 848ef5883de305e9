// The environment, read once into a Config. Every fault is found and told in one message, and no secret is in it.
import type * as z from 'zod/mini';
import { issueLines } from './adapters/zod-issues.ts';
import { type ForwardConfig, parseForward } from './config-forward.ts';
import { type Fault, parseRegistries, type RegistryConfig } from './config-registries.ts';
import { type SettingName, schemas, settings } from './config-settings.ts';
import { connectionParts, type InsightsIdentity } from './config-values.ts';
import type { RegionRules } from './core/expected.ts';
import type { Registry, Repository } from './core/names.ts';
import { matchesPattern } from './core/repository-pattern.ts';

export interface Config {
  readonly registries: readonly RegistryConfig[];
  readonly tables: { readonly connectionString: string } | { readonly endpoint: string };
  readonly serviceBus: { readonly connectionString: string } | { readonly fullyQualifiedNamespace: string };
  readonly topic: string;
  /** Of the user-assigned identity; without it the environment decides who connects. */
  readonly clientId?: string;
  /** From when on a replica that is not ready is announced. */
  readonly notReadyAfterMs: number;
  /** Of the registries' management API, without a slash at its end. */
  readonly managementEndpoint: string;
  /** A push older than this is watched no longer. */
  readonly abandonAfterMs: number;
  readonly refreshSchedule: string;
  readonly reconcileSchedule: string;
  readonly isEventGridServed: boolean;
  readonly ownHost?: string;
  /** Absent while completed pushes are forwarded to nobody. */
  readonly forward?: ForwardConfig;
  readonly telemetry: TelemetryConfig;
  readonly sweep: { readonly schedule: string; readonly concurrency: number; readonly budgetMs: number };
}

/** Where metrics go; nowhere if neither is given. */
export interface TelemetryConfig {
  readonly applicationInsights?: { readonly connectionString: string; readonly identity?: InsightsIdentity };
  readonly otlp?: { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> };
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
  const forward = readForward(given, fault);
  if (faults.length > 0) {
    throw new ConfigError(faults);
  }
  // No fault: whatever has a default or is required is there.
  const settled = given as Required<Given>;
  const { AZURE_CLIENT_ID: clientId, TABLES: tablesKey, SERVICE_BUS: busKey, WEBSITE_HOSTNAME: ownHost } = given;
  return {
    registries,
    tables: tablesKey === undefined ? { endpoint: settled.TABLES__endpoint } : { connectionString: tablesKey },
    serviceBus:
      busKey === undefined
        ? { fullyQualifiedNamespace: settled.SERVICE_BUS__fullyQualifiedNamespace }
        : { connectionString: busKey },
    topic: settled.SERVICE_BUS_TOPIC,
    ...(clientId === undefined ? {} : { clientId }),
    notReadyAfterMs: settled.REPLICA_NOT_READY_AFTER_MINUTES,
    managementEndpoint: settled.MANAGEMENT_ENDPOINT.replace(/\/+$/, ''),
    abandonAfterMs: settled.ABANDON_AFTER_HOURS,
    refreshSchedule: settled.REFRESH_SCHEDULE,
    reconcileSchedule: settled.RECONCILE_SCHEDULE,
    isEventGridServed: settled.EVENT_GRID,
    ...(ownHost === undefined ? {} : { ownHost }),
    ...(forward === undefined ? {} : { forward }),
    telemetry: telemetryConfig(given),
    sweep: {
      schedule: settled.SWEEP_SCHEDULE,
      concurrency: settled.SWEEP_CONCURRENCY,
      budgetMs: settled.SWEEP_BUDGET_SECONDS * 1000,
    },
  };
}

function telemetryConfig(given: Given): TelemetryConfig {
  const {
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: identity,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: headers = {},
  } = given;
  return {
    ...(connectionString && { applicationInsights: { connectionString, ...(identity && { identity }) } }),
    ...(endpoint && { otlp: { endpoint, headers } }),
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
const SECRETS: ReadonlySet<SettingName> = new Set([
  'TABLES',
  'SERVICE_BUS',
  'FORWARD_TARGETS',
  'FORWARD_SECRETS',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'OTEL_EXPORTER_OTLP_HEADERS',
]);

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

function readForward(given: Given, fault: Fault): ForwardConfig | undefined {
  const { FORWARD_TARGETS: targets, FORWARD_SECRETS: secrets, FORWARD_SUBSCRIPTION: subscription = '' } = given;
  const forward = parseForward({ targets, secrets, subscription }, fault);
  const { AZURE_CLIENT_ID: clientId, SERVICE_BUS__fullyQualifiedNamespace: namespace } = given;
  const { SERVICE_BUS__clientId: triggerClientId, SERVICE_BUS__credential: credential } = given;
  const isSameIdentity = credential !== undefined && triggerClientId?.toLowerCase() === clientId?.toLowerCase();
  if (forward !== undefined && namespace !== undefined && clientId !== undefined && !isSameIdentity) {
    // The host would connect the trigger as an identity that the app does not have, and fail in its own log only.
    fault(
      'FORWARD_TARGETS: expected SERVICE_BUS__credential=managedidentity and SERVICE_BUS__clientId as AZURE_CLIENT_ID, got others',
    );
  }
  return forward;
}

export function registryConfig({ registries }: Config, registry: Registry): RegistryConfig | undefined {
  return registries.find(({ name }) => name === registry);
}

export interface TagRules {
  /** What is left of the registry's opted-in regions; undefined when all of them count. */
  readonly regions?: RegionRules;
  readonly lagAfterMs: number;
  readonly abandonAfterMs: number;
}

/** What holds for the tags of a repository: its first rule that matches, else what holds for the registry. */
export function tagRules({ rules, lagAfterMs, abandonAfterMs }: RegistryConfig, repository: Repository): TagRules {
  const rule = rules.find(({ match }) => matchesPattern(match, repository));
  const regions = rule?.regions === undefined ? {} : { regions: rule.regions };
  return { ...regions, lagAfterMs: rule?.lagAfterMs ?? lagAfterMs, abandonAfterMs };
}
