// Two instances of the app on one storage, and the regions of each push go to one and the other in turns: the worst that
// a load balancer can do to documents that are written by compare-and-swap.
import type { Answers } from './app-process.ts';
import { type Load, loadAll } from './load.ts';
import { type Bench, messagesRow, type Part, unexpectedAnswers } from './part.ts';
import type { App, Broker } from './processes.ts';
import { FAR_APART, inOrder, newPushes, REGIONS, TOGETHER, webhook } from './pushes.ts';
import type { Row } from './report.ts';

const INSTANCES = 2;
/** Already there, and changed since it was read. */
const CONFLICT_STATUSES = [409, 412];

export const instances: Part = { name: 'instances', title: 'Two instances on one storage, regions split', run };

interface Round extends Load {
  readonly operations: number;
  readonly conflicts: number;
  readonly messagesPerPush: number;
}

async function run({ processes, sizes, say, broker: startBroker }: Bench): Promise<readonly Row[]> {
  const storage = await processes.startStorage();
  const broker = await startBroker();
  const options = { storage, broker, isCountingAnswers: true };
  const apps = [await processes.startApp(options), await processes.startApp(options)];
  await deliverSplit(apps, broker, sizes.warmUpPushes, TOGETHER);
  const rows: Row[] = [];
  for (const [name, interleaved] of [
    ['close together', TOGETHER],
    ['far apart', FAR_APART],
  ] as const) {
    const round = await deliverSplit(apps, broker, sizes.comparedPushes, interleaved);
    say(`two instances, regions ${name}: ${round.perSecond.toFixed(0)} webhooks/s`);
    rows.push(...rowsOf(`regions ${name}`, round));
  }
  return rows;
}

async function deliverSplit(apps: readonly App[], broker: Broker, count: number, interleaved: number): Promise<Round> {
  const pushes = newPushes(count);
  const addressed = inOrder(pushes, interleaved, (push, region) => {
    const { url = '', key = '' } = apps[REGIONS.indexOf(region) % INSTANCES] ?? {};
    return { url, call: webhook(push, region, key) };
  });
  const messagesBefore = await broker.messages();
  const before = await answersOf(apps);
  const loaded = await loadAll(addressed);
  const after = await answersOf(apps);
  const messagesPerPush = ((await broker.messages()) - messagesBefore) / pushes.length;
  return {
    ...loaded,
    operations: total(after) - total(before),
    conflicts: conflictsIn(after) - conflictsIn(before),
    messagesPerPush,
  };
}

const answersOf = (apps: readonly App[]) => Promise.all(apps.map((app) => app.storageAnswers()));
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
const total = (answers: readonly Answers[]) => sum(answers.flatMap((counts) => Object.values(counts)));
const conflictsIn = (answers: readonly Answers[]) =>
  sum(answers.flatMap((counts) => CONFLICT_STATUSES.map((status) => counts[status] ?? 0)));

function rowsOf(name: string, round: Round): readonly Row[] {
  const { calls, perSecond, p50Ms, p95Ms, p99Ms, operations, conflicts } = round;
  return [
    {
      ...{ name, value: perSecond, unit: 'webhooks/s' },
      detail: `p50 ${p50Ms.toFixed(0)}, p95 ${p95Ms.toFixed(0)}, p99 ${p99Ms.toFixed(0)} ms`,
    },
    { name: '  conflicts (409, 412) per webhook', value: conflicts / calls, unit: '', detail: `${conflicts} in all` },
    { name: '  storage operations per webhook', value: operations / calls, unit: '' },
    messagesRow([round]),
    ...unexpectedAnswers([round]),
  ];
}
