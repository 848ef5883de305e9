// The forms that single settings take: text -> value, or what was expected and what came.
import { type Parsed, shown } from './core/names.ts';

const valid = <T>(value: T): Parsed<T> => ({ type: 'valid', value });
const invalid = (expected: string, text: string): Parsed<never> => ({
  type: 'invalid',
  message: `expected ${expected}, got ${shown(text)}`,
});

const UNIT_MS = { minutes: 60_000, hours: 3_600_000 } as const;

/** At least a millisecond: a threshold of 0 would mean at once. */
export function inMs(value: number, unit: keyof typeof UNIT_MS): number {
  return Math.max(1, Math.round(value * UNIT_MS[unit]));
}

export function durationParser(unit: keyof typeof UNIT_MS): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
    return value > 0 ? valid(inMs(value, unit)) : invalid(`a number of ${unit} above 0`, text);
  };
}

export function wholeNumberParser(from: number, to: number): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= from && value <= to ? valid(value) : invalid(`a whole number from ${from} to ${to}`, text);
  };
}

/** A host name in lower case, with or without a port. */
export function parseHost(text: string): Parsed<string> {
  const host = text.toLowerCase();
  const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
  return host.length <= 253 && new RegExp(`^${label}(\\.${label})*(:\\d{1,5})?$`).test(host)
    ? valid(host)
    : invalid('a host name like "contoso.azurecr.io" or "contoso.servicebus.windows.net"', text);
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftservicebus */
export function parseTopic(text: string): Parsed<string> {
  return text.length <= 260 && /^[a-z0-9]([\w./-]*[a-z0-9])?$/i.test(text)
    ? valid(text)
    : invalid('a topic name of letters, digits, ".", "-", "_" and "/"', text);
}

export function parseClientId(text: string): Parsed<string> {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? valid(text) : invalid('a GUID', text);
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftservicebus */
export function parseSubscription(text: string): Parsed<string> {
  return text.length <= 50 && /^[a-z0-9]([\w.-]*[a-z0-9])?$/i.test(text)
    ? valid(text)
    : invalid('a subscription name of at most 50 letters, digits, ".", "-" and "_"', text);
}

/** https://learn.microsoft.com/azure/azure-functions/functions-reference#common-properties-for-identity-based-connections */
export function parseManagedIdentity(text: string): Parsed<string> {
  return text === 'managedidentity' ? valid(text) : invalid('"managedidentity"', text);
}

export function parseSwitch(text: string): Parsed<boolean> {
  return /^(on|off)$/i.test(text) ? valid(text.toLowerCase() === 'on') : invalid('"on" or "off"', text);
}

export function parseEndpoint(text: string): Parsed<string> {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '';
  return isPlain
    ? valid(text)
    : invalid(
        'a URL like "https://management.azure.com" or "https://contoso.table.core.windows.net", without a query',
        text,
      );
}

/** Keys in lower case: Azure compares them so. A value may hold `=`, a key may not. */
export function connectionParts(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(';').flatMap((part) => {
      const [key = '', ...rest] = part.split('=');
      return rest.length === 0 ? [] : [[key.trim().toLowerCase(), rest.join('=')]];
    }),
  );
}

/** What came is not shown: even a broken connection string may hold the key. */
const notShown = (expected: string, text: string): Parsed<never> => ({
  type: 'invalid',
  message: `expected ${expected}, got ${text.length} other characters`,
});

/** https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
export function parseTablesConnection(text: string): Parsed<string> {
  const parts = connectionParts(text);
  const isDevelopment = parts.get('usedevelopmentstorage') === 'true';
  const isByKey = parts.has('accountname') && parts.has('accountkey');
  const isBySignature = parts.has('tableendpoint') && parts.has('sharedaccesssignature');
  return isDevelopment || isByKey || isBySignature
    ? valid(text)
    : notShown('a connection string like "…AccountName=…;AccountKey=…"', text);
}

export function parseBusConnection(text: string): Parsed<string> {
  const parts = connectionParts(text);
  const isEndpoint = /^sb:\/\/[^/]/.test(parts.get('endpoint') ?? '');
  const isByKey = parts.has('sharedaccesskeyname') && parts.has('sharedaccesskey');
  return isEndpoint && (isByKey || parts.has('sharedaccesssignature'))
    ? valid(text)
    : notShown('a connection string like "Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…"', text);
}

/** https://learn.microsoft.com/azure/azure-monitor/app/connection-strings */
export function parseInsightsConnection(text: string): Parsed<string> {
  const parts = connectionParts(text);
  const isKey = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(parts.get('instrumentationkey') ?? '');
  const endpoint = parts.get('ingestionendpoint');
  const isEndpoint = endpoint === undefined || URL.parse(endpoint)?.protocol === 'https:';
  return isKey && isEndpoint
    ? valid(text)
    : notShown('a connection string like "InstrumentationKey=…;IngestionEndpoint=https://…"', text);
}

/** Who signs in to send: the identity with this client id, or else the app's own. */
export interface InsightsIdentity {
  readonly clientId?: string;
}

/** https://learn.microsoft.com/azure/azure-functions/functions-app-settings#applicationinsights_authentication_string */
export function parseInsightsIdentity(text: string): Parsed<InsightsIdentity> {
  const parts = connectionParts(text);
  const clientId = parts.get('clientid');
  const isClient = clientId === undefined || parseClientId(clientId).type === 'valid';
  return parts.get('authorization')?.toUpperCase() === 'AAD' && isClient
    ? valid(clientId === undefined ? {} : { clientId })
    : invalid('"Authorization=AAD", with or without "ClientId=…"', text);
}

/** One for all signals: the path of each is put after it. */
export function parseOtlpEndpoint(text: string): Parsed<string> {
  const url = URL.parse(text);
  const isPlain = /^https?:$/.test(url?.protocol ?? '') && url?.search === '' && url.hash === '' && url.username === '';
  return isPlain ? valid(text) : invalid('a URL like "http://127.0.0.1:4318", without a query', text);
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
export function parseOtlpHeaders(text: string): Parsed<Readonly<Record<string, string>>> {
  const headers = text.split(',').map((part) => /^\s*([!#$%&'*+.^`|~\w-]+)\s*=\s*(\S+)\s*$/.exec(part));
  const pairs = headers.flatMap((found) =>
    found === null ? [] : [[found[1] ?? '', decoded(found[2] ?? '')] as const],
  );
  return pairs.length === headers.length && pairs.every(([, value]) => value !== undefined)
    ? valid(Object.fromEntries(pairs) as Record<string, string>)
    : notShown('headers like "api-key=…,other=…", values percent-encoded', text);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const DAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

interface CronField {
  readonly from: number;
  readonly to: number;
  /** Names may stand for numbers here, whole or from three letters on. */
  readonly names: readonly string[];
}

/** Seconds, minutes, hours, day, month, day of the week. */
const CRON_FIELDS: readonly CronField[] = [
  { from: 0, to: 59, names: [] },
  { from: 0, to: 59, names: [] },
  { from: 0, to: 23, names: [] },
  { from: 1, to: 31, names: [] },
  { from: 1, to: 12, names: MONTHS },
  { from: 0, to: 6, names: DAYS },
];

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions */
export function parseSchedule(text: string): Parsed<string> {
  const parts = text.split(/\s+/);
  const isValid =
    parts.length === CRON_FIELDS.length &&
    CRON_FIELDS.every((field, index) => parts[index]?.split(',').every((item) => isCronItem(item, field)));
  return isValid
    ? valid(text)
    : invalid('six fields like "0 */5 * * * *": second, minute, hour, day, month, weekday', text);
}

function isCronItem(item: string, { from, to, names }: CronField): boolean {
  const groups = /^(?:\*|(?<first>[\da-z]+)(?:-(?<last>[\da-z]+))?)(?:\/(?<step>\d{1,2}))?$/i.exec(item)?.groups;
  const isValue = (value: string) =>
    /^\d{1,2}$/.test(value)
      ? Number(value) >= from && Number(value) <= to
      : value.length >= 3 && names.some((name) => name.startsWith(value.toLowerCase()));
  const { first, last, step } = groups ?? { first: '' };
  return [first, last].every((value) => value === undefined || isValue(value)) && Number(step ?? 1) > 0;
}
