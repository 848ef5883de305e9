// Webhooks a second of the whole app, beside the floor of the same run: a floor before and after every round, because a
// shared machine changes its mind.
import { cpuRow, total } from './cpu.ts';
import { type FloorRound, RawWriter } from './floor.ts';
import { type Bench, type Delivery, deliver, messagesRow, type Part, startBed, unexpectedAnswers } from './part.ts';
import { FAR_APART, newPushes, TOGETHER } from './pushes.ts';
import { overRounds, type Row } from './report.ts';
import { mean } from './statistics.ts';

/** A bare prototype reached 0.26 to 0.32. */
const RATIO_TARGET = 0.3;

export const throughput: Part = { name: 'throughput', title: 'Webhooks beside raw inserts', run };

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  const bed = await startBed(bench);
  const floor = new RawWriter(bed.storage, 'floor');
  await floor.createTable();
  await floor.measure(sizes.floorInserts, ['insert']);
  const measureFloor = async () => {
    floors.push(await floor.measure(sizes.floorInserts, ['insert']));
    say(`floor: ${floors.at(-1)?.perSecond.toFixed(0)} inserts/s`);
  };
  const floors: FloorRound[] = [];
  const together: Delivery[] = [];
  const farApart: Delivery[] = [];
  await measureFloor();
  for (let round = 0; round < sizes.rounds; round += 1) {
    together.push(await deliver(bed, newPushes(sizes.pushes), TOGETHER));
    farApart.push(await deliver(bed, newPushes(sizes.pushes), FAR_APART));
    say(
      `webhooks: ${together.at(-1)?.perSecond.toFixed(0)}/s together, ${farApart.at(-1)?.perSecond.toFixed(0)}/s far apart`,
    );
    await measureFloor();
  }
  return [
    over('raw inserts by the SDK: the floor', '/s', floors, ({ perSecond }) => perSecond),
    cpuRow(
      '  CPU per insert',
      floors.map(({ cpu }) => cpu),
    ),
    ...rowsOf(`regions close together (${TOGETHER} pushes interleaved)`, together, floors),
    ...rowsOf(`regions far apart (${FAR_APART} pushes interleaved)`, farApart, floors),
    ...unexpectedAnswers([...together, ...farApart]),
  ];
}

const over = <T>(name: string, unit: string, rounds: readonly T[], of: (round: T) => number): Row =>
  overRounds(name, unit, rounds.map(of));

function rowsOf(name: string, rounds: readonly Delivery[], floors: readonly FloorRound[]): readonly Row[] {
  const floorCpus = floors.map(({ cpu }) => total(cpu));
  /** Of each round to the floors before and after it. */
  const ratios = rounds.map(({ perSecond }, round) => perSecond / meanSpeed(floors.slice(round, round + 2)));
  /** What others do on the machine meanwhile changes this less. */
  const cpuRatios = rounds.map(({ cpu }, round) => mean(floorCpus.slice(round, round + 2)) / total(cpu));
  return [
    over(name, 'webhooks/s', rounds, ({ perSecond }) => perSecond),
    overRounds('  of raw inserts', '', ratios, {
      target: { text: `>= ${RATIO_TARGET}`, isMet: Number(mean(ratios).toFixed(3)) >= RATIO_TARGET },
    }),
    overRounds('  of raw inserts, by CPU time of all processes', '', cpuRatios),
    over('  latency p50', 'ms', rounds, ({ p50Ms }) => p50Ms),
    over('  latency p95', 'ms', rounds, ({ p95Ms }) => p95Ms),
    over('  latency p99', 'ms', rounds, ({ p99Ms }) => p99Ms),
    cpuRow(
      '  CPU per webhook',
      rounds.map(({ cpu }) => cpu),
    ),
    messagesRow(rounds),
  ];
}

const meanSpeed = (floors: readonly FloorRound[]) => mean(floors.map(({ perSecond }) => perSecond));
