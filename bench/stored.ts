// Webhooks a second when next to nothing is stored, and when a hundred thousand finished tags are.
import { type Compared, comparison, inTurns } from './compared.ts';
import { RawWriter } from './floor.ts';
import { type Bed, type Bench, type Delivery, deliver, type Part, startBed, unexpectedAnswers } from './part.ts';
import { FAR_APART, newPushes } from './pushes.ts';
import type { Row } from './report.ts';

/** Where the documents of tags are. */
const TABLE = 'tags';

export const stored: Part = { name: 'stored', title: 'Webhooks far apart, by what is stored', run };

interface Round extends Delivery {
  readonly writesPerSecond: number;
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  const full = await startBed(bench, { storage: await bench.finishedStorage(), isCountingAnswers: true });
  const empty = await startBed(bench, { isCountingAnswers: true });
  const writers = new Map([full, empty].map((bed) => [bed, new RawWriter(bed.storage, TABLE)]));
  const measure = async (bed: Bed, name: string): Promise<Round> => {
    const delivery = await deliver(bed, newPushes(sizes.comparedPushes), FAR_APART);
    const raw = await writers.get(bed)?.measure(sizes.comparedPushes, ['insert', 'replace']);
    say(`webhooks ${name} finished tags: ${delivery.perSecond.toFixed(0)}/s`);
    return { ...delivery, writesPerSecond: raw?.perSecond ?? Number.NaN };
  };
  const rounds = await inTurns(
    sizes.comparedRounds,
    () => measure(empty, 'without'),
    () => measure(full, 'with'),
  );
  const compare = (name: string, unit: string, of: (round: Round) => number, more: Partial<Compared> = {}) => {
    const pair = { without: rounds.without.map(of), with: rounds.with.map(of) };
    return comparison(sizes.finishedTags, { name, unit, ...pair, ...more });
  };
  return [
    ...compare('webhooks', '/s', ({ perSecond }) => perSecond),
    ...compare('storage operations per webhook', '', ({ operations }) => operations),
    ...compare('CPU of the app per webhook', 'ms', ({ cpu }) => cpu['app'] ?? Number.NaN, { isControl: true }),
    ...compare('CPU of Azurite per webhook', 'ms', ({ cpu }) => cpu['storage'] ?? Number.NaN, {
      isControl: true,
      detail: '; Azurite keeps its indexes in arrays, so that a write costs more the more rows a table has',
    }),
    ...compare('raw writes by the SDK to the same table', '/s', ({ writesPerSecond }) => writesPerSecond, {
      isControl: true,
    }),
    ...unexpectedAnswers([...rounds.without, ...rounds.with]),
  ];
}
