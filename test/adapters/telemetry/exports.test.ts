import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Exports } from '../../../src/adapters/telemetry/exports.ts';
import { otlpExporter } from '../../../src/adapters/telemetry/otlp.ts';
import { type Receiver, readOtlp, startReceiver } from './otlp-receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

function open() {
  const lines: string[] = [];
  const note = (message: string) => lines.push(message);
  const exporter = otlpExporter({ endpoint: receiver.url, headers: {} });
  const exports = new Exports(exporter, 'OTLP', { info: note, warn: note, error: note });
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: exports })] });
  const meter = provider.getMeter('test');
  const gauge = meter.createGauge('gauge');
  const counter = meter.createCounter('counter');
  const flush = async () => {
    await provider.forceFlush();
    const last = receiver.requests.at(-1);
    const received = last === undefined ? [] : readOtlp(last).flatMap(({ metrics }) => metrics);
    return received.map(({ name, points }) => [name, points[0]?.value]);
  };
  return { gauge, counter, flush, lines, close: () => provider.shutdown() };
}

describe('an export', () => {
  it('tells of a gauge only what was measured since the last one, and of a counter all', async () => {
    const { gauge, counter, flush, close } = open();
    gauge.record(3);
    counter.add(1);
    expect(await flush()).toEqual([
      ['gauge', 3],
      ['counter', 1],
    ]);
    counter.add(1);
    expect(await flush()).toEqual([['counter', 2]]);
    gauge.record(5);
    expect(await flush()).toEqual([
      ['gauge', 5],
      ['counter', 2],
    ]);
    await close();
  });

  it('that fails is told of once, and the next one that works as well', async () => {
    const { counter, flush, lines, close } = open();
    counter.add(1);
    await flush();
    expect(lines).toEqual([]);
    receiver.answer = { status: 400, body: '' };
    await flush();
    await flush();
    expect(lines).toEqual(['metrics not exported']);
    receiver.answer = { status: 200, body: '' };
    await flush();
    await flush();
    expect(lines).toEqual(['metrics not exported', 'metrics exported again']);
    await close();
  });
});
