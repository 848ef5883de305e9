// What ties infra/ to the app: its settings, what it measures, and what it announces.
import { settings } from '../../src/config-settings.ts';
import { ANNOUNCEMENT_TYPES } from '../../src/core/announcements.ts';
import { REPLICA_ANNOUNCEMENT_TYPES } from '../../src/core/replica-announcements.ts';
import { METRICS } from '../../src/usecases/measurements.ts';
import { plain, type Value } from './bicep-values.ts';
import { expectEqual, fileOf, type Infra, type Rule } from './infra.ts';

/** Of the platform, not of the app: https://learn.microsoft.com/azure/azure-functions/functions-app-settings */
const PLATFORM = [
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__credential',
  // Of the identity library.
  'AZURE_AUTHORITY_HOST',
];

/** Keys are for local use, and the host name is set by Azure. The forwarder's subscription is made under its default. */
const NEVER_SET = ['TABLES', 'SERVICE_BUS', 'WEBSITE_HOSTNAME', 'FORWARD_SUBSCRIPTION'];

function alwaysSet(infra: Infra): readonly string[] {
  const own = plain(fileOf(infra, 'modules/function-app.bicep').variables.get('ownSettings'));
  return (own as { readonly name: string }[]).map(({ name }) => name);
}

/** Settings that a caller may give; lower-case properties are of other types. */
const mayBeGiven = (infra: Infra) =>
  fileOf(infra, 'main.bicep').typeProperties.filter(({ name }) => /^[A-Z]/.test(name));

export const appSettings: Rule = (infra) => {
  const set = [...alwaysSet(infra), ...mayBeGiven(infra).map(({ name }) => name)];
  const known: readonly string[] = [...settings.map(({ name }) => name), ...PLATFORM];
  const expected = known.filter((name) => !NEVER_SET.includes(name));
  return [
    ...set.flatMap((name) => (known.includes(name) ? [] : [`${name}: the app knows no such setting`])),
    ...set.flatMap((name) => (NEVER_SET.includes(name) ? [`${name}: expected not to be set`] : [])),
    ...set.flatMap((name, index) => (set.indexOf(name) < index ? [`${name}: expected to be set once`] : [])),
    ...expected.flatMap((name) => (set.includes(name) ? [] : [`${name}: expected to be set, or to be a parameter`])),
  ];
};

export const settingDefaults: Rule = (infra) =>
  mayBeGiven(infra).flatMap(({ name, decorators }) => {
    const text = String(plain(decorators.get('description')?.[0]));
    const fallback = settings.find((setting) => setting.name === name)?.default ?? 'none';
    return text.endsWith(`Default: ${fallback}.`) ? [] : [`${name}: expected "Default: ${fallback}.", got "${text}"`];
  });

export interface Query {
  readonly name: string;
  readonly query: string;
  /** The variable; an empty list where it is not split up. */
  readonly dimensions: unknown;
}

export function queriesOf(infra: Infra): readonly Query[] {
  const alerts = fileOf(infra, 'modules/alerts.bicep').variables.get('logAlerts');
  return plain(alerts) as readonly Query[];
}

const DIMENSIONS: Readonly<Record<string, readonly string[]>> = {
  byRegistry: ['registry'],
  byRegion: ['registry', 'region'],
};

/** What each alert has to ask for. */
const ALERTS: Readonly<Record<string, readonly string[]>> = {
  lagging: ['landfall.replications.lagging'],
  'completions-stopped': ['landfall.notifications', 'landfall.announcements', 'landfall.replications.in_flight'],
  'sweep-late': ['landfall.sweep.oldest_due_age'],
  'webhook-failures': ['landfall.notifications'],
  'server-errors': [],
};

export const alertQueries: Rule = (infra) => {
  const queries = queriesOf(infra);
  return [
    ...expectEqual('alerts', queries.map(({ name }) => name).sort(), Object.keys(ALERTS).sort()),
    ...queries.flatMap(({ name, query, dimensions }) => {
      const metrics = [...new Set(query.match(/landfall\.[\w.]+/g))];
      const asked = [...new Set([...query.matchAll(/Properties\["(\w+)"\]/g)].map(([, attribute]) => attribute ?? ''))];
      const attributes = metrics.flatMap((metric): readonly string[] =>
        isMetric(metric) ? METRICS[metric].attributes : [],
      );
      const split = DIMENSIONS[String(dimensions).replace(/^\$\{|\}$/g, '')] ?? [];
      return [
        ...expectEqual(`${name}: metrics`, metrics.toSorted(), ALERTS[name]?.toSorted()),
        ...metrics.flatMap((metric) => (isMetric(metric) ? [] : [`${name}: the app measures no ${metric}`])),
        ...[...asked, ...split].flatMap((attribute) =>
          attributes.includes(attribute) ? [] : [`${name}: the metric has no ${attribute}`],
        ),
        ...split.flatMap((attribute) => (asked.includes(attribute) ? [] : [`${name}: asks for no ${attribute}`])),
      ];
    }),
  ];
};

const isMetric = (name: string): name is keyof typeof METRICS => name in METRICS;

export const deadLetterAlert: Rule = (infra) => {
  const { source } = fileOf(infra, 'modules/alerts.bicep');
  return source.includes("metricName: 'DeadletteredMessages'") ? [] : ['expected an alert of dead letters, got none'];
};

/** SQL filters of the subscriptions that are made unless others are given. */
export function filtersOf(infra: Infra): readonly string[] {
  const { parameters, variables } = fileOf(infra, 'main.bicep');
  const subscriptions = parameters.find(({ name }) => name === 'subscriptions')?.default;
  return [subscriptions, variables.get('forwardSubscription')].flatMap((value) => textsOf(value, 'filter'));
}

function textsOf(value: Value | undefined, key: string): readonly string[] {
  switch (value?.type) {
    case 'array':
      return value.items.flatMap((item) => textsOf(item, key));
    case 'choice':
      return value.values.flatMap((one) => textsOf(one, key));
    case 'object':
      return [String(plain(value.properties.get(key)))];
    default:
      return [];
  }
}

export const filters: Rule = (infra) => {
  const known: readonly string[] = [...ANNOUNCEMENT_TYPES, ...REPLICA_ANNOUNCEMENT_TYPES];
  const named = filtersOf(infra).flatMap((filter) => [...filter.matchAll(/'([^']*)'/g)].map(([, type]) => type ?? ''));
  return [
    ...['replication.completed', 'replication.lagging'].flatMap((type) =>
      named.includes(type) ? [] : [`expected a subscription for ${type}, got none`],
    ),
    ...named.flatMap((type) => (known.includes(type) ? [] : [`nothing is announced as ${type}`])),
  ];
};
