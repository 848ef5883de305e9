// What was measured, as one table for people and as JSON for programs.
import { mean } from './statistics.ts';

export interface Row {
  readonly name: string;
  readonly value: number;
  /** Empty for a plain number. */
  readonly unit: string;
  /** Of the single rounds. */
  readonly low?: number;
  readonly high?: number;
  /** What else a reader needs, beside the figure. */
  readonly detail?: string;
  readonly target?: Target;
}

export interface Target {
  readonly text: string;
  readonly isMet: boolean;
}

export interface Section {
  readonly part: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly seconds: number;
}

export interface Report {
  readonly startedAt: string;
  readonly seconds: number;
  readonly isShort: boolean;
  readonly machine: string;
  readonly notes: readonly string[];
  readonly sections: readonly Section[];
}

/** Three or four digits that count: no figure here is better than that. */
export function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) {
    return Math.round(value).toLocaleString('en-US');
  }
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

/** The mean of several rounds, with the smallest and the largest. */
export function overRounds(name: string, unit: string, values: readonly number[], more: Partial<Row> = {}): Row {
  const spread = values.length > 1 ? { low: Math.min(...values), high: Math.max(...values) } : {};
  return { name, value: mean(values), unit, ...spread, ...more };
}

const HEAD = ['', 'measured', 'rounds', 'target', ''];

function cells({ name, value, unit, low, high, target }: Row): readonly string[] {
  const rounds = low === undefined || high === undefined ? '' : `${figure(low)}–${figure(high)}`;
  const verdict = target === undefined ? '' : target.isMet ? 'met' : 'NOT MET';
  return [`  ${name}`, `${figure(value)} ${unit}`.trim(), rounds, target?.text ?? '', verdict];
}

/** Details stand below, so that the columns stay narrow. */
const linesOf = (row: Row) => [cells(row), ...(row.detail ? [`      ${row.detail}`] : [])];

export function table({ startedAt, seconds, isShort, machine, notes, sections }: Report): string {
  const lines = sections.flatMap(({ title, rows }) => ['', title, ...rows.flatMap(linesOf)]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => (typeof line === 'string' ? 0 : (line[column]?.length ?? 0)))),
  );
  const shown = (line: string | readonly string[]) =>
    typeof line === 'string'
      ? line
      : line
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd();
  const intro = `Landfall bench, ${startedAt}, ${Math.round(seconds)} s: ${machine}`;
  const warning = isShort ? ['Tiny sizes: this proves that the bench runs, and its figures mean nothing.'] : [];
  return [intro, ...warning, ...notes, '', shown(HEAD), ...lines.map(shown), ''].join('\n');
}
