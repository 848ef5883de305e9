// Runs the functions with a timer trigger, in the manner of the real host's TimerListener
// (azure-webjobs-sdk-extensions): the next fire time follows from the start of the last run, a fire time that passes
// while the function still runs leads to one more run right after it, and runs of one function never overlap.
import type { Schedule } from './schedule.ts';

/** What the handler gets; the library turns the first letters to lower case. */
export interface TimerInput {
  Schedule: { AdjustForDST: boolean };
  /** Null for schedules below one minute and with `useMonitor: false`. */
  ScheduleStatus: { Last: string; Next: string; LastUpdated: string } | null;
  IsPastDue: boolean;
}

export interface TimerOptions {
  schedule: Schedule;
  runOnStartup: boolean;
  useMonitor: boolean;
  run(input: TimerInput): Promise<void>;
  /** A scheduled run that failed; the schedule goes on. */
  onFailure(error: unknown): void;
}

/** The longest leg of a wait: `setTimeout` takes no more than 24.8 days. */
const LONGEST_WAIT_MS = 24 * 24 * 3600 * 1000;

/**
 * A run that starts later than its fire time by more than this is past due. The real host sets the flag for the first
 * run after a restart that missed one, which it knows from the status it stores; this host stores nothing, so it sets
 * the flag for what it can see: the run before took too long, or the machine slept.
 */
const PAST_DUE_AFTER_MS = 1000;

const NEVER = '0001-01-01T00:00:00+00:00';
const toOffsetTime = (ms: number): string => new Date(ms).toISOString().replace(/\.?0*Z$/, '+00:00');

export class FunctionTimer {
  readonly #options: TimerOptions;
  readonly #hasStatus: boolean;
  #status: { last: string; nextMs: number; lastUpdated: string };
  #wait: NodeJS.Timeout | undefined;
  #isStopped = false;
  #lastRun: Promise<unknown> = Promise.resolve();

  constructor(options: TimerOptions) {
    const { schedule, useMonitor } = options;
    const nowMs = Date.now();
    this.#options = options;
    this.#hasStatus = useMonitor && !schedule.isBelowOneMinute(nowMs);
    this.#status = { last: NEVER, nextMs: schedule.next(nowMs), lastUpdated: toOffsetTime(nowMs) };
  }

  start(): void {
    if (this.#options.runOnStartup) {
      this.#fire();
    } else {
      this.#waitForNext();
    }
  }

  /** Waits for the run in flight; the schedule begins none after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#wait);
    await this.#lastRun;
  }

  /** Runs now, or as soon as the run in flight has ended; rejects if the function fails. */
  runByHand(): Promise<void> {
    return this.#inTurn(() => this.#options.run(this.#input(false)));
  }

  #waitForNext(): void {
    if (this.#isStopped) {
      return;
    }
    const { nextMs } = this.#status;
    const waitMs = nextMs - Date.now();
    if (waitMs <= 0) {
      this.#fire(nextMs);
    } else {
      const then = (): void => (waitMs > LONGEST_WAIT_MS ? this.#waitForNext() : this.#fire(nextMs));
      this.#wait = setTimeout(then, Math.min(waitMs, LONGEST_WAIT_MS));
    }
  }

  #fire(dueMs?: number): void {
    void this.#inTurn(() => this.#runOnSchedule(dueMs)).then(() => this.#waitForNext());
  }

  /** The singleton: what is put in waits for what went before, failed or not. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastRun.then(work);
    this.#lastRun = turn.catch(() => {});
    return turn;
  }

  async #runOnSchedule(dueMs: number | undefined): Promise<void> {
    if (this.#isStopped) {
      return;
    }
    const { run, onFailure, schedule } = this.#options;
    // A timeout may end a moment early; the fire time must not come twice for that.
    const runAtMs = Math.max(Date.now(), dueMs ?? 0);
    const isPastDue = dueMs !== undefined && runAtMs - dueMs > PAST_DUE_AFTER_MS;
    await run(this.#input(isPastDue)).catch(onFailure);
    const runAt = toOffsetTime(runAtMs);
    this.#status = { last: runAt, nextMs: schedule.next(runAtMs), lastUpdated: runAt };
  }

  #input(isPastDue: boolean): TimerInput {
    const { last, nextMs, lastUpdated } = this.#status;
    const status = { Last: last, Next: toOffsetTime(nextMs), LastUpdated: lastUpdated };
    return { Schedule: { AdjustForDST: true }, ScheduleStatus: this.#hasStatus ? status : null, IsPastDue: isPastDue };
  }
}
