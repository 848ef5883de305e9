import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { plainPaint } from '../../../src/local/view/paint.ts';
import { followPush, type ReplicationBody } from '../../../src/local/view/push-lines.ts';

const { replicas } = newContoso();
const firstHeardAt = '2026-11-17T16:52:00.000Z';

/** @param lags of regions that have it; null for those that lack it */
function bodyOf(
  status: ReplicationBody['status'],
  lags: Record<string, number | null>,
  more: Partial<ReplicationBody> = {},
): ReplicationBody {
  const regions = Object.entries(lags).map(([region, lagMs]) => ({
    ...{ region, arrivedAt: lagMs === null ? null : firstHeardAt, lagMs: lagMs ?? 61_000, lagging: false },
  }));
  return { status, firstHeardAt, regions, ...more };
}

/** The lines of each step, until it is over. */
function follow(bodies: readonly (ReplicationBody | undefined)[], lost: readonly string[] = []) {
  const step = followPush({ replicas, lost });
  return bodies.map((body) => {
    const { lines, isOver } = step(body, plainPaint);
    return { lines, isOver };
  });
}

describe('following a push', () => {
  it('tells each region once, by how late it is, and that it is everywhere', () => {
    const some = { westus: 0, eastus: 2_300, canadacentral: null, westeurope: null };
    const all = { westus: 0, eastus: 2_300, canadacentral: 8_100, westeurope: 5_000 };
    const completedAt = '2026-11-17T16:52:08.100Z';
    const bodies = [undefined, bodyOf('replicating', some), bodyOf('replicated', all, { completedAt })];
    expect(follow(bodies)).toEqual([
      { lines: [], isOver: false },
      { lines: ['  West US         arrived  first', '  East US         arrived  +2.3 s'], isOver: false },
      {
        lines: [
          '  West Europe     arrived  +5.0 s',
          '  Canada Central  arrived  +8.1 s',
          'Completed: it is in every region after 8.1 s.',
        ],
        isOver: true,
      },
    ]);
  });

  it('tells once that the others have a push whose webhook got lost, and waits until the app has found it', () => {
    const lags = { westus: 0, eastus: 1_000, canadacentral: 2_000, westeurope: null };
    const found = bodyOf('replicated', { ...lags, westeurope: 4_000 });
    const regions = found.regions.map((region) => ({ ...region, source: region.lagMs === 4_000 ? 'reconciled' : '' }));
    const bodies = [bodyOf('replicating', lags), bodyOf('replicating', lags), { ...found, regions }];
    const steps = follow(bodies, ['westeurope']);
    expect(steps[0]?.lines.at(-1)).toBe(
      "The webhook of West Europe got lost, as you asked: the app will find it in the registry's delivery history.",
    );
    expect(steps[1]).toEqual({ lines: [], isOver: false });
    expect(steps[2]).toEqual({
      lines: [
        "  West Europe     arrived  +4.0 s  found in the registry's history",
        expect.stringMatching(/^Completed/),
      ],
      isOver: true,
    });
  });

  it('does not wait for lost ones that are lagging: the app has looked for them by then', () => {
    const body = bodyOf('replicating', { westus: 0, eastus: null, westeurope: null });
    const lagging = (...names: string[]) => ({
      ...body,
      regions: body.regions.map((region) => ({ ...region, lagging: names.includes(region.region) })),
    });
    const lost = ['eastus', 'westeurope'];
    const steps = [lagging('eastus'), lagging('eastus', 'westeurope')];
    expect(follow(steps, lost).map(({ isOver }) => isOver)).toEqual([false, true]);
    expect(follow([lagging('eastus', 'westeurope')], ['eastus'])[0]?.isOver).toBe(false);
  });

  it('tells when every webhook got lost, before the app has heard of it', () => {
    const lost = replicas.map(({ region }) => region);
    const steps = follow([undefined, undefined], lost);
    expect(steps[0]?.lines).toEqual([
      "The webhooks of West US, East US, Canada Central, West Europe got lost, as you asked: the app will find them in the registry's delivery history.",
    ]);
    expect(steps[1]).toEqual({ lines: [], isOver: false });
  });

  it('tells that a region is lagging, once, and goes on', () => {
    const body = bodyOf('replicating', { westus: 0, eastus: null });
    const late = { ...body, regions: body.regions.map((region) => ({ ...region, lagging: region.lagMs > 0 })) };
    expect(follow([late, late])).toEqual([
      {
        lines: ['  West US         arrived  first', '  East US         lagging  missing for 61 s'],
        isOver: false,
      },
      { lines: [], isOver: false },
    ]);
  });

  it.for([
    { name: 'superseded', status: 'superseded' as const, expected: /^Superseded/ },
    { name: 'abandoned', status: 'abandoned' as const, expected: /^Abandoned/ },
  ])('is over when it was $name', ({ status, expected }) => {
    const [step] = follow([bodyOf(status, { westus: 0, eastus: null })]);
    expect(step?.isOver).toBe(true);
    expect(step?.lines.at(-1)).toMatch(expected);
  });
});
