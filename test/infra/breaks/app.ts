// What does not fit the app.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep, not JavaScript.
import type { Break } from './break.ts';

const main = 'main.bicep';
const functionApp = 'modules/function-app.bicep';
const alerts = 'modules/alerts.bicep';

export const appBreaks: readonly Break[] = [
  {
    ...{
      name: 'a required setting left out',
      file: functionApp,
      from: "  {\n    name: 'REGISTRIES'\n    value: registries\n  }\n",
      to: '',
    },
    expected: /REGISTRIES: expected to be set/,
  },
  {
    ...{
      name: 'a setting that the app does not know',
      file: functionApp,
      from: "name: 'SERVICE_BUS_TOPIC'",
      to: "name: 'TOPIC'",
    },
    expected: /TOPIC: the app knows no such setting/,
  },
  {
    ...{
      name: 'a key of Service Bus as a setting',
      file: functionApp,
      from: "name: 'SERVICE_BUS__fullyQualifiedNamespace'",
      to: "name: 'SERVICE_BUS'",
    },
    expected: /SERVICE_BUS: expected not to be set/,
  },
  {
    ...{
      name: 'a setting that nobody can give',
      file: main,
      from: 'SWEEP_CONCURRENCY: string?',
      to: 'SWEEP_THREADS: string?',
    },
    expected: /SWEEP_CONCURRENCY: expected to be set, or to be a parameter/,
  },
  {
    ...{ name: 'another default than the app has', file: main, from: 'Default: 24.', to: 'Default: 48.' },
    expected: /ABANDON_AFTER_HOURS: expected "Default: 24\."/,
  },
  {
    ...{
      name: 'an alert on what is not measured',
      file: alerts,
      from: '"landfall.replications.lagging"',
      to: '"landfall.replicas.lagging"',
    },
    expected: /lagging: the app measures no landfall\.replicas\.lagging/,
  },
  {
    ...{
      name: 'an alert by what the metric does not have',
      file: alerts,
      from: 'threshold: 300\n    dimensions: []',
      to: 'threshold: 300\n    dimensions: byRegion',
    },
    expected: /sweep-late: the metric has no region/,
  },
  {
    ...{ name: 'an alert left out', file: alerts, from: "name: 'webhook-failures'", to: "name: 'failures'" },
    expected: /alerts: expected .*webhook-failures/,
  },
  {
    ...{ name: 'no alert of dead letters', file: alerts, from: 'DeadletteredMessages', to: 'ActiveMessages' },
    expected: /expected an alert of dead letters/,
  },
  {
    ...{
      name: 'a subscription for what is never announced',
      file: main,
      from: "'type = \\'replication.completed\\''",
      to: "'type = \\'replication.done\\''",
    },
    expected: /nothing is announced as replication\.done/,
  },
];
