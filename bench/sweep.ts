// A sweep of many tags in flight of which few are due, with and without finished tags in storage. Measured inside the
// app's process, around the timer function `sweep`.
import { comparison, inTurns } from './compared.ts';
import { type Cpu, cpuPer } from './cpu.ts';
import { type Bed, type Bench, meters, type Part, startBed } from './part.ts';
import type { Row } from './report.ts';
import { seedInFlight } from './seed.ts';

export const sweep: Part = { name: 'sweep', title: 'Sweep of tags in flight', run };

interface Round {
  readonly milliseconds: number;
  readonly operations: number;
  readonly cpu: Cpu;
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  const { inFlightTags, dueTags, finishedTags } = sizes;
  const full = await startBed(bench, { storage: await bench.finishedStorage(), isCountingAnswers: true });
  const empty = await startBed(bench, { isCountingAnswers: true });
  for (const { storage } of [empty, full]) {
    await seedInFlight(storage, 'waiting', inFlightTags - dueTags, false);
  }
  let round = 0;
  const measure = async (bed: Bed, name: string) => {
    round += 1;
    await seedInFlight(bed.storage, `due${round}`, dueTags, true);
    const swept = await sweepOnce(bed, dueTags);
    say(`sweep ${name} finished tags: ${swept.milliseconds.toFixed(0)} ms`);
    return swept;
  };
  // The first sweep of a process loads what it needs.
  await measure(empty, 'without (not counted)');
  await measure(full, 'with (not counted)');
  const rounds = await inTurns(
    sizes.comparedRounds,
    () => measure(empty, 'without'),
    () => measure(full, 'with'),
  );
  const compare = (name: string, unit: string, of: (round: Round) => number, isControl = false) => {
    const pair = { without: rounds.without.map(of), with: rounds.with.map(of) };
    return comparison(finishedTags, { name, unit, isControl, ...pair });
  };
  const name = `${inFlightTags.toLocaleString('en-US')} in flight, ${dueTags} due`;
  return [
    ...compare(name, 'ms', ({ milliseconds }) => milliseconds),
    ...compare('storage operations', '', ({ operations }) => operations),
    ...compare('CPU of the app', 'ms', ({ cpu }) => cpu['app'] ?? Number.NaN, true),
    ...compare('CPU of Azurite', 'ms', ({ cpu }) => cpu['storage'] ?? Number.NaN, true),
  ];
}

/** Each due tag lags in one region: that is announced, and another alarm set. */
async function sweepOnce(bed: Bed, dueTags: number): Promise<Round> {
  const before = await meters(bed);
  const { milliseconds, line } = await bed.app.sweep();
  const after = await meters(bed);
  const { due, failed, isComplete } = JSON.parse(line) as Record<string, unknown>;
  const messages = after.messages - before.messages;
  if (due !== dueTags || messages !== dueTags || failed !== 0 || isComplete !== true) {
    throw new Error(
      `expected a sweep of ${dueTags} due tags with a message each, got ${messages} messages and ${line}`,
    );
  }
  const operations = after.operations - before.operations;
  return { milliseconds, operations, cpu: cpuPer(1, before.cpu, after.cpu) };
}
