import { describe, expect, it } from 'vitest';
import { fromRegistryProperties, toRegistryProperties } from '../../../src/adapters/table/registry-document.ts';
import { CorruptEntity } from '../../../src/adapters/table/storage-errors.ts';
import type { Registry } from '../../../src/core/names.ts';
import { SchemaTooNew } from '../../../src/usecases/ports.ts';
import { at, fourRegions, optedIn } from '../../builders.ts';
import {
  eventfulSight,
  largestSight,
  registrySightOf,
  replicaAnnouncementOf,
  replicaSightOf,
} from '../../contract/sights.ts';

const contoso = 'contoso' as Registry;
const decoded = (properties: Record<string, unknown>, version = 'v1', registry = contoso) =>
  fromRegistryProperties(registry, properties, version);

describe('the columns of a registry', () => {
  it('give back every sight', () => {
    for (const sight of [registrySightOf(), eventfulSight, largestSight]) {
      expect(decoded(toRegistryProperties(sight))).toEqual(sight);
    }
  });

  it('can be read by a person', () => {
    expect(toRegistryProperties(eventfulSight)).toMatchObject({
      v: 2,
      seenAt: '2026-08-21T12:05:00.000000000Z',
      failingSince: '2026-08-21T12:05:30.000000000Z',
      idPrefix: 'k3v9',
      revision: 3,
      sweptRevision: 2,
    });
  });

  it('are each within the limit of a property, and together within that of an entity', () => {
    const sizes = Object.values(toRegistryProperties(largestSight)).map((value) => String(value).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_768);
    expect(2 * sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  it.for([
    { name: 'keep words just below the limit', length: 499, expected: 'w'.repeat(499) },
    { name: 'keep words at the limit', length: 500, expected: 'w'.repeat(500) },
    { name: 'cut words above the limit', length: 501, expected: `${'w'.repeat(499)}…` },
  ])('$name', ({ length, expected }) => {
    const words = 'w'.repeat(length);
    const sight = decoded(
      toRegistryProperties(
        registrySightOf({
          replicas: [replicaSightOf({ message: words })],
          outbox: [replicaAnnouncementOf({ condition: words })],
          failure: { since: at(0), reason: words },
        }),
      ),
    );
    expect([sight.replicas[0]?.message, sight.outbox[0]?.condition, sight.failure?.reason]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  it.for([{ before: '' }, { before: 'w' }])('tear no character when they cut words after "$before"', ({ before }) => {
    const failure = { since: at(0), reason: `${before}${'\u{1F4E6}'.repeat(300)}` };
    expect(decoded(toRegistryProperties(registrySightOf({ failure }))).failure?.reason).toMatch(/^w?\u{1F4E6}{249}…$/u);
  });

  it('are refused when there is more to send than an entity holds', () => {
    const outbox = Array.from({ length: 2_000 }, () => replicaAnnouncementOf({ condition: 'w'.repeat(500) }));
    expect(() => toRegistryProperties(registrySightOf({ outbox }))).toThrow(RangeError);
  });
});

describe('the columns that the first release wrote', () => {
  const first = { v: 1, optedIn: JSON.stringify([...optedIn(...fourRegions)]), revision: 3, sweptRevision: 2 };

  it('say which regions are opted in, and nothing of replicas', () => {
    const { idPrefix, ...sight } = decoded(first);
    expect(sight).toEqual({
      ...{ optedIn: optedIn(...fourRegions), revision: 3, sweptRevision: 2 },
      ...{ replicas: [], sequence: 0, outbox: [] },
    });
    expect(idPrefix).toMatch(/^[a-z0-9]{26}$/);
  });

  it('give ids of their own: the same for all readers, others for another registry or another version', () => {
    const prefixes = [decoded(first), decoded(first, 'v2'), decoded(first, 'v1', 'fabrikam' as Registry)];
    expect(decoded(first).idPrefix).toBe(prefixes[0]?.idPrefix);
    expect(new Set(prefixes.map(({ idPrefix }) => idPrefix)).size).toBe(3);
  });

  it('keep their ids once they are written again', () => {
    const sight = decoded(first);
    expect(decoded(toRegistryProperties(sight), 'v2')).toEqual(sight);
  });

  it('may lack the regions', () => {
    expect(decoded({ ...first, optedIn: '"unknown"' }).optedIn).toBe('unknown');
  });
});

describe('a stored registry', () => {
  const sound = toRegistryProperties(eventfulSight);
  const without = (...names: readonly string[]) =>
    Object.fromEntries(Object.entries(sound).filter(([name]) => !names.includes(name)));

  it('of a newer release is not read', () => {
    const newer = { ...sound, v: 3, optedIn: 'whatever a newer release may write' };
    expect(() => decoded(newer)).toThrow(SchemaTooNew);
    expect(() => decoded(newer)).toThrow(/contoso.*got 3/);
  });

  it.for<{ name: string; properties: Record<string, unknown> }>([
    { name: 'has no version', properties: without('v') },
    { name: 'has a version that never was', properties: { ...sound, v: 0 } },
    { name: 'lacks its regions', properties: without('optedIn') },
    { name: 'has regions that were cut', properties: { ...sound, optedIn: '[["westus",' } },
    { name: 'lacks its replicas', properties: without('replicas0') },
    { name: 'has replicas that were cut', properties: { ...sound, replicas0: '[{"region":' } },
    { name: 'has a replica of another form', properties: { ...sound, replicas0: '[{"region":"westus"}]' } },
    { name: 'lacks its outbox', properties: without('outbox0') },
    { name: 'has an announcement of another form', properties: { ...sound, outbox0: '[{"id":"contoso-1"}]' } },
    { name: 'lacks its ids', properties: without('idPrefix') },
    { name: 'lacks its sequence', properties: without('sequence') },
    { name: 'was seen at no time', properties: { ...sound, seenAt: 'yesterday' } },
    { name: 'fails for no reason', properties: without('failure') },
  ])('that $name is said to be corrupt, and whose', ({ properties }) => {
    expect(() => decoded(properties)).toThrow(CorruptEntity);
    expect(() => decoded(properties)).toThrow(/contoso/);
  });
});
