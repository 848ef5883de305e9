// What is recorded, as an OTLP endpoint receives it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/usecases/ports.ts';
import { measurements, openTelemetry } from './opened.ts';
import { type Receiver, readOtlp, startReceiver } from './otlp-receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const open = (headers: Readonly<Record<string, string>> = {}) =>
  openTelemetry({ otlp: { endpoint: receiver.url, headers } });

async function sent() {
  const { metrics, close } = open();
  for (const measurement of measurements) {
    metrics.record(measurement);
  }
  await close();
  const [only, ...others] = receiver.requests.flatMap(readOtlp);
  expect(others).toEqual([]);
  return only ?? { resource: {}, metrics: [] };
}

describe('metrics by OTLP', () => {
  it('have the names, kinds, units and meanings that they are declared with', async () => {
    const { metrics } = await sent();
    const received = metrics.map(({ name, kind, unit, description }) => [name, { kind, unit, meaning: description }]);
    const declared = Object.entries(METRICS).map(([name, { attributes: _, ...rest }]) => [name, rest]);
    expect(Object.fromEntries(received)).toEqual(Object.fromEntries(declared));
  });

  it('have the values that were recorded, for each set of attributes', async () => {
    const { metrics } = await sent();
    const points = Object.fromEntries(metrics.map(({ name, points }) => [name, points]));
    const westus = { registry: 'contoso', region: 'westus' };
    expect(points).toEqual({
      'landfall.arrival.lag': [
        { attributes: westus, count: 1, sum: 0, buckets: { 0: 1 } },
        {
          attributes: { registry: 'contoso', region: 'westeurope' },
          ...{ count: 2, sum: 707.5, buckets: { 10: 1, 900: 1 } },
        },
      ],
      'landfall.replications.in_flight': [{ attributes: { registry: 'contoso' }, value: 3 }],
      'landfall.replications.lagging': [{ attributes: { registry: 'contoso' }, value: 0 }],
      'landfall.sweep.oldest_due_age': [{ attributes: {}, value: 42.5 }],
      'landfall.notifications': [
        { attributes: { ...westus, outcome: 'recorded' }, value: 2 },
        { attributes: { ...westus, outcome: 'duplicate' }, value: 1 },
      ],
      'landfall.announcements': [{ attributes: { registry: 'contoso', type: 'replication.completed' }, value: 1 }],
    });
  });

  it('say which service and which instance of it they are of', async () => {
    const { resource } = await sent();
    expect(resource).toMatchObject({
      'service.name': 'landfall',
      'service.instance.id': expect.stringMatching(/^instance\d+$/),
    });
  });

  it('are posted as protobuf to the path of metrics, with the headers that are configured', async () => {
    const { metrics, close } = open({ 'api-key': 'k3v9' });
    metrics.record({ name: 'landfall.sweep.oldest_due_age', value: 1, attributes: {} });
    await close();
    expect(receiver.requests).toMatchObject([
      { path: '/v1/metrics', headers: { 'content-type': 'application/x-protobuf', 'api-key': 'k3v9' } },
    ]);
  });

  it('are not sent when nothing was measured', async () => {
    await open().close();
    expect(receiver.requests).toEqual([]);
  });

  it('that cannot be sent are told of in the log, without what they are sent with', async () => {
    receiver.answer = { status: 400, body: '' };
    const { metrics, close, lines } = open({ 'api-key': 'k3v9' });
    metrics.record({ name: 'landfall.sweep.oldest_due_age', value: 1, attributes: {} });
    await close();
    expect(lines.map(({ message, fields }) => [message, fields['target']])).toEqual([['metrics not exported', 'OTLP']]);
    expect(JSON.stringify(lines)).not.toContain('k3v9');
  });
});
