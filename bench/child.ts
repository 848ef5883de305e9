// The outer end of a process of the bench.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FromParent, ToParent } from './child-side.ts';

/** A process that was stopped by a signal never ends by itself. */
const CLOSE_PATIENCE_MS = 7_000;

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  readonly script: string;
  /** Whatever JSON can hold. */
  readonly plan: object;
  /** In addition to this process's; undefined takes one out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Of Node, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #isClosing = false;

  private constructor(child: ChildProcess, name: string) {
    this.#process = child;
    this.#name = name;
    child.on('message', (message) => this.#hear(message as ToParent));
    child.once('exit', (code, signal) => {
      const reason = `its process ended with ${signal ?? `exit code ${code}`}`;
      if (!this.#isClosing) {
        process.stderr.write(`bench: expected ${name} to go on running, but ${reason}\n`);
      }
      this.#fail(reason);
    });
  }

  /** Resolves when it is ready, with what it says then. */
  static async start<Ready>(options: ChildOptions): Promise<{ readonly child: Child; readonly ready: Ready }> {
    const { name, script, plan, environment = {}, nodeOptions = [] } = options;
    const forked = fork(script, [JSON.stringify(plan)], {
      execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions],
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
      // Standard output is the table's.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const child = new Child(forked, name);
    return { child, ready: (await child.#answerTo(0)) as Ready };
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async ask<T>(question: string): Promise<T> {
    this.#lastId += 1;
    const answered = this.#answerTo(this.#lastId);
    const message: FromParent = { id: this.#lastId, question };
    this.#process.send(message);
    return (await answered) as T;
  }

  /** Resolves when the process is gone. May be called again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const exited = once(child, 'exit');
    const patience = setTimeout(() => child.kill('SIGKILL'), CLOSE_PATIENCE_MS);
    if (child.connected) {
      child.disconnect();
    }
    await exited;
    clearTimeout(patience);
  }

  /** Being ready is the answer number 0. */
  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }

  #hear(message: ToParent): void {
    if (message.type === 'failed') {
      this.#fail(message.reason);
      return;
    }
    const id = message.type === 'ready' ? 0 : message.id;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (message.type === 'fault') {
      asked?.reject(new Error(`${this.#name}: ${message.reason}`));
    } else {
      asked?.resolve(message.value);
    }
  }

  #fail(reason: string): void {
    for (const { reject } of this.#asked.values()) {
      reject(new Error(`expected ${this.#name} to go on running, but ${reason}`));
    }
    this.#asked.clear();
  }
}
