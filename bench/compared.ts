// Does it matter how much is stored? Rounds with and without, in turns, and the noise between rounds of the same kind:
// a difference below that says nothing.
import { overRounds, type Row } from './report.ts';
import { mean } from './statistics.ts';

export interface Pair {
  readonly without: readonly number[];
  readonly with: readonly number[];
}

/** Figures that hardly vary, such as counts, may differ by this much. */
const NEGLIGIBLE = 0.01;

/** Without, with, with, without, …: what drifts meanwhile hits both alike. */
export async function inTurns<T>(
  rounds: number,
  without: () => Promise<T>,
  withThem: () => Promise<T>,
): Promise<{ readonly without: readonly T[]; readonly with: readonly T[] }> {
  const found = { without: [] as T[], with: [] as T[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const isWith of round % 2 === 0 ? [false, true] : [true, false]) {
      found[isWith ? 'with' : 'without'].push(await (isWith ? withThem() : without()));
    }
  }
  return found;
}

/** By how much rounds of the same kind differ at the most. */
export function noise(pair: Pair): number {
  return Math.max(...[pair.without, pair.with].map((values) => Math.max(...values) / Math.min(...values) - 1));
}

export function comparison(name: string, unit: string, finished: number, pair: Pair): readonly Row[] {
  const difference = mean(pair.with) / mean(pair.without) - 1;
  const limit = noise(pair);
  return [
    overRounds(`${name}, 0 finished tags stored`, unit, pair.without),
    overRounds(`${name}, ${finished.toLocaleString('en-US')} finished tags stored`, unit, pair.with),
    {
      ...{ name: '  difference', value: difference * 100, unit: '%' },
      detail: `noise: rounds of the same kind differ by up to ${(limit * 100).toFixed(1)} %`,
      target: { text: 'within the noise', isMet: Math.abs(difference) <= Math.max(limit, NEGLIGIBLE) },
    },
  ];
}
