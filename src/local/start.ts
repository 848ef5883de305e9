// npm start: runs everything that Landfall needs on this machine, and shows what happens.
import path from 'node:path';
import type { NamedRegion } from './registry/model.ts';
import type { OnEvent } from './stack/events.ts';
import type { Stack } from './stack/stack.ts';
import { StackFault } from './stack/stack-fault.ts';
import { DEFAULT_DATA, parseStartOptions, ROOT, type StartOptions } from './stack/start-options.ts';
import { eventLine } from './view/event-line.ts';
import { header } from './view/header.ts';
import { paintFor } from './view/paint.ts';
import { clock, regionNames } from './view/words.ts';

/** A second Ctrl-C is one only after this: some shells and npm pass the first one on twice. */
const FORCE_AFTER_MS = 500;

const say = (text: string) => process.stderr.write(`landfall: ${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);
/** As a person would type it, from the project's folder. */
function shownPath(absolute: string): string {
  const relative = path.relative(ROOT, absolute) || '.';
  return relative.startsWith('..') ? absolute : relative;
}

const printJson: OnEvent = (event) => print(JSON.stringify(event));

function terminalView({ data, lagAfterSeconds, hasPushes }: StartOptions): OnEvent {
  const replicas: NamedRegion[] = [];
  const paint = paintFor(process.stdout);
  const look = { paint, clock: clock(), regionName: regionNames(replicas) };
  const folder = shownPath(data);
  return (event) => {
    if (event.event === 'ready') {
      const { event: _, ...ready } = event;
      replicas.push(...ready.replicas);
      const dataOption = folder === DEFAULT_DATA ? '' : ` --data ${folder}`;
      const logFile = path.join(folder, 'app.log');
      process.stdout.write(header({ ready, replicas, lagAfterSeconds, hasPushes, logFile, dataOption }, paint));
    } else if (event.event === 'stopping') {
      print(`\nStopping (${event.reason}): the app answers what is in flight, then everything is saved.`);
    } else if (event.event === 'stopped') {
      print(`Stopped. What was stored is kept in ${folder}; with --fresh the next start is an empty one.`);
    } else if (event.event === 'replica' && event.change === 'added') {
      replicas.push(event);
    }
    const line = eventLine(event, look);
    if (line !== undefined) {
      print(line);
    }
  };
}

/** Of the settings in the environment, those alone that send telemetry to a collector of one's own reach the app. */
function telemetrySettings(): Readonly<Record<string, string>> {
  const names = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS'];
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

async function run(options: StartOptions): Promise<void> {
  const { isJson, data, port, isFresh, lagAfterSeconds, appInstances, hasPushes } = options;
  if (!isJson) {
    print('Starting Table Storage, the broker and the app …');
  }
  // Loaded late: what is wrong with an option, and --help, are told at once.
  const { startStack } = await import('./stack/stack.ts');
  const started = startStack({
    ...{ data, port, lagAfterSeconds, appInstances },
    fresh: isFresh,
    pushes: hasPushes,
    settings: telemetrySettings(),
    onEvent: isJson ? printJson : terminalView(options),
    onFault: (fault) => {
      say(`${fault.message}; what it logged is in ${path.join(shownPath(data), 'app.log')}`);
      void stop(started, 'the app cannot be started again', 1);
    },
  });
  stopOnSignals(started);
  await started;
}

let stoppingSince: number | undefined;

/** Also during the start, which is then brought to its end first: nothing may be left running half started. */
async function stop(started: Promise<Stack>, reason: string, exitCode: number): Promise<void> {
  if (stoppingSince !== undefined) {
    return;
  }
  stoppingSince = Date.now();
  const stack = await started;
  await stack.close(reason).catch((error: Error) => say(`expected a clean end, got ${error.message}`));
  process.exit(exitCode);
}

function stopOnSignals(started: Promise<Stack>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stoppingSince !== undefined && Date.now() - stoppingSince > FORCE_AFTER_MS) {
        say('stopped at once; what was not saved yet is lost');
        // Azurite and the app end when this process is gone; the next start recognises what is left in the folder.
        process.exit(130);
      }
      void stop(started, signal === 'SIGINT' ? 'Ctrl-C' : signal, 0).catch(fail);
    });
  }
  // The launcher was killed: nobody could stop this any more.
  const launcher = process.ppid;
  setInterval(() => {
    if (process.env['LANDFALL_LAUNCHER'] === String(launcher) && process.ppid !== launcher) {
      void stop(started, 'its launcher has gone', 0).catch(fail);
    }
  }, 1_000).unref();
  // Whoever read the output has gone.
  process.stdout.on('error', () => void stop(started, 'nobody reads the output', 0).catch(fail));
}

function fail(error: unknown): never {
  say(error instanceof StackFault ? error.message : String(error instanceof Error ? error.stack : error));
  process.exit(1);
}

const parsed = parseStartOptions(process.argv.slice(2));
if (parsed.type === 'run') {
  await run(parsed.options).catch(fail);
} else if (parsed.type === 'help') {
  print(parsed.text);
} else {
  say(`${parsed.message} (npm start -- --help explains the options)`);
  process.exitCode = 2;
}
