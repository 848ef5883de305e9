import { describe, expect, it } from 'vitest';
import {
  afterSight,
  countingRegions,
  expectedRegions,
  narrowed,
  type OptedIn,
  type RegionRules,
  regionsToHear,
  regionsWithoutReplica,
} from '../../src/core/expected.ts';
import type { Region } from '../../src/core/names.ts';
import type { ReplicaSight } from '../../src/core/replicas.ts';
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

const both = optedIn(westus, eastus);
const only = (...regions: readonly Region[]): RegionRules => ({ regions, exclude: [] });
const allBut = (...exclude: readonly Region[]): RegionRules => ({ regions: 'auto', exclude });

describe('countingRegions', () => {
  const sight = (region: Region, overrides: Partial<ReplicaSight> = {}): ReplicaSight => ({
    ...{ name: `replica-of-${region}`, region, isHome: false },
    ...{ provisioningState: 'Succeeded', displayStatus: 'Ready', isRouted: true, isReady: true },
    ...overrides,
  });
  const { name: _, ...home } = sight(westus, { isHome: true });
  const notReady = sight(eastus, { isReady: false, notReadySince: at(0) });

  it.for<{
    name: string;
    rules: RegionRules;
    replicas: readonly ReplicaSight[];
    expected: readonly Region[] | undefined;
  }>([
    { name: 'nobody knows before replicas were seen', rules: allBut(), replicas: [], expected: undefined },
    {
      name: 'nobody knows either what an exclusion leaves of them',
      ...{ rules: allBut(westus), replicas: [], expected: undefined },
    },
    {
      name: 'every replica that is ready, the home region among them',
      ...{ rules: allBut(), replicas: [home, sight(westeurope), notReady], expected: [westus, westeurope] },
    },
    {
      name: 'a replica to which nothing is routed',
      ...{ rules: allBut(), replicas: [home, sight(eastus, { isRouted: false })], expected: [westus, eastus] },
    },
    {
      name: 'never one that is excluded, however ready',
      ...{ rules: allBut(westus, eastus), replicas: [home, sight(westeurope), notReady], expected: [westeurope] },
    },
    { name: 'those that counted last when none is ready', rules: allBut(), replicas: [notReady], expected: undefined },
    { name: 'none when all are excluded', rules: allBut(westus), replicas: [home], expected: [] },
    { name: 'those that are listed, seen or not', rules: only(eastus), replicas: [], expected: [eastus] },
    {
      name: 'those that are listed, ready or not',
      rules: only(eastus),
      replicas: [home, notReady],
      expected: [eastus],
    },
    {
      name: 'of those that are listed, none that is excluded',
      ...{ rules: { ...only(westus, eastus), exclude: [westus] }, replicas: [home], expected: [eastus] },
    },
  ])('$name', ({ rules, replicas, expected }) => {
    expect(countingRegions(rules, replicas)).toEqual(expected);
  });
});

describe('regionsWithoutReplica', () => {
  const replica = { region: westus, isHome: true, provisioningState: 'Succeeded', isRouted: true, isReady: true };
  it.for([
    { name: 'none while regions are not known', regions: 'unknown' as OptedIn, replicas: [replica], expected: [] },
    { name: 'none while replicas are not known', regions: optedIn(westus, eastus), replicas: [], expected: [] },
    { name: 'none when each has one', regions: optedIn(westus), replicas: [replica], expected: [] },
    {
      name: 'one that is listed by mistake',
      regions: optedIn(westus, eastus),
      replicas: [replica],
      expected: [eastus],
    },
  ])('are $name', ({ regions, replicas, expected }) => {
    expect(regionsWithoutReplica(regions, replicas)).toEqual(expected);
  });
});

describe('regionsToHear', () => {
  const sight = (region: Region, isReady: boolean): ReplicaSight => ({
    ...{ name: `replica-of-${region}`, region, isHome: false },
    ...{ provisioningState: isReady ? 'Succeeded' : 'Creating', displayStatus: 'Ready', isRouted: true, isReady },
  });
  const replicas = [sight(westus, true), sight(eastus, false)];

  it.for<{ name: string; regions: OptedIn; expected: readonly Region[] }>([
    {
      name: 'those that count, and those that will when they are ready',
      regions: optedIn(westus),
      expected: [westus, eastus],
    },
    { name: 'none that is ready and does not count', regions: optedIn(westeurope), expected: [eastus] },
    { name: 'all while nobody knows which of them count', regions: 'unknown', expected: [westus, eastus] },
  ])('$name', ({ regions, expected }) => {
    expect(regionsToHear(regions, replicas)).toEqual(expected);
  });
});

describe('narrowed', () => {
  it.for([
    { name: 'no rule leaves all regions', rule: undefined, expected: both },
    { name: 'a rule leaves the regions it names', rule: only(eastus), expected: optedIn(eastus) },
    { name: 'a rule does not opt a region in', rule: only(eastus, westeurope), expected: optedIn(eastus) },
    { name: 'a rule may leave none', rule: only(westeurope), expected: optedIn() },
    { name: 'an exclusion leaves the others', rule: allBut(westus), expected: optedIn(eastus) },
    { name: 'an exclusion may be of a region that is not there', rule: allBut(westeurope), expected: both },
    { name: 'an exclusion takes off what is named', rule: { ...only(westus), exclude: [westus] }, expected: optedIn() },
  ])('$name', ({ rule, expected }) => {
    expect(narrowed(optedIn(westus, eastus), rule)).toEqual(expected);
  });

  it('what is unknown stays unknown', () => {
    expect(narrowed('unknown', only(eastus))).toBe('unknown');
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
