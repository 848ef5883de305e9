// The app in the local Functions host, in the process that `startApp` forks. Bundled before it is run, so that a cold
// start is not one of the host's TypeScript.
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { LogSink } from '../src/local/host/functions-core.ts';
import { startHost } from '../src/local/host/host.ts';
import type { HostKeys } from '../src/local/host/keys.ts';
import { serveParent } from './child-side.ts';
import { ownCpuMs } from './cpu.ts';

export interface AppPlan {
  readonly entry: string;
  readonly hostJson: string;
  readonly keys: HostKeys;
  readonly isCountingAnswers: boolean;
}

/** How often Table Storage answered with each status. */
export type Answers = Readonly<Record<number, number>>;

export interface SweepRun {
  readonly milliseconds: number;
  /** The sweep's one log line. */
  readonly line: string;
}

const MOST_FAULT_LINES = 5;

function createLog() {
  let faults = 0;
  let lastSweepLine = '';
  const sink: LogSink = ({ level, category, message }) => {
    if (message.startsWith('{"event":"sweep"')) {
      lastSweepLine = message;
    } else if (level === 'warning' || level === 'error' || level === 'critical') {
      faults += 1;
      if (faults <= MOST_FAULT_LINES) {
        process.stderr.write(`  app: ${level} ${category}: ${message}\n`);
      }
    }
  };
  return { sink, sweepLine: () => lastSweepLine };
}

/** Of every request that leaves this process; only Table Storage is reached by HTTP. */
function countAnswers(): Record<number, number> {
  const counts: Record<number, number> = {};
  subscribe('http.client.response.finish', (message) => {
    const { response } = message as { request: ClientRequest; response: IncomingMessage };
    const status = response.statusCode ?? 0;
    counts[status] = (counts[status] ?? 0) + 1;
  });
  return counts;
}

await serveParent(async ({ entry, hostJson, keys, isCountingAnswers }: AppPlan) => {
  const { sink: log, sweepLine } = createLog();
  const storageAnswers = isCountingAnswers ? countAnswers() : {};
  const host = await startHost({ entry, hostJson, port: 0, keys, runTimers: false, log });
  const sweep = async (): Promise<SweepRun> => {
    const startedAt = performance.now();
    await host.trigger('sweep');
    return { milliseconds: performance.now() - startedAt, line: sweepLine() };
  };
  return {
    ready: host.url,
    answers: { storageAnswers: () => storageAnswers, sweep, cpuMs: ownCpuMs },
    close: () => host.close(),
  };
});
