// From starting the process to the first 202: the app against an app that does nothing, in turns.
import { inTurns } from './compared.ts';
import { load } from './load.ts';
import { type Bench, type Part, startBed } from './part.ts';
import type { AppOptions } from './processes.ts';
import { newPushes, REGIONS, webhook } from './pushes.ts';
import type { Row } from './report.ts';
import { median } from './statistics.ts';

const TARGET = 2;

export const coldStart: Part = { name: 'coldstart', title: 'Cold start, the bundle in the local host', run };

interface Start {
  /** From starting the process to its listening. */
  readonly loadedMs: number;
  /** To the first 202. */
  readonly answeredMs: number;
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  // The tables are there, as they are at every cold start but the first one ever.
  const { storage, broker } = await startBed(bench);
  const start = (isEmpty: boolean) => startOnce(bench, { storage, broker, isEmpty });
  await start(false);
  await start(true);
  const { without: empty, with: ours } = await inTurns(
    sizes.coldStarts,
    () => start(true),
    () => start(false),
  );
  const [emptyMs, oursMs] = [empty, ours].map((starts) => median(starts.map(({ answeredMs }) => answeredMs)));
  const ratio = (oursMs ?? Number.NaN) / (emptyMs ?? Number.NaN);
  say(`cold start: ${oursMs?.toFixed(0)} ms, of the empty app ${emptyMs?.toFixed(0)} ms`);
  return [
    row('an empty app: process to first 202', empty),
    row('the app: process to first 202', ours),
    {
      ...{ name: '  of the empty app', value: ratio, unit: 'times' },
      target: { text: `<= ${TARGET}`, isMet: ratio <= TARGET },
    },
  ];
}

async function startOnce({ processes }: Bench, options: AppOptions): Promise<Start> {
  const [push] = newPushes(1);
  const [region] = REGIONS;
  if (push === undefined || region === undefined) {
    throw new Error('expected a push and a region, got none');
  }
  const startedAt = performance.now();
  const app = await processes.startApp(options);
  const loadedMs = performance.now() - startedAt;
  const { unexpected } = await load(app.url, [webhook(push, region, app.key)]);
  const answeredMs = performance.now() - startedAt;
  await app.close();
  if (Object.keys(unexpected).length > 0) {
    throw new Error(`expected a new instance to answer 202, got ${Object.keys(unexpected)}`);
  }
  return { loadedMs, answeredMs };
}

function row(name: string, starts: readonly Start[]): Row {
  const answered = starts.map(({ answeredMs }) => answeredMs);
  const loaded = median(starts.map(({ loadedMs }) => loadedMs));
  const value = median(answered);
  return {
    ...{ name, value, unit: 'ms', low: Math.min(...answered), high: Math.max(...answered) },
    detail: `median of ${starts.length}; listening after ${loaded.toFixed(0)} ms, webhook ${(value - loaded).toFixed(0)} ms`,
  };
}
