// Where metrics go, by what is configured: nowhere, to Application Insights, to an OTLP endpoint, or to both.
import type { Log, Metrics, NewId, Timing } from '../../usecases/ports.ts';
import type { ApplicationInsightsTarget } from './application-insights.ts';
import { LazyMetrics, type Recorder } from './lazy.ts';
import { noMetrics } from './off.ts';
import type { OtlpTarget } from './otlp.ts';

export interface TelemetryTargets {
  readonly applicationInsights?: ApplicationInsightsTarget;
  readonly otlp?: OtlpTarget;
}

export interface Telemetry {
  readonly metrics: Metrics;
  /** Sends what was measured; over in a few seconds. Never rejects. */
  close(): Promise<void>;
}

interface Surroundings {
  readonly timing: Pick<Timing, 'sleep' | 'timeout'>;
  readonly newId: NewId;
  readonly log: Log;
}

/** Nothing is loaded here, and nothing at all if there is no target. */
export function telemetry(targets: TelemetryTargets, { timing, newId, log }: Surroundings): Telemetry {
  if (targets.applicationInsights === undefined && targets.otlp === undefined) {
    return { metrics: noMetrics, close: async () => {} };
  }
  const metrics = new LazyMetrics({ open: () => open(targets, newId(), log), timing, log });
  return { metrics, close: () => metrics.close() };
}

async function open({ applicationInsights, otlp }: TelemetryTargets, instanceId: string, log: Log): Promise<Recorder> {
  const [{ openRecorder }, ...exporters] = await Promise.all([
    import('./recorder.ts'),
    ...(otlp === undefined ? [] : [toOtlp(otlp)]),
    ...(applicationInsights === undefined ? [] : [toApplicationInsights(applicationInsights)]),
  ]);
  return openRecorder({ exporters, instanceId, log });
}

async function toOtlp(target: OtlpTarget) {
  const { otlpExporter } = await import('./otlp.ts');
  return { target: 'OTLP', exporter: otlpExporter(target) };
}

async function toApplicationInsights(target: ApplicationInsightsTarget) {
  const { applicationInsightsExporter } = await import('./application-insights.ts');
  return { target: 'Application Insights', exporter: applicationInsightsExporter(target) };
}
