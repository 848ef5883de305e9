import { describe, expect, it } from 'vitest';
import { parseDigest, parseRepository, parseTag, type Region, type Tag } from '../../../src/core/names.ts';
import { seededRandom } from '../../../src/local/registry/random.ts';
import { type Burst, buildNumber, nextBurst } from '../../../src/local/registry/traffic.ts';

const regions: [Region, ...Region[]] = ['westus' as Region, 'eastus' as Region, 'westeurope' as Region];

/** So many bursts, each knowing the builds of those before it. */
function bursts(length: number, seed = 1): Burst[] {
  const random = seededRandom(seed);
  const builds = new Map<string, number>();
  return Array.from({ length }, () => {
    const burst = nextBurst(random, regions, (repository) => builds.get(repository) ?? 0);
    for (const { repository, tag } of burst.pushes) {
      builds.set(repository, Math.max(builds.get(repository) ?? 0, buildNumber(tag)));
    }
    return burst;
  });
}

describe('nextBurst', () => {
  const pushes = bursts(500).flatMap((burst) => burst.pushes);

  it('names everything as a registry would', () => {
    for (const { repository, tag, digest, region } of pushes) {
      expect(parseRepository(repository).type).toBe('valid');
      expect(parseTag(tag).type).toBe('valid');
      expect(parseDigest(digest).type).toBe('valid');
      expect(regions).toContain(region);
    }
  });

  it('pushes each version once, and in order', () => {
    for (const repository of new Set(pushes.map((push) => push.repository))) {
      const versions = pushes.filter((push) => push.repository === repository && push.tag !== 'latest');
      expect(versions.map(({ tag }) => buildNumber(tag))).toEqual(versions.map((_, index) => index + 1));
    }
  });

  it('sometimes moves latest to a version, with its digest', () => {
    const moved = bursts(500).filter((burst) => burst.pushes[1]?.digest === burst.pushes[0].digest);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.every((burst) => burst.pushes[1]?.tag === 'latest')).toBe(true);
  });

  it('sometimes overwrites latest soon after', () => {
    const overwritten = bursts(500).filter(({ pushes: [first, second] }) => first.tag === second?.tag);
    expect(overwritten.length).toBeGreaterThan(0);
    for (const { pushes: both } of overwritten) {
      expect(both[0].digest).not.toBe(both[1]?.digest);
      expect(both[1]?.afterMs).toBeGreaterThan(0);
    }
  });

  it('is the same for the same seed, and another for another', () => {
    expect(bursts(20)).toEqual(bursts(20));
    expect(bursts(20)).not.toEqual(bursts(20, 2));
  });
});

describe('buildNumber', () => {
  it.for([
    { name: 'of three parts', tag: '1.4.12', expected: 12 },
    { name: 'of two parts', tag: '7.3', expected: 3 },
    { name: 'of latest', tag: 'latest', expected: 0 },
    { name: 'of a tag that a person made up', tag: '1.4.12-rc', expected: 0 },
  ])('$name is $expected', ({ tag, expected }) => {
    expect(buildNumber(tag as Tag)).toBe(expected);
  });
});
