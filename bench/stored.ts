// Webhooks a second when next to nothing is stored, and when a hundred thousand finished tags are.
import { comparison, inTurns } from './compared.ts';
import { total } from './cpu.ts';
import { type Bed, type Bench, type Delivery, deliver, type Part, startBed, unexpectedAnswers } from './part.ts';
import { FAR_APART, newPushes } from './pushes.ts';
import type { Row } from './report.ts';

export const stored: Part = { name: 'stored', title: 'Webhooks far apart, by what is stored', run };

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  const full = await startBed(bench, { storage: await bench.finishedStorage(), isCountingAnswers: true });
  const empty = await startBed(bench, { isCountingAnswers: true });
  const measure = async (bed: Bed, name: string) => {
    const delivery = await deliver(bed, newPushes(sizes.comparedPushes), FAR_APART);
    say(`webhooks ${name} finished tags: ${delivery.perSecond.toFixed(0)}/s`);
    return delivery;
  };
  const rounds = await inTurns(
    sizes.comparedRounds,
    () => measure(empty, 'without'),
    () => measure(full, 'with'),
  );
  const compare = (name: string, unit: string, of: (delivery: Delivery) => number) =>
    comparison(name, unit, sizes.finishedTags, { without: rounds.without.map(of), with: rounds.with.map(of) });
  return [
    ...compare('webhooks', '/s', ({ perSecond }) => perSecond),
    ...compare('storage operations per webhook', '', ({ operations }) => operations),
    ...compare('CPU of all processes per webhook', 'ms', ({ cpu }) => total(cpu)),
    ...unexpectedAnswers([...rounds.without, ...rounds.with]),
  ];
}
