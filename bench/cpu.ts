// CPU time of the processes that a request keeps busy. On a machine that others use too it tells more than the clock.
import { readFileSync } from 'node:fs';
import type { Row } from './report.ts';
import { mean } from './statistics.ts';

/** In milliseconds, by who used it; undefined where it cannot be read. */
export type Cpu = Readonly<Record<string, number | undefined>>;

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15, in hundredths of a second. */
const TICK_MS = 10;

/** User and system time of another process; undefined where the platform does not tell. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return ((user ?? 0) + (system ?? 0)) * TICK_MS;
  } catch {
    return undefined;
  }
}

export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What was used in between, shared out among so many requests. */
export function cpuPer(requests: number, before: Cpu, after: Cpu): Cpu {
  return Object.fromEntries(
    Object.entries(after).map(([name, ms]) => {
      const earlier = before[name];
      return [name, ms === undefined || earlier === undefined ? undefined : (ms - earlier) / requests];
    }),
  );
}

export const total = (cpu: Cpu): number => Object.values(cpu).reduce<number>((sum, ms = 0) => sum + ms, 0);

/** The mean of several rounds, and who has which part in it. */
export function cpuRow(name: string, rounds: readonly Cpu[]): Row {
  const totals = rounds.map(total);
  const parts = Object.keys(rounds[0] ?? {}).map((part) => {
    const known = rounds.flatMap((cpu) => cpu[part] ?? []);
    return `${part} ${known.length === 0 ? 'unknown' : mean(known).toFixed(2)}`;
  });
  const spread = totals.length > 1 ? { low: Math.min(...totals), high: Math.max(...totals) } : {};
  return { name, value: mean(totals), unit: 'ms', ...spread, detail: parts.join(', ') };
}
