// Storage operations per webhook, counted at the wire: webhook by webhook on a warm instance, then under load, where
// regions that come together share a write.
import { load } from './load.ts';
import { type Bed, type Bench, deliver, type Part } from './part.ts';
import { FAR_APART, newPushes, type Push, REGIONS, TOGETHER, webhook } from './pushes.ts';
import { figure, type Row } from './report.ts';
import { mean } from './statistics.ts';
import { type Operation, startStorageProxy } from './storage-proxy.ts';

/** Rounded to two digits, as it is shown. */
const AVERAGE_TARGET = 2;
/** Opted-in regions are read, and signs of life written, once a minute and not per webhook. */
const MINUTELY_TABLE = 'registries';

export const operations: Part = { name: 'operations', title: 'Storage operations per webhook, at the wire', run };

type Kind = 'first' | 'middle' | 'completing' | 'repeat';

async function run({ processes, sizes, say, broker: startBroker }: Bench): Promise<readonly Row[]> {
  const storage = await processes.startStorage();
  const proxy = await startStorageProxy(storage);
  processes.closeLater(() => proxy.close());
  const broker = await startBroker();
  const bed: Bed = { storage: proxy, broker, app: await processes.startApp({ storage: proxy, broker }) };
  await deliver(bed, newPushes(sizes.warmUpPushes), TOGETHER);
  proxy.take();
  const minutely: Operation[] = [];
  const take = () => {
    const taken = proxy.take();
    minutely.push(...taken.filter(({ table }) => table === MINUTELY_TABLE));
    return taken.filter(({ table }) => table !== MINUTELY_TABLE);
  };
  const counted = await countOneByOne(bed, take, sizes.countedPushes);
  say(`operations: ${sizes.countedPushes} pushes counted one by one`);
  const averages: Row[] = [];
  for (const [name, interleaved] of [
    ['together', TOGETHER],
    ['far apart', FAR_APART],
  ] as const) {
    const { calls } = await deliver(bed, newPushes(sizes.comparedPushes), interleaved);
    const average = take().length / calls;
    averages.push({
      ...{ name: `average, regions of a push ${name}, 32 in flight`, value: average, unit: '' },
      target: { text: `<= ${AVERAGE_TARGET.toFixed(1)}`, isMet: Number(average.toFixed(2)) <= AVERAGE_TARGET },
    });
  }
  return [
    row('first arrival of a push', counted.first),
    row('a middle arrival', counted.middle, 1),
    row('the completing arrival', counted.completing),
    row('a repeat', counted.repeat, 0),
    ...averages,
    { name: 'besides: once a minute, all webhooks together', value: minutely.length, unit: 'in this part' },
  ];
}

async function countOneByOne(
  { app }: Bed,
  take: () => readonly Operation[],
  pushes: number,
): Promise<Record<Kind, (readonly Operation[])[]>> {
  const counted: Record<Kind, (readonly Operation[])[]> = { first: [], middle: [], completing: [], repeat: [] };
  for (const push of newPushes(pushes)) {
    for (const { kind, call } of arrivalsOf(push, app.key)) {
      await load(app.url, [call]);
      counted[kind].push(take());
    }
  }
  return counted;
}

function arrivalsOf(push: Push, key: string) {
  const kinds: readonly Kind[] = ['first', ...REGIONS.slice(2).map(() => 'middle' as const), 'completing'];
  const arrivals = REGIONS.map((region, index) => ({
    kind: kinds[index] ?? 'middle',
    call: webhook(push, region, key),
  }));
  return [...arrivals, ...arrivals.map(({ call }) => ({ kind: 'repeat' as const, call }))];
}

/** @param exactly what each single one is to cost */
function row(name: string, counted: readonly (readonly Operation[])[], exactly?: number): Row {
  const counts = counted.map(({ length }) => length);
  const target = exactly === undefined ? undefined : targetOf(counts, exactly);
  const spread = { low: Math.min(...counts), high: Math.max(...counts) };
  return {
    name,
    value: mean(counts),
    unit: '',
    ...spread,
    detail: byTable(counted.flat(), counts.length),
    ...(target && { target }),
  };
}

const targetOf = (counts: readonly number[], exactly: number) => ({
  text: `exactly ${exactly}`,
  isMet: counts.every((count) => count === exactly),
});

function byTable(taken: readonly Operation[], webhooks: number): string {
  const groups = Object.entries(Object.groupBy(taken, ({ method, table }) => `${method} ${table}`));
  return groups
    .map(([name, { length } = []]) => (length === webhooks ? name : `${figure(length / webhooks)} ${name}`))
    .join(', ');
}
