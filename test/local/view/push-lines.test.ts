import { describe, expect, it } from 'vitest';
import { newContoso } from '../../../src/local/registry/model.ts';
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
  const step = followPush({ replicas, lost, lagAfterSeconds: 60 });
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

  it('does not wait for a region whose webhook gets lost', () => {
    const lags = { westus: 0, eastus: 1_000, canadacentral: 2_000, westeurope: null };
    const [{ lines, isOver } = { lines: [], isOver: false }] = follow([bodyOf('replicating', lags)], ['westeurope']);
    expect(lines.at(-1)).toBe(
      'The webhook of West Europe got lost, as you asked: the app will flag it as lagging after 60 s.',
    );
    expect(isOver).toBe(true);
  });

  it('waits for the others', () => {
    const lags = { westus: 0, eastus: null, canadacentral: 2_000, westeurope: null };
    expect(follow([bodyOf('replicating', lags)], ['westeurope'])[0]?.isOver).toBe(false);
  });

  it('is over when no region will ever report it', () => {
    const lost = replicas.map(({ region }) => region);
    expect(follow([undefined], lost)[0]?.isOver).toBe(true);
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
