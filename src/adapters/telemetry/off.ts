import type { Metrics } from '../../usecases/ports.ts';

/** Nobody wants to know: nothing is loaded, kept or counted. */
export const noMetrics: Metrics = { isOn: false, record: () => {} };
