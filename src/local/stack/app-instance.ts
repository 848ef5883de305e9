// One process that serves the app, forked by node:cluster so that several share a port. It ends with the process that
// forked it: the cluster module sees to that when their channel closes.

import type { LogSink } from '../host/functions-core.ts';
import { startHost } from '../host/host.ts';
import { INSTANCE_SETTING, type InstanceMessage, type InstancePlan } from './instance-plan.ts';

const tell = (message: InstanceMessage, then?: () => void): void => {
  process.send?.(message, undefined, undefined, then);
};

/** Everything goes to standard output, which is the log file; what a person should know of is told as well. */
function logSink(instance: number): LogSink {
  return ({ level, category, message }) => {
    if (level !== 'trace' && level !== 'debug') {
      process.stdout.write(`${new Date().toISOString()} app ${instance} ${level} ${category}: ${message}\n`);
    }
    if (level === 'warning' || level === 'error' || level === 'critical') {
      tell({ type: 'log', level, message });
    }
  };
}

/** What the app logs outside of an invocation, as warning or error; on Azure the host takes it from there as well. */
function tellOfConsole(): void {
  for (const [method, level] of [
    ['warn', 'warning'],
    ['error', 'error'],
  ] as const) {
    const write = console[method];
    console[method] = (...values: unknown[]) => {
      write(...values);
      tell({ type: 'log', level, message: values.map(String).join(' ') });
    };
  }
}

async function serve(): Promise<void> {
  tellOfConsole();
  const plan = JSON.parse(process.env[INSTANCE_SETTING] ?? '{}') as InstancePlan;
  // The app sees its own settings only.
  delete process.env[INSTANCE_SETTING];
  const { instance, entry, hostJson, port, keys, runTimers } = plan;
  const host = await startHost({ entry, hostJson, port, keys, runTimers, log: logSink(instance) });
  process.on('message', (message: { type?: unknown }) => {
    if (message.type === 'close') {
      void host.close().finally(() => process.exit());
    }
  });
  tell({ type: 'running' });
}

// A terminal sends Ctrl-C to all its processes: this one ends when it is told to, after what it still has to answer.
process.on('SIGINT', () => {});
serve().catch((error: Error) => {
  console.error(error);
  tell({ type: 'failed', reason: error.message }, () => process.exit(1));
});
