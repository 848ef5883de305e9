// Does it matter how much is stored? Rounds with and without, in turns, and the noise that rounds of the same kind show: a
// difference below that says nothing.
import { figure, overRounds, type Row } from './report.ts';
import { mean, standardError } from './statistics.ts';

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

/**
 * How far apart, as a part of the mean without, the two means may be by chance: two standard errors of their difference,
 * which chance alone exceeds once in twenty times.
 */
export function noise(pair: Pair): number {
  return (2 * Math.hypot(standardError(pair.without), standardError(pair.with))) / mean(pair.without);
}

export interface Compared extends Pair {
  readonly name: string;
  readonly unit: string;
  /** Only to see where a difference comes from: it need not be within the noise. */
  readonly isControl?: boolean;
  readonly detail?: string;
}

export function comparison(finished: number, compared: Compared): readonly Row[] {
  const { name, unit, isControl = false, detail = '', ...pair } = compared;
  const difference = mean(pair.with) / mean(pair.without) - 1;
  const limit = Math.max(noise(pair), NEGLIGIBLE);
  return [
    overRounds(`${name}, 0 finished tags stored`, unit, pair.without),
    overRounds(`${name}, ${finished.toLocaleString('en-US')} finished tags stored`, unit, pair.with),
    {
      ...{ name: '  difference', value: difference * 100, unit: '%' },
      detail: `noise ${figure(limit * 100)} %${detail}`,
      ...(isControl ? {} : { target: { text: 'within the noise', isMet: Math.abs(difference) <= limit } }),
    },
  ];
}
