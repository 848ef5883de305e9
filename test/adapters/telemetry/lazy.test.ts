import { describe, expect, it } from 'vitest';
import { LazyMetrics, type Recorder } from '../../../src/adapters/telemetry/lazy.ts';
import { telemetry } from '../../../src/adapters/telemetry/telemetry.ts';
import type { Measurement } from '../../../src/usecases/ports.ts';

const measured = (value: number): Measurement => ({ name: 'landfall.sweep.oldest_due_age', value, attributes: {} });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function open(options: { readonly open?: () => Promise<Recorder>; readonly isCloseOver?: boolean } = {}) {
  const values: number[] = [];
  const events: string[] = [];
  const lines: string[] = [];
  const sleeps: { readonly milliseconds: number; readonly end: () => void }[] = [];
  const recorder: Recorder = {
    record: ({ value }) => {
      values.push(value);
    },
    close: async () => {
      events.push('closed');
    },
  };
  const metrics = new LazyMetrics({
    open: async () => {
      events.push('opened');
      return (await options.open?.()) ?? recorder;
    },
    timing: {
      sleep: (milliseconds) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        sleeps.push({ milliseconds, end: resolve });
        return promise;
      },
      timeout: () => (options.isCloseOver ? AbortSignal.abort('over') : new AbortController().signal),
    },
    log: { info: (text) => lines.push(text), warn: (text) => lines.push(text), error: (text) => lines.push(text) },
  });
  const load = async () => {
    sleeps.at(-1)?.end();
    await settled();
  };
  return { metrics, values, events, lines, sleeps, load };
}

describe('metrics of an app that is to answer fast', () => {
  it('load nothing before a webhook that started it has had its answer', async () => {
    const { metrics, events, sleeps, load } = open();
    await settled();
    expect([events, sleeps]).toEqual([[], []]);
    metrics.record(measured(1));
    metrics.record(measured(2));
    await settled();
    expect([events, sleeps.map(({ milliseconds }) => milliseconds)]).toEqual([[], [5_000]]);
    await load();
    expect(events).toEqual(['opened']);
  });

  it('keep what is measured until then, in order', async () => {
    const { metrics, values, load } = open();
    metrics.record(measured(1));
    metrics.record(measured(2));
    expect(values).toEqual([]);
    await load();
    metrics.record(measured(3));
    expect(values).toEqual([1, 2, 3]);
  });

  it.for([9_999, 10_000, 10_001])('keep at most 10,000 of %d until then', async (count) => {
    const { metrics, values, load } = open();
    for (let value = 0; value < count; value += 1) {
      metrics.record(measured(value));
    }
    await load();
    expect(values).toHaveLength(Math.min(count, 10_000));
  });

  it('that cannot be loaded are off from then on, and say so once', async () => {
    const { metrics, events, lines, load, sleeps } = open({ open: () => Promise.reject(new Error('no such file')) });
    metrics.record(measured(1));
    expect(metrics.isOn).toBe(true);
    await load();
    expect(metrics.isOn).toBe(false);
    metrics.record(measured(2));
    await metrics.close();
    expect([events, lines, sleeps.length]).toEqual([['opened'], ['telemetry not loaded; nothing is measured'], 1]);
  });
});

describe('the end of the app', () => {
  it('sends what was measured, even what came too late to be loaded for', async () => {
    const { metrics, values, events } = open();
    metrics.record(measured(1));
    await metrics.close();
    expect([values, events]).toEqual([[1], ['opened', 'closed']]);
  });

  it('loads nothing when nothing was measured', async () => {
    const { metrics, events } = open();
    await metrics.close();
    expect(events).toEqual([]);
  });

  it('does not wait for an endpoint that hangs', async () => {
    const hanging: Recorder = { record: () => {}, close: () => new Promise(() => {}) };
    const { metrics, lines } = open({ open: async () => hanging, isCloseOver: true });
    metrics.record(measured(1));
    await metrics.close();
    expect(lines).toEqual(['last metrics not sent']);
  });

  it('is the end of measuring', async () => {
    const { metrics, values, load } = open();
    metrics.record(measured(1));
    await load();
    await metrics.close();
    metrics.record(measured(2));
    expect([values, metrics.isOn]).toEqual([[1], false]);
  });
});

describe('metrics that nobody wants to know', () => {
  it('are off', async () => {
    const never = () => {
      throw new Error('expected nothing to be done');
    };
    const { metrics, close } = telemetry(
      {},
      { timing: { sleep: never, timeout: never }, newId: never, log: { info: never, warn: never, error: never } },
    );
    metrics.record(measured(1));
    await close();
    expect(metrics.isOn).toBe(false);
  });
});
