import { describe, expect, it } from 'vitest';
import { afterSight, expectedRegions, narrowed, type OptedIn } from '../../src/core/expected.ts';
import type { Region } from '../../src/core/names.ts';
import { at, canadacentral, eastus, optedIn, westeurope, westus } from '../builders.ts';

describe('expectedRegions', () => {
  const optedInAt = (since: number): OptedIn => new Map([...optedIn(westus), [eastus, since]]);

  it.for([
    { name: 'nobody knows before the registry was read', regions: 'unknown' as const, expected: undefined },
    { name: 'nobody can say when no region is opted in', regions: optedIn(), expected: undefined },
    { name: 'nobody can say when all regions came later', regions: new Map([[eastus, at(1)]]), expected: undefined },
    { name: 'a region opted in just before counts', regions: optedInAt(at(0) - 1), expected: [eastus, westus] },
    { name: 'a region opted in at that moment counts', regions: optedInAt(at(0)), expected: [eastus, westus] },
    { name: 'a region opted in just after does not count', regions: optedInAt(at(0) + 1), expected: [westus] },
  ])('$name', ({ regions, expected }) => {
    expect(expectedRegions(regions, at(0))).toEqual(expected);
  });
});

describe('narrowed', () => {
  it.for([
    { name: 'no rule leaves all regions', rule: undefined, expected: optedIn(westus, eastus) },
    { name: 'a rule leaves the regions it names', rule: [eastus], expected: optedIn(eastus) },
    { name: 'a rule does not opt a region in', rule: [eastus, westeurope], expected: optedIn(eastus) },
    { name: 'a rule may leave none', rule: [westeurope], expected: optedIn() },
  ])('$name', ({ rule, expected }) => {
    expect(narrowed(optedIn(westus, eastus), rule)).toEqual(expected);
  });

  it('what is unknown stays unknown', () => {
    expect(narrowed('unknown', [eastus])).toBe('unknown');
  });
});

describe('afterSight', () => {
  const known: ReadonlyMap<Region, number> = new Map([
    [westus, 0],
    [eastus, at(0)],
  ]);

  it.for([
    {
      name: 'the first sight counts from ever',
      before: 'unknown' as const,
      seen: [westus, eastus],
      expected: optedIn(westus, eastus),
    },
    {
      name: 'a region that is new counts from then on',
      before: known,
      seen: [westus, eastus, canadacentral],
      expected: new Map([...known, [canadacentral, at(60)]]),
    },
    { name: 'a region that is gone is dropped', before: known, seen: [eastus], expected: new Map([[eastus, at(0)]]) },
    {
      name: 'a region takes the place of another',
      before: known,
      seen: [westus, canadacentral],
      expected: new Map([
        [westus, 0],
        [canadacentral, at(60)],
      ]),
    },
    { name: 'all regions may be gone', before: known, seen: [], expected: new Map() },
  ])('$name', ({ before, seen, expected }) => {
    expect(afterSight(before, seen, at(60))).toEqual(expected);
  });

  it('is the same map when the same regions are seen in another order', () => {
    expect(afterSight(known, [eastus, westus], at(60))).toBe(known);
  });

  it('a region that comes back counts from its return', () => {
    const without = afterSight(known, [eastus], at(60));
    expect(afterSight(without, [eastus, westus], at(120)).get(westus)).toBe(at(120));
  });
});
