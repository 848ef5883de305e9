import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../src/usecases/ports.ts';
import { eastus, MINUTE_MS, START, westus } from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';

const signal = new AbortController().signal;

function open() {
  const outside = new Outside();
  outside.listed = [westus];
  return { outside, one: instance(outside).registries, two: instance(outside).registries };
}

describe('Registries', () => {
  it('at first sight every listed region counts from ever', async () => {
    const { one } = open();
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([[westus, 0]]));
  });

  it('a region that is added counts from three minutes later: by then every instance has read it', async () => {
    const { outside, one, two } = open();
    await one.optedIn(contoso, signal);
    await two.optedIn(contoso, signal);
    outside.listed = [westus, eastus];
    outside.now += MINUTE_MS;
    const expected = new Map([
      [westus, 0],
      [eastus, START + 4 * MINUTE_MS],
    ]);
    expect(await one.optedIn(contoso, signal)).toEqual(expected);
    outside.now += MINUTE_MS;
    expect(await two.optedIn(contoso, signal)).toEqual(expected);
  });

  it('reads again after a minute, not before', async () => {
    const { outside, one } = open();
    await one.optedIn(contoso, signal);
    outside.calls();
    outside.now += MINUTE_MS - 1;
    await one.optedIn(contoso, signal);
    expect(outside.calls()).toEqual([]);
    outside.now += 1;
    await one.optedIn(contoso, signal);
    expect(outside.calls()).toEqual(['registries.load']);
  });

  it('instances that see it first at the same time agree', async () => {
    const { outside, one, two } = open();
    const [first, second] = await Promise.all([one.refresh(contoso, signal), two.refresh(contoso, signal)]);
    expect(first).toEqual(second);
    expect(outside.calls().filter((name) => name === 'registries.commit')).toHaveLength(2);
  });

  it('says unknown rather than what it read long ago when it cannot read now', async () => {
    const { outside, one } = open();
    await one.optedIn(contoso, signal);
    outside.now += MINUTE_MS;
    outside.faults.push({ call: 'registries.load', error: new Unavailable('down') });
    expect(await one.optedIn(contoso, signal)).toBe('unknown');
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([[westus, 0]]));
  });
});
