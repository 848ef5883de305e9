import { beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../src/core/names.ts';
import { type Heartbeats, type RegistrySight, type RegistryStore, VersionConflict } from '../../src/usecases/ports.ts';
import { at, eastus, westeurope, westus } from '../builders.ts';
import { expectToEndBySignal, type Open, type Opened, outcomes, patient } from './opened.ts';
import { eventfulSight, largestSight, registrySightOf } from './sights.ts';

const contoso = 'contoso' as Registry;
const fabrikam = 'fabrikam' as Registry;
const RACERS = 16;

const sight = registrySightOf();

export function registryStoreContract(name: string, open: Open<RegistryStore>): void {
  describe(`registry store: ${name}`, () => {
    let opened: Opened<RegistryStore>;
    let store: RegistryStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.port;
    });

    it('knows nothing of a registry that nobody committed', async () => {
      expect(await store.load(contoso, patient())).toBeUndefined();
      await store.commit(contoso, sight, undefined, patient());
      expect(await store.load(fabrikam, patient())).toBeUndefined();
    });

    it.for<{ name: string; value: RegistrySight }>([
      { name: 'regions', value: sight },
      {
        name: 'regions that count from different moments',
        value: {
          ...sight,
          optedIn: new Map([
            [westus, at(9)],
            [eastus, 0],
          ]),
        },
      },
      { name: 'no region', value: { ...sight, optedIn: new Map() } },
      { name: 'regions that nobody knows', value: { ...sight, optedIn: 'unknown' } },
      { name: 'one of everything', value: eventfulSight },
      { name: 'as many replicas as there are regions', value: largestSight },
    ])('gives back what was committed: $name', async ({ value }) => {
      const version = await store.commit(contoso, value, undefined, patient());
      expect(await opened.elsewhere.load(contoso, patient())).toEqual({ value, version });
    });

    it('cuts long words of the registry so that they fit, and leaves none of its replicas out', async () => {
      const long = (text: string) => `${text}: ${'\u{1F4E6} '.repeat(20_000)}`;
      const replicas = largestSight.replicas.map((replica) => ({ ...replica, message: long('why') }));
      const outbox = largestSight.outbox.map((announcement) => ({ ...announcement, condition: long('Failed') }));
      const failure = { since: at(1), reason: long('expected an answer') };
      await store.commit(contoso, { ...largestSight, replicas, outbox, failure }, undefined, patient());
      const loaded = (await opened.elsewhere.load(contoso, patient()))?.value;
      expect(loaded?.replicas.map(({ region }) => region)).toEqual(replicas.map(({ region }) => region));
      expect(loaded?.outbox.map(({ id }) => id)).toEqual(outbox.map(({ id }) => id));
      for (const words of [loaded?.replicas[0]?.message, loaded?.outbox[0]?.condition, loaded?.failure?.reason]) {
        expect(words).toMatch(/^(?:why|Failed|expected an answer): (?:\u{1F4E6} ?){100,}…$/u);
      }
    });

    it('refuses to write a first sight where there is one, and over one that was not read', async () => {
      const first = await store.commit(contoso, sight, undefined, patient());
      await expect(store.commit(contoso, sight, undefined, patient())).rejects.toThrow(VersionConflict);
      const value = { ...sight, sweptRevision: 3 };
      const version = await store.commit(contoso, value, first, patient());
      await expect(store.commit(contoso, sight, first, patient())).rejects.toThrow(VersionConflict);
      expect(await store.load(contoso, patient())).toEqual({ value, version });
    });

    it('lets one of many write the first sight', async () => {
      const racers = Array.from({ length: RACERS }, (_, revision) => ({ ...sight, revision }));
      const race = racers.map((value) => store.commit(contoso, value, undefined, patient()));
      expect(outcomes(await Promise.allSettled(race))).toEqual({ won: 1, VersionConflict: RACERS - 1 });
    });

    it('ends a call by its signal', async () => {
      await expectToEndBySignal(opened, (port, signal) => port.load(contoso, signal));
      await expectToEndBySignal(opened, (port, signal) => port.commit(contoso, sight, undefined, signal));
    });
  });
}

export function heartbeatsContract(name: string, open: Open<Heartbeats>): void {
  describe(`heartbeats: ${name}`, () => {
    let opened: Opened<Heartbeats>;
    let here: Heartbeats;
    let elsewhere: Heartbeats;
    beforeEach(async () => {
      opened = await open();
      ({ port: here, elsewhere } = opened);
    });

    it('knows of none before the first', async () => {
      expect(await here.lastSweep(patient())).toBeUndefined();
      expect(await here.lastWebhooks(contoso, patient())).toEqual(new Map());
    });

    it('keeps the newest sweep, whoever tells of it in whatever order', async () => {
      await here.beatSweep(at(2), patient());
      await elsewhere.beatSweep(at(3), patient());
      await here.beatSweep(at(1), patient());
      expect(await here.lastSweep(patient())).toBe(at(3));
      await here.beatSweep(at(4), patient());
      expect(await elsewhere.lastSweep(patient())).toBe(at(4));
    });

    it('keeps the newest webhook of each region, whoever tells of it', async () => {
      await here.beatWebhooks(
        contoso,
        new Map([
          [westus, at(1)],
          [eastus, at(5)],
        ]),
        patient(),
      );
      await elsewhere.beatWebhooks(
        contoso,
        new Map([
          [westus, at(3)],
          [westeurope, at(2)],
        ]),
        patient(),
      );
      await here.beatWebhooks(
        contoso,
        new Map([
          [westus, at(2)],
          [eastus, at(4)],
        ]),
        patient(),
      );
      const expected = new Map([
        [westus, at(3)],
        [eastus, at(5)],
        [westeurope, at(2)],
      ]);
      expect(await here.lastWebhooks(contoso, patient())).toEqual(expected);
      expect(await elsewhere.lastWebhooks(contoso, patient())).toEqual(expected);
    });

    it('keeps registries apart, and one whose name sounds like a sweep', async () => {
      const sweep = 'sweep' as Registry;
      await here.beatSweep(at(1), patient());
      await here.beatWebhooks(sweep, new Map([[westus, at(2)]]), patient());
      await here.beatWebhooks(contoso, new Map([[westus, at(3)]]), patient());
      expect(await here.lastSweep(patient())).toBe(at(1));
      expect(await here.lastWebhooks(sweep, patient())).toEqual(new Map([[westus, at(2)]]));
      expect(await here.lastWebhooks(contoso, patient())).toEqual(new Map([[westus, at(3)]]));
    });

    it('loses none of many that beat at once', async () => {
      const beats = Array.from({ length: RACERS }, (_, second) => [here, elsewhere].map((port) => ({ port, second })));
      await Promise.all(beats.flat().map(({ port, second }) => port.beatSweep(at(second), patient())));
      expect(await here.lastSweep(patient())).toBe(at(RACERS - 1));
    });

    it.for<{ name: string; call: (port: Heartbeats, signal: AbortSignal) => Promise<unknown> }>([
      { name: 'beatSweep', call: (port, signal) => port.beatSweep(at(1), signal) },
      { name: 'beatWebhooks', call: (port, signal) => port.beatWebhooks(contoso, new Map([[westus, at(1)]]), signal) },
      { name: 'lastSweep', call: (port, signal) => port.lastSweep(signal) },
      { name: 'lastWebhooks', call: (port, signal) => port.lastWebhooks(contoso, signal) },
    ])('ends $name by its signal', async ({ call }) => {
      await expectToEndBySignal(opened, call);
    });
  });
}
