import type { Measurement, MetricName } from '../../src/usecases/measurements.ts';
import type { Metrics } from '../../src/usecases/ports.ts';

/** Keeps what is recorded; when it is off, it keeps that as well: only reading in order to measure is to be spared. */
export class RecordedMetrics implements Metrics {
  isOn: boolean;
  readonly #measurements: Measurement[] = [];

  constructor(isOn = true) {
    this.isOn = isOn;
  }

  record(measurement: Measurement): void {
    this.#measurements.push(measurement);
  }

  /** Value and attributes of what was recorded under this name, in order. */
  of(name: MetricName): readonly Readonly<Record<string, string | number>>[] {
    return this.#measurements
      .filter((measurement) => measurement.name === name)
      .map(({ value, attributes }) => ({ ...attributes, value }));
  }
}
