// Metrics by the OpenTelemetry SDK. Loaded when it is needed: see lazy.ts. Only metrics are sent from here: requests and
// log lines are the Functions host's to send, in the same format ("telemetryMode" in host.json).
import type { Attributes } from '@opentelemetry/api';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { type Log, METRICS, type MetricName } from '../../usecases/ports.ts';
import { Exports } from './exports.ts';
import type { Recorder } from './lazy.ts';

const EVERY_MS = 60_000;
const EXPORT_TIMEOUT_MS = 10_000;
/** From the same second to the day after which a push is given up, in steps that show a threshold of minutes. */
const LAG_BOUNDARIES = [0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

export interface RecorderOptions {
  readonly exporters: readonly { readonly target: string; readonly exporter: PushMetricExporter }[];
  /** Of this process: what several instances add up must not overwrite one another. */
  readonly instanceId: string;
  readonly log: Log;
}

export function openRecorder({ exporters, instanceId, log }: RecorderOptions): Recorder {
  const own = resourceFromAttributes({ 'service.name': 'landfall', 'service.instance.id': instanceId });
  const provider = new MeterProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say it better, where somebody set them.
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    readers: exporters.map(
      ({ target, exporter }) =>
        new PeriodicExportingMetricReader({
          exporter: new Exports(exporter, target, log),
          exportIntervalMillis: EVERY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
    ),
  });
  const instruments = openInstruments(provider);
  return {
    record: ({ name, value, attributes }) => instruments[name](value, attributes),
    close: () => provider.shutdown(),
  };
}

type Measure = (value: number, attributes: Attributes) => void;

function openInstruments(provider: MeterProvider): Readonly<Record<MetricName, Measure>> {
  const meter = provider.getMeter('landfall');
  const open = (name: MetricName): Measure => {
    const { kind, unit, meaning: description } = METRICS[name];
    switch (kind) {
      case 'counter': {
        const counter = meter.createCounter(name, { unit, description });
        return (value, attributes) => counter.add(value, attributes);
      }
      case 'gauge': {
        const gauge = meter.createGauge(name, { unit, description });
        return (value, attributes) => gauge.record(value, attributes);
      }
      case 'histogram': {
        const advice = { explicitBucketBoundaries: LAG_BOUNDARIES };
        const histogram = meter.createHistogram(name, { unit, description, advice });
        return (value, attributes) => histogram.record(value, attributes);
      }
    }
  };
  const names = Object.keys(METRICS) as MetricName[];
  return Object.fromEntries(names.map((name) => [name, open(name)])) as Record<MetricName, Measure>;
}
