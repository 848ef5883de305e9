import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../src/usecases/ports.ts';
import {
  arrival,
  at,
  eastus,
  fourRegions,
  HOUR_MS,
  MINUTE_MS,
  START,
  webTag,
  westeurope,
  westus,
} from '../builders.ts';
import { contoso, instance, Outside } from './app.ts';
import { replicaOf } from './replicas.ts';

const signal = new AbortController().signal;

describe('Registries whose regions are read', () => {
  const home = replicaOf(westus, { isHome: true });
  const [east, europe] = [replicaOf(eastus), replicaOf(westeurope)];
  const creating = { provisioningState: 'Creating', displayStatus: 'Syncing' };

  function auto() {
    const outside = new Outside();
    outside.listed = 'auto';
    const [first, second] = [instance(outside), instance(outside)];
    return { outside, first, second, one: first.registries, two: second.registries };
  }

  it('are unknown until the registry told of its replicas; then all that are ready count from ever', async () => {
    const { one, two } = auto();
    expect(await one.optedIn(contoso, signal)).toBe('unknown');
    await one.see(contoso, [home, east, replicaOf(westeurope, creating)], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([westus, eastus].map((region) => [region, 0])));
    expect((await two.refresh(contoso, signal)).value.optedIn).toEqual(await one.optedIn(contoso, signal));
  });

  it('count one that is added from three minutes later, and one that is removed no longer', async () => {
    const { outside, one } = auto();
    await one.see(contoso, [home, east], signal);
    outside.now += HOUR_MS;
    await one.see(contoso, [home, europe], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(
      new Map([
        [westus, 0],
        [westeurope, START + HOUR_MS + 3 * MINUTE_MS],
      ]),
    );
  });

  it.for([
    { name: 'just before three minutes', ms: 3 * MINUTE_MS - 1, expected: 1 },
    { name: 'at three minutes', ms: 3 * MINUTE_MS, expected: 0 },
    { name: 'just after three minutes', ms: 3 * MINUTE_MS + 1, expected: 0 },
  ])('a push does not wait for a replica that is added, when it comes $name: $expected', async ({ ms, expected }) => {
    const { outside, one, first } = auto();
    await one.see(contoso, [home], signal);
    await one.see(contoso, [home, east], signal);
    outside.now += ms;
    await (await first.recordArrival.record(webTag, arrival({ receivedAt: outside.now }))).announced;
    expect(outside.bus.messages(webTag)).toHaveLength(expected);
  });

  it('count what replicas do, never what is excluded', async () => {
    const { outside, one } = auto();
    outside.excluded = [eastus];
    await one.see(contoso, [home, east, replicaOf(westeurope, { isRouted: false })], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([westus, westeurope].map((region) => [region, 0])));
  });

  it('count one that is excluded later no longer, without another sight of the registry', async () => {
    const { outside, one } = auto();
    await one.see(contoso, [home, east], signal);
    outside.excluded = [eastus];
    expect((await one.refresh(contoso, signal)).value).toMatchObject({ optedIn: new Map([[westus, 0]]), revision: 2 });
  });

  it('are those that counted last when none is ready for a moment: what waits for them goes on waiting', async () => {
    const { outside, one } = auto();
    const failed = { provisioningState: 'Failed', displayStatus: 'Failed' };
    await one.see(contoso, [home, replicaOf(eastus)], signal);
    const before = await one.optedIn(contoso, signal);
    outside.now += MINUTE_MS;
    await one.see(contoso, [replicaOf(westus, { ...failed, isHome: true }), replicaOf(eastus, failed)], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(before);
    outside.now += MINUTE_MS;
    await one.see(contoso, [home, replicaOf(eastus)], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(before);
  });

  it('are not known while none was ever ready: then nothing is announced as completed', async () => {
    const { outside, one, first } = auto();
    await one.see(contoso, [replicaOf(westus, { ...creating, isHome: true })], signal);
    expect(await one.optedIn(contoso, signal)).toBe('unknown');
    await (await first.recordArrival.record(webTag, arrival())).announced;
    expect(outside.bus.messages(webTag)).toEqual([]);
  });

  it('stay those that were listed until the registry told of its replicas', async () => {
    const { outside, one } = auto();
    outside.listed = fourRegions;
    await one.optedIn(contoso, signal);
    outside.listed = 'auto';
    outside.now += MINUTE_MS;
    expect(await one.optedIn(contoso, signal)).toEqual(new Map(fourRegions.map((region) => [region, 0])));
    await one.see(contoso, [home, replicaOf('uksouth')], signal);
    expect([...((await one.optedIn(contoso, signal)) as ReadonlyMap<string, number>)]).toEqual([
      [westus, 0],
      ['uksouth', outside.now + 3 * MINUTE_MS],
    ]);
  });

  it('count those that are listed, whatever replicas there are', async () => {
    const { outside, one } = auto();
    outside.listed = [eastus];
    await one.see(contoso, [home, replicaOf(eastus, creating), europe], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([[eastus, 0]]));
  });

  it('are swept once for each change, and not when nothing changes', async () => {
    const { outside, one } = auto();
    await one.see(contoso, [home, east], signal);
    const seen = await one.refresh(contoso, signal);
    expect(seen.value).toMatchObject({ revision: 1, sweptRevision: 1 });
    outside.now += MINUTE_MS;
    expect(await one.see(contoso, [east, home], signal)).toMatchObject({ revision: 1, seenAt: outside.now });
    expect(await one.see(contoso, [home], signal)).toMatchObject({ revision: 2, sweptRevision: 1 });
    await one.markSwept(contoso, seen, signal);
    const changed = await one.refresh(contoso, signal);
    expect(changed.value.sweptRevision).toBe(1);
    await one.markSwept(contoso, changed, signal);
    expect((await one.refresh(contoso, signal)).value.sweptRevision).toBe(2);
    await one.markSwept(contoso, seen, signal);
    expect((await one.refresh(contoso, signal)).value.sweptRevision).toBe(2);
  });

  it('keep the first time of a failure and its last reason, until the registry tells again', async () => {
    const { outside, one } = auto();
    await one.see(contoso, [home], signal);
    await one.noteFailure(contoso, 'down', signal);
    outside.now += MINUTE_MS;
    outside.calls();
    await one.noteFailure(contoso, 'down', signal);
    expect(outside.calls()).toEqual(['registries.load']);
    const failed = await one.noteFailure(contoso, 'forbidden', signal);
    expect(failed).toMatchObject({ failure: { since: START, reason: 'forbidden' }, seenAt: START });
    expect(failed.optedIn).toEqual(new Map([[westus, 0]]));
    expect(await one.see(contoso, [home], signal)).not.toHaveProperty('failure');
    outside.now += MINUTE_MS;
    expect(await one.noteFailure(contoso, 'down', signal)).toMatchObject({ failure: { since: START + 2 * MINUTE_MS } });
  });

  it('decide once what two instances see at the same time', async () => {
    const { outside, one, two } = auto();
    const stuck = [home, replicaOf(eastus, creating)];
    await one.see(contoso, stuck, signal);
    outside.now += HOUR_MS;
    outside.calls();
    await Promise.all([one.see(contoso, stuck, signal), two.see(contoso, stuck, signal)]);
    expect(outside.calls().filter((call) => call === 'registries.commit')).toHaveLength(3);
    const { value } = await one.refresh(contoso, signal);
    expect(value.outbox.map(({ id, type, region }) => [id, type, region])).toEqual([
      [`${value.idPrefix}-1`, 'replica.not-ready', eastus],
    ]);
    expect(value.sequence).toBe(1);
  });

  it('number what they announce without a gap, with an id that is never used twice', async () => {
    const { outside, one } = auto();
    const stuck = [home, replicaOf(eastus, creating), replicaOf(westeurope, creating)];
    await one.see(contoso, stuck, signal);
    outside.now += HOUR_MS;
    const { idPrefix, outbox } = await one.see(contoso, stuck, signal);
    await one.markSent(contoso, new Set(outbox.map(({ id }) => id)), signal);
    const after = await one.see(contoso, [home, east], signal);
    expect(after.outbox.map(({ id, sequence, type, region }) => [id, sequence, type, region])).toEqual([
      [`${idPrefix}-3`, 3, 'replica.ready', eastus],
      [`${idPrefix}-4`, 4, 'replica.removed', westeurope],
    ]);
  });

  it('forget of what they announced only what is known to be sent', async () => {
    const { outside, one, two } = auto();
    await one.see(contoso, [home, replicaOf(eastus, creating)], signal);
    outside.now += HOUR_MS;
    const { outbox } = await one.see(contoso, [home, replicaOf(eastus, creating)], signal);
    await two.see(contoso, [home, east], signal);
    const ids = new Set(outbox.map(({ id }) => id));
    await Promise.all([one.markSent(contoso, ids, signal), two.markSent(contoso, ids, signal)]);
    const { value } = await one.refresh(contoso, signal);
    expect(value.outbox.map(({ type }) => type)).toEqual(['replica.ready']);
  });

  it('are lost to no instance when the answer to a write is', async () => {
    const { outside, one, two } = auto();
    const lost = { call: 'registries.commit', error: new Unavailable('down'), hasEffect: true };
    outside.faults.push(lost);
    await expect(one.see(contoso, [home, east], signal)).rejects.toThrow(Unavailable);
    expect(await two.optedIn(contoso, signal)).toEqual(new Map([westus, eastus].map((region) => [region, 0])));
  });

  it('say since when a replica is not ready, and count it again three minutes after it is', async () => {
    const { outside, one } = auto();
    await one.see(contoso, [home, east], signal);
    outside.now += MINUTE_MS;
    const { replicas } = await one.see(contoso, [home, replicaOf(eastus, creating)], signal);
    expect(replicas.map(({ region, isReady, notReadySince }) => [region, isReady, notReadySince])).toEqual([
      [westus, true, undefined],
      [eastus, false, at(60)],
    ]);
    expect(await one.optedIn(contoso, signal)).toEqual(new Map([[westus, 0]]));
    outside.now += MINUTE_MS;
    await one.see(contoso, [home, east], signal);
    expect(await one.optedIn(contoso, signal)).toEqual(
      new Map([
        [westus, 0],
        [eastus, at(300)],
      ]),
    );
  });
});
