// What every part of the bench is given, and what they have in common: a bed to measure in.
import { type Cpu, cpuMsOf, cpuPer, ownCpuMs } from './cpu.ts';
import { type Load, load } from './load.ts';
import type { App, AppOptions, Broker, Processes, Storage } from './processes.ts';
import { inOrder, newPushes, type Push, TOGETHER, webhook } from './pushes.ts';
import { overRounds, type Row } from './report.ts';
import type { Sizes } from './sizes.ts';

export interface Bench {
  readonly sizes: Sizes;
  /** Of this part: closed when it ends. */
  readonly processes: Processes;
  readonly say: (text: string) => void;
  /** One that counts messages and drops them; started once for the whole bench. */
  readonly broker: () => Promise<Broker>;
  /** Storage that holds `sizes.finishedTags` finished tags; filled once for the whole bench. */
  readonly finishedStorage: () => Promise<Storage>;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

export interface Bed {
  readonly storage: Storage;
  readonly broker: Broker;
  readonly app: App;
}

/** One instance of the app, warm, on storage of its own and the bench's broker unless others are given. */
export async function startBed(bench: Bench, given: Partial<AppOptions> = {}): Promise<Bed> {
  const { processes, sizes } = bench;
  const { isCountingAnswers = false } = given;
  const storage = given.storage ?? (await processes.startStorage());
  const broker = given.broker ?? (await bench.broker());
  const bed: Bed = { storage, broker, app: await processes.startApp({ storage, broker, isCountingAnswers }) };
  await deliver(bed, newPushes(sizes.warmUpPushes), TOGETHER);
  return bed;
}

export interface Delivery extends Load {
  /** Per webhook. */
  readonly cpu: Cpu;
  /** Different message ids per push. */
  readonly messagesPerPush: number;
  /** Storage operations per webhook, if the app counts them. */
  readonly operations: number;
}

/** All four webhooks of each push, so many pushes interleaved. */
export async function deliver(bed: Bed, pushes: readonly Push[], interleaved: number): Promise<Delivery> {
  const { app } = bed;
  const calls = inOrder(pushes, interleaved, (push, region) => webhook(push, region, app.key));
  const before = await meters(bed);
  const loaded = await load(app.url, calls);
  const after = await meters(bed);
  return {
    ...loaded,
    cpu: cpuPer(calls.length, before.cpu, after.cpu),
    messagesPerPush: (after.messages - before.messages) / pushes.length,
    operations: (after.operations - before.operations) / calls.length,
  };
}

/** What is used up and sent so far. */
export async function meters({ storage, broker, app }: Bed) {
  const cpu: Cpu = {
    app: await app.cpuMs(),
    storage: cpuMsOf(storage.pid),
    broker: await broker.cpuMs(),
    'load generator': ownCpuMs(),
  };
  const answers = Object.values(await app.storageAnswers());
  return { cpu, messages: await broker.messages(), operations: answers.reduce((sum, count) => sum + count, 0) };
}

/** Nothing when every answer was the expected one. */
export function unexpectedAnswers(loads: readonly Load[]): readonly Row[] {
  const counts = loads.flatMap(({ unexpected }) => Object.entries(unexpected));
  const value = counts.reduce((sum, [, count]) => sum + count, 0);
  const detail = counts.map(([status, count]) => `${count} × ${status}`).join(', ');
  const target = { text: '0', isMet: false };
  return value === 0 ? [] : [{ name: 'answers that were not expected', value, unit: '', detail, target }];
}

export function messagesRow(deliveries: readonly { readonly messagesPerPush: number }[]): Row {
  const isMet = deliveries.every(({ messagesPerPush }) => messagesPerPush === 1);
  const values = deliveries.map(({ messagesPerPush }) => messagesPerPush);
  return overRounds('  different message ids per push', '', values, { target: { text: 'exactly 1', isMet } });
}
