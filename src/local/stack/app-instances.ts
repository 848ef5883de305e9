// Keeps the app running: so many processes behind one port, each started again at once when it ends unasked.
import cluster, { type Worker } from 'node:cluster';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settings } from '../../config-settings.ts';
import { type AppEvent, type LogEvent, nowText } from './events.ts';
import { INSTANCE_SETTING, type InstanceMessage, type InstancePlan } from './instance-plan.ts';
import { StackFault } from './stack-fault.ts';

/** An instance answers what is in flight within 4 s, unless somebody waits at the status endpoint. */
const CLOSE_PATIENCE_MS = 4_500;
/** An instance that ends before it serves, so often in a row, will not get better by another try. */
const MOST_FAILURES = 3;
const RETRY_AFTER_MS = 500;

export interface AppInstancesOptions extends Omit<InstancePlan, 'instance' | 'runTimers'> {
  readonly count: number;
  /** The app's settings; others that it knows are taken out of the environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly onEvent: (event: AppEvent | LogEvent) => void;
  /** An instance cannot be brought back. */
  readonly onFault: (fault: StackFault) => void;
}

export interface AppInstances {
  /** Of the processes that serve now, by instance. */
  pids(): readonly number[];
  close(): Promise<void>;
}

/** Rejects with StackFault, and leaves nothing running, if the app cannot be started. */
export async function startAppInstances(options: AppInstancesOptions): Promise<AppInstances> {
  const instances = Array.from({ length: options.count }, (_, index) => new AppInstance(index + 1, options));
  const close = async () => {
    await Promise.all(instances.map((instance) => instance.close()));
  };
  try {
    await Promise.all(instances.map((instance) => instance.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return { pids: () => instances.flatMap(({ pid }) => pid ?? []), close };
}

class AppInstance {
  readonly #instance: number;
  readonly #options: AppInstancesOptions;
  #worker: Worker | undefined;
  #isServing = false;
  #isClosing = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(instance: number, options: AppInstancesOptions) {
    this.#instance = instance;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#isServing ? this.#worker?.process.pid : undefined;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = this.#fork();
    this.#worker = worker;
    let reason: string | undefined;
    worker.on('message', (message: InstanceMessage) => {
      if (message.type === 'running') {
        this.#isServing = true;
        this.#failures = 0;
        resolve();
      } else if (message.type === 'failed') {
        reason = message.reason;
      } else {
        const { level, message: text } = message;
        this.#options.onEvent({ event: 'log', at: nowText(), level, message: text });
      }
    });
    worker.once('exit', (code, signal) => {
      const ending = signal ?? `exit code ${code}`;
      reject(new StackFault(`the app does not start: ${reason ?? `its process ended with ${ending}`}`));
      this.#onExit(worker, ending);
    });
    await promise;
  }

  /** Answers what is in flight first, unless that takes too long. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (worker === undefined || worker.isDead()) {
      return;
    }
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const patience = setTimeout(() => worker.process.kill('SIGKILL'), CLOSE_PATIENCE_MS);
    if (this.#isServing && worker.isConnected()) {
      worker.send({ type: 'close' });
    } else {
      worker.process.kill('SIGKILL');
    }
    await exited;
    clearTimeout(patience);
  }

  #onExit(worker: Worker, reason: string): void {
    if (this.#isClosing || !this.#isServing) {
      return;
    }
    this.#isServing = false;
    const { onEvent } = this.#options;
    const of = { instance: this.#instance, pid: worker.process.pid ?? 0 };
    onEvent({ event: 'app', at: nowText(), state: 'ended', ...of, isRestart: false, reason });
    this.#restart();
  }

  #restart(): void {
    this.start().then(
      () => {
        const pid = this.pid ?? 0;
        const { onEvent } = this.#options;
        onEvent({ event: 'app', at: nowText(), state: 'running', instance: this.#instance, pid, isRestart: true });
      },
      (fault: StackFault) => {
        this.#failures += 1;
        if (this.#isClosing) {
          return;
        }
        if (this.#failures >= MOST_FAILURES) {
          this.#options.onFault(fault);
        } else {
          this.#retry = setTimeout(() => this.#restart(), RETRY_AFTER_MS);
        }
      },
    );
  }

  #fork(): Worker {
    const { count: _, settings: given, logFile, onEvent: __, onFault: ___, ...shared } = this.#options;
    const plan: InstancePlan = { ...shared, instance: this.#instance, runTimers: this.#instance === 1 };
    const log = openSync(logFile, 'a', 0o600);
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('app-instance.ts', import.meta.url)),
      args: [],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', log, log, 'ipc'],
    });
    const unset = Object.fromEntries(settings.map(({ name }) => [name, undefined]));
    const worker = cluster.fork({ ...unset, ...given, [INSTANCE_SETTING]: JSON.stringify(plan) });
    closeSync(log);
    return worker;
  }
}
