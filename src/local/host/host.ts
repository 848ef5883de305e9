// A local Azure Functions host for the Node v4 programming model: it loads the app that is deployed, unchanged, and
// treats requests, keys, answers, timers, events and messages as the real host does. The real one's answers were recorded in
// test/fixtures/host-probe, and test/local/host/recorded.test.ts holds this one to them. What this host cannot do it
// refuses at start (see functions.ts). It does not enforce `functionTimeout`, and keeps no log levels of host.json.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerExtension } from './event-grid.ts';
import { AppRefused, stackOf } from './faults.ts';
import {
  type AppFunction,
  type EventGridFunction,
  type HttpFunction,
  readFunctions,
  type ServiceBusFunction,
  type TimerFunction,
} from './functions.ts';
import { type LogSink, provideFunctionsCore } from './functions-core.ts';
import { readRoutePrefix, requireExtensionBundle } from './host-json.ts';
import { createRequestHandler } from './http.ts';
import { createInvoker, type Invoker } from './invocation.ts';
import { createKeyRing, type HostKeys } from './keys.ts';
import { ServiceBusListeners } from './service-bus.ts';
import { FunctionTimer, type TimerInput } from './timers.ts';
import { createWebServer } from './web-server.ts';

export interface HostOptions {
  /** Absolute path of the app's entry module: TypeScript or JavaScript, ESM or CommonJS. */
  entry: string;
  /** Absolute path of host.json; without it the route prefix is `api`. */
  hostJson?: string;
  /** 0 for any free port. */
  port: number;
  /** 127.0.0.1 unless given. */
  address?: string;
  keys: HostKeys;
  /** False in all but one of several processes of the same app; true unless given. */
  runTimers?: boolean;
  /** Gets what the app logs, and what fails; written to standard output from `information` up unless given. */
  log?: LogSink;
}

export interface RunningHost {
  port: number;
  /** Without a slash at the end. */
  url: string;
  /** Sorted by name; routes include the prefix; no methods means every method. */
  functions: { name: string; type: string; route?: string; methods?: string[] }[];
  /** Runs a timer function now, after a run in flight, and rejects with what it throws. */
  trigger(name: string): Promise<void>;
  /** Takes no more requests and messages, waits for those in flight and for timers, then runs the appTerminate hooks. */
  close(): Promise<void>;
}

const QUIET_LEVELS = ['trace', 'debug'];
const logToOutput: LogSink = ({ level, category, message }) => {
  if (!QUIET_LEVELS.includes(level)) {
    process.stdout.write(`${level} ${category}: ${message}\n`);
  }
};

const isHttp = (fn: AppFunction): fn is HttpFunction => fn.type === 'httpTrigger';
const isEventGrid = (fn: AppFunction): fn is EventGridFunction => fn.type === 'eventGridTrigger';
const isServiceBus = (fn: AppFunction): fn is ServiceBusFunction => fn.type === 'serviceBusTrigger';
const isTimer = (fn: AppFunction): fn is TimerFunction => fn.type === 'timerTrigger';

function describe(fn: AppFunction): RunningHost['functions'][number] {
  const { name, type } = fn;
  return isHttp(fn)
    ? { name, type, route: fn.template, ...(fn.methods && { methods: [...fn.methods] }) }
    : { name, type };
}

interface LoadedApp {
  functions: AppFunction[];
  invoker: Invoker;
}

/** Steps and their order are the worker's: entry module, appStart hooks, capabilities; then functions are fixed. */
async function loadApp({ entry, hostJson, log = logToOutput }: HostOptions): Promise<LoadedApp> {
  const routePrefix = readRoutePrefix(hostJson);
  const app = provideFunctionsCore(log);
  await import(pathToFileURL(entry).href);
  const { model } = app;
  if (model === undefined) {
    throw new AppRefused([`expected ${entry} to register functions with @azure/functions, got none`]);
  }
  const invoker = createInvoker(app, model, log);
  await invoker.runHooks('appStart', { functionAppDirectory: path.dirname(hostJson ?? entry) });
  const { HttpUri: isStreaming } = await model.getCapabilities({});
  if (isStreaming !== undefined) {
    throw new AppRefused(['expected HTTP streaming to be off (app.setup({ enableHttpStream }) not called), got it on']);
  }
  app.lock();
  const functions = readFunctions(app.registrations, { routePrefix, settings: process.env });
  const bound = functions.find((fn) => isEventGrid(fn) || isServiceBus(fn));
  if (bound !== undefined && hostJson !== undefined) {
    requireExtensionBundle(hostJson, bound.type);
  }
  return { functions, invoker };
}

const failureLogger =
  (name: string, log: LogSink) =>
  (error: unknown): void =>
    log({ level: 'error', category: `Function.${name}`, message: `Failed: ${stackOf(error)}` });

type Timers = ReadonlyMap<string, FunctionTimer>;

function createTimers({ functions, invoker }: LoadedApp, log: LogSink): Timers {
  return new Map(
    functions.filter(isTimer).map(({ name, registration, bindingName, ...settings }) => {
      const run = async (input: TimerInput): Promise<void> => {
        await invoker.invoke(registration, bindingName, { json: JSON.stringify(input) });
      };
      return [name, new FunctionTimer({ ...settings, run, onFailure: failureLogger(name, log) })];
    }),
  );
}

/** What `POST /admin/functions/NAME` starts; undefined if there is no such function. */
function byHand({ functions }: LoadedApp, timers: Timers, log: LogSink, name: string): (() => void) | undefined {
  const fn = functions.find((known) => known.name.toLowerCase() === name.toLowerCase());
  const timer = fn && timers.get(fn.name);
  if (fn && timer) {
    return () => void timer.runByHand().catch(failureLogger(fn.name, log));
  }
  // The real host accepts an HTTP function as well, though there is no request to give it and nobody to answer.
  return (
    fn && (() => log({ level: 'warning', category: `Function.${fn.name}`, message: 'Not run: not a timer function' }))
  );
}

/**
 * Loads the app and listens. One process hosts one app, once: the programming model keeps registrations and settings
 * for the life of the process. Rejects with AppRefused if the app needs what this host can't do.
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { port, address = '127.0.0.1', runTimers = true, log = logToOutput } = options;
  const keyRing = createKeyRing(options.keys);
  const app = await loadApp(options);
  const timers = createTimers(app, log);
  const { invoke } = app.invoker;
  const extensionParts = { functions: app.functions.filter(isEventGrid), keyRing, invoke, log };
  const handler = createRequestHandler({
    functions: app.functions.filter(isHttp),
    keyRing,
    invoke,
    callExtension: (extension, call, response) => answerExtension(extensionParts, extension, call, response),
    byHand: (name) => byHand(app, timers, log, name),
    log,
  });
  const server = createWebServer(handler);
  const actualPort = await server.listen(port, address);
  if (runTimers) {
    for (const timer of timers.values()) {
      timer.start();
    }
  }

  const listeners = await ServiceBusListeners.start(app.functions.filter(isServiceBus), { invoke, log });

  const stopTimers = () => Promise.all([...timers.values()].map((timer) => timer.stop()));
  async function closeOnce(): Promise<void> {
    await Promise.all([stopTimers(), server.close(), listeners.close()]);
    // Once more, for a run by hand that began while the last requests were answered.
    await stopTimers();
    await app.invoker.runHooks('appTerminate', {});
  }
  let closed: Promise<void> | undefined;

  return {
    port: actualPort,
    url: `http://${address}:${actualPort}`,
    functions: app.functions.map(describe),
    async trigger(name) {
      const timer = timers.get(name);
      if (timer === undefined) {
        throw new TypeError(`Expected a timer function of ${[...timers.keys()].join(', ')}, got ${name}`);
      }
      await timer.runByHand();
    },
    close: () => {
      closed ??= closeOnce();
      return closed;
    },
  };
}
