// Every setting of the environment: what it means, its unit, its default, and the form that it takes.
import * as z from 'zod/mini';
import { parsedBy } from './adapters/zod-issues.ts';
import {
  durationParser,
  parseBusConnection,
  parseClientId,
  parseEndpoint,
  parseHost,
  parseInsightsConnection,
  parseInsightsIdentity,
  parseManagedIdentity,
  parseOtlpEndpoint,
  parseOtlpHeaders,
  parseSchedule,
  parseSubscription,
  parseSwitch,
  parseTablesConnection,
  parseTopic,
  wholeNumberParser,
} from './config-values.ts';

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
    name: 'SERVICE_BUS__credential',
    meaning: 'With `FORWARD_TARGETS` and `AZURE_CLIENT_ID`, for the trigger: `managedidentity`',
    unit: 'word',
    default: undefined,
  },
  {
    name: 'SERVICE_BUS__clientId',
    meaning: 'With `FORWARD_TARGETS` and `AZURE_CLIENT_ID`, for the trigger: the same as that',
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
    name: 'REPLICA_NOT_READY_AFTER_MINUTES',
    meaning: 'A replica that is not ready for this long is announced',
    unit: 'minutes',
    default: '60',
  },
  {
    name: 'MANAGEMENT_ENDPOINT',
    meaning: 'Where registries with a resource id are asked about themselves; another one in sovereign clouds',
    unit: 'URL',
    default: 'https://management.azure.com',
  },
  {
    name: 'REFRESH_SCHEDULE',
    meaning: 'When to ask the registries for their replicas',
    unit: 'NCRONTAB with six fields',
    default: '0 */5 * * * *',
  },
  {
    name: 'RECONCILE_SCHEDULE',
    meaning: 'When to look for lost webhooks',
    unit: 'NCRONTAB with six fields',
    default: '30 2-59/5 * * * *',
  },
  {
    name: 'EVENT_GRID',
    meaning: 'Serves an Event Grid trigger as a second way in: `on` or `off`',
    unit: 'switch',
    default: 'off',
  },
  {
    name: 'WEBSITE_HOSTNAME',
    meaning: "The app's own host name, by which its webhooks are told from others'; Azure sets it",
    unit: 'host name',
    default: undefined,
  },
  {
    name: 'FORWARD_TARGETS',
    meaning:
      'Who is told of completed pushes as if by the registry ([how](consumers/README.md#flux-kargo-argo-cd)); secret',
    unit: 'JSON',
    default: undefined,
  },
  {
    name: 'FORWARD_SECRETS',
    meaning: 'Values of the headers in `FORWARD_TARGETS`, by name of target; secret',
    unit: 'JSON',
    default: undefined,
  },
  {
    name: 'FORWARD_SUBSCRIPTION',
    meaning: 'Subscription, without sessions, that the forwarder reads',
    unit: 'name',
    default: 'forward',
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
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING',
    meaning: 'Sends metrics to Application Insights; the Functions host sends requests and logs there',
    unit: 'connection string',
    default: undefined,
  },
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    meaning: 'Signs in there by managed identity: `Authorization=AAD`, or `Authorization=AAD;ClientId=…`',
    unit: 'text',
    default: undefined,
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'Sends metrics to this OTLP endpoint over HTTP, to `/v1/metrics` under it; as well as to the one above',
    unit: 'URL',
    default: undefined,
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    meaning: 'Headers to send there, such as a key: `name=value`, several with commas',
    unit: 'text',
    default: undefined,
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof settings)[number]['name'];

export const schemas = {
  REGISTRIES: z.string(),
  TABLES: parsedBy(parseTablesConnection),
  TABLES__endpoint: parsedBy(parseEndpoint),
  SERVICE_BUS: parsedBy(parseBusConnection),
  SERVICE_BUS__fullyQualifiedNamespace: parsedBy(parseHost),
  SERVICE_BUS_TOPIC: parsedBy(parseTopic),
  AZURE_CLIENT_ID: parsedBy(parseClientId),
  SERVICE_BUS__credential: parsedBy(parseManagedIdentity),
  SERVICE_BUS__clientId: parsedBy(parseClientId),
  LAG_AFTER_MINUTES: parsedBy(durationParser('minutes')),
  ABANDON_AFTER_HOURS: parsedBy(durationParser('hours')),
  REPLICA_NOT_READY_AFTER_MINUTES: parsedBy(durationParser('minutes')),
  MANAGEMENT_ENDPOINT: parsedBy(parseEndpoint),
  REFRESH_SCHEDULE: parsedBy(parseSchedule),
  RECONCILE_SCHEDULE: parsedBy(parseSchedule),
  EVENT_GRID: parsedBy(parseSwitch),
  WEBSITE_HOSTNAME: parsedBy(parseHost),
  FORWARD_TARGETS: z.string(),
  FORWARD_SECRETS: z.string(),
  FORWARD_SUBSCRIPTION: parsedBy(parseSubscription),
  SWEEP_SCHEDULE: parsedBy(parseSchedule),
  SWEEP_CONCURRENCY: parsedBy(wholeNumberParser(1, 256)),
  SWEEP_BUDGET_SECONDS: parsedBy(wholeNumberParser(1, 110)),
  APPLICATIONINSIGHTS_CONNECTION_STRING: parsedBy(parseInsightsConnection),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: parsedBy(parseInsightsIdentity),
  OTEL_EXPORTER_OTLP_ENDPOINT: parsedBy(parseOtlpEndpoint),
  OTEL_EXPORTER_OTLP_HEADERS: parsedBy(parseOtlpHeaders),
} satisfies Record<SettingName, z.ZodMiniType>;
