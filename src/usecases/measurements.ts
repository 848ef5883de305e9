// What is measured, by the names that alerts and dashboards query: renaming one here silences them.

/** Every metric: what it is, its unit by https://ucum.org, what sets its series apart, and what it tells. */
export const METRICS = {
  'landfall.arrival.lag': {
    kind: 'histogram',
    unit: 's',
    attributes: ['registry', 'region'],
    meaning: 'How long after the first region of its replication a region arrived',
  },
  'landfall.replications.in_flight': {
    kind: 'gauge',
    unit: '{replication}',
    attributes: ['registry'],
    meaning: 'Replications that are waited for, or of which something is still to be announced',
  },
  'landfall.replications.lagging': {
    kind: 'gauge',
    unit: '{replication}',
    attributes: ['registry'],
    meaning: 'Of those in flight, replications with a region that is announced as lagging',
  },
  'landfall.sweep.oldest_due_age': {
    kind: 'gauge',
    unit: 's',
    attributes: [],
    meaning: 'How long the oldest alarm that the sweep dealt with had been due',
  },
  'landfall.notifications': {
    kind: 'counter',
    unit: '{notification}',
    attributes: ['outcome', 'registry', 'region'],
    meaning: 'Notifications, by what became of them',
  },
  'landfall.announcements': {
    kind: 'counter',
    unit: '{announcement}',
    attributes: ['type', 'registry'],
    meaning: 'Announcements that were sent',
  },
} as const;

export type MetricName = keyof typeof METRICS;

/** Of a counter, how much is added; of the others, what was measured. */
export type Measurement = {
  [Name in MetricName]: {
    readonly name: Name;
    readonly value: number;
    readonly attributes: Readonly<Record<(typeof METRICS)[Name]['attributes'][number], string>>;
  };
}[MetricName];
