// npm run bench: measures the whole app on this machine, prints one table and writes the figures as JSON.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { root } from '../src/local/build.ts';
import { type Bundles, buildBundles } from './bundles.ts';
import { coldStart } from './cold-start.ts';
import { instances } from './instances.ts';
import { IN_FLIGHT } from './load.ts';
import { messages } from './messages.ts';
import { operations } from './operations.ts';
import { help, OptionFault, type Options, parseOptions } from './options.ts';
import type { Bench, Part } from './part.ts';
import { Processes, type Storage } from './processes.ts';
import { type Report, type Section, table } from './report.ts';
import { seedFinished } from './seed.ts';
import { FULL, SHORT } from './sizes.ts';
import { status } from './status.ts';
import { stored } from './stored.ts';
import { sweep } from './sweep.ts';
import { throughput } from './throughput.ts';

const PARTS: readonly Part[] = [throughput, operations, messages, stored, coldStart, sweep, instances, status];
const NAMES = PARTS.map(({ name }) => name);
const INTERRUPTED = 130;

const say = (text: string) => process.stderr.write(`bench: ${text}\n`);

/** Everything that runs, of the part and of the bench. */
const open = new Set<Processes>();

async function closeAll(): Promise<void> {
  await Promise.allSettled([...open].map((processes) => processes.close()));
}

async function runPart(part: Part, bundles: Bundles, rest: Omit<Bench, 'processes'>): Promise<Section> {
  const startedAt = performance.now();
  const processes = new Processes(bundles);
  open.add(processes);
  try {
    const rows = await part.run({ ...rest, processes });
    const { name, title } = part;
    return { part: name, title, rows, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await processes.close();
    open.delete(processes);
  }
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}

async function fillStorage(processes: Processes, tags: number): Promise<Storage> {
  say(`storing ${tags.toLocaleString('en-US')} finished tags`);
  const storage = await processes.startStorage();
  await seedFinished(storage, tags);
  return storage;
}

async function run({ isShort, parts }: Options): Promise<Report> {
  const [startedAt, started] = [new Date().toISOString(), performance.now()];
  const machine = `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)}`;
  say(`building what is measured; ${machine}`);
  const bundles = await buildBundles();
  const shared = new Processes(bundles);
  open.add(shared);
  const sizes = isShort ? SHORT : FULL;
  const rest = {
    ...{ sizes, say },
    broker: once(() => shared.startBroker()),
    finishedStorage: once(() => fillStorage(shared, sizes.finishedTags)),
  };
  const sections: Section[] = [];
  for (const part of PARTS.filter(({ name }) => parts.includes(name))) {
    say(`${part.name}: ${part.title}`);
    sections.push(await runPart(part, bundles, rest));
  }
  return { startedAt, seconds: (performance.now() - started) / 1000, isShort, machine, notes: NOTES, sections };
}

const NOTES = [
  `${IN_FLIGHT} in flight, four regions per push, everything on loopback. Azurite (in memory), the broker and each instance of`,
  'the app (the bundle in the local host) run in processes of their own and share the cores with the load generator.',
];

function write(report: Report, json: string | undefined): void {
  const name = `${report.startedAt.replaceAll(/[:.]/g, '-')}.json`;
  for (const file of [path.join(root, 'bench/results', name), ...(json === undefined ? [] : [path.resolve(json)])]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
    say(`figures written to ${path.relative(process.cwd(), file)}`);
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), NAMES);
  if (options.isHelp) {
    process.stdout.write(help(NAMES));
    return;
  }
  const report = await run(options);
  process.stdout.write(table(report));
  write(report, options.json);
}

let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!isInterrupted) {
      isInterrupted = true;
      say('ending what was started');
      void closeAll().finally(() => process.exit(INTERRUPTED));
    }
  });
}

try {
  await main();
} catch (error) {
  if (!isInterrupted) {
    say(error instanceof OptionFault ? error.message : `failed: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = error instanceof OptionFault ? 2 : 1;
  }
}
if (!isInterrupted) {
  await closeAll();
}
