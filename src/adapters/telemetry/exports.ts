// What every exporter needs around it here.
import {
  type AggregationOption,
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Log } from '../../usecases/ports.ts';

type ExportResult = Parameters<Parameters<PushMetricExporter['export']>[1]>[0];

/** Tells in the log when exports begin to fail and when they work again: the SDK says nothing of it. */
export class Exports implements PushMetricExporter {
  readonly #exporter: PushMetricExporter;
  readonly #target: string;
  readonly #log: Log;
  #isFailing = false;

  constructor(exporter: PushMetricExporter, target: string, log: Log) {
    this.#exporter = exporter;
    this.#target = target;
    this.#log = log;
  }

  export(metrics: ResourceMetrics, onResult: (result: ExportResult) => void): void {
    this.#exporter.export(metrics, (result) => {
      this.#note(result);
      onResult(result);
    });
  }

  /**
   * A gauge is told only when it was measured: the sweep runs on one instance, and one that swept hours ago must not go
   * on telling what it saw then. On the wire a gauge looks the same either way.
   */
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    const usual = this.#exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE;
    return type === InstrumentType.GAUGE ? AggregationTemporality.DELTA : usual;
  }

  selectAggregation(type: InstrumentType): AggregationOption {
    return this.#exporter.selectAggregation?.(type) ?? { type: AggregationType.DEFAULT };
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #note({ code, error }: ExportResult): void {
    const isFailed = code !== 0;
    if (isFailed !== this.#isFailing) {
      this.#isFailing = isFailed;
      const target = this.#target;
      if (isFailed) {
        this.#log.warn('metrics not exported', { target, reason: String(error ?? 'no reason given') });
      } else {
        this.#log.info('metrics exported again', { target });
      }
    }
  }
}
