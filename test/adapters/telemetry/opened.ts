// The real telemetry, from what is recorded to what leaves this process, with its delay of five seconds taken out.

import { type TelemetryTargets, telemetry } from '../../../src/adapters/telemetry/telemetry.ts';
import { machineTiming } from '../../../src/adapters/timing.ts';
import type { Measurement } from '../../../src/usecases/ports.ts';

export interface LoggedLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

let instances = 0;

export function openTelemetry(targets: TelemetryTargets) {
  const lines: LoggedLine[] = [];
  const note = (message: string, fields: LoggedLine['fields']) => lines.push({ message, fields });
  const opened = telemetry(targets, {
    timing: { ...machineTiming, sleep: async () => {} },
    newId: () => {
      instances += 1;
      return `instance${instances}`;
    },
    log: { info: note, warn: note, error: note },
  });
  return { ...opened, lines };
}

const contoso = { registry: 'contoso' };
const westus = { ...contoso, region: 'westus' };

/** One of each metric, and more where it shows what is added up. */
export const measurements: readonly Measurement[] = [
  { name: 'landfall.arrival.lag', value: 0, attributes: westus },
  { name: 'landfall.arrival.lag', value: 7.5, attributes: { ...contoso, region: 'westeurope' } },
  { name: 'landfall.arrival.lag', value: 700, attributes: { ...contoso, region: 'westeurope' } },
  { name: 'landfall.replications.in_flight', value: 9, attributes: contoso },
  { name: 'landfall.replications.in_flight', value: 3, attributes: contoso },
  { name: 'landfall.replications.lagging', value: 0, attributes: contoso },
  { name: 'landfall.sweep.oldest_due_age', value: 42.5, attributes: {} },
  { name: 'landfall.notifications', value: 1, attributes: { ...westus, outcome: 'recorded' } },
  { name: 'landfall.notifications', value: 1, attributes: { ...westus, outcome: 'recorded' } },
  { name: 'landfall.notifications', value: 1, attributes: { ...westus, outcome: 'duplicate' } },
  { name: 'landfall.announcements', value: 1, attributes: { ...contoso, type: 'replication.completed' } },
];
