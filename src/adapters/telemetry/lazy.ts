// The metrics of an app that is to answer fast: what is measured waits in memory until the SDK is loaded, and that is
// not before a cold start has had the time to answer what it was started for.
import type { Log, Measurement, Metrics, Timing } from '../../usecases/ports.ts';
import { endedBy } from '../ended-by.ts';

/** Longer than any webhook takes to be answered. */
const LOAD_AFTER_MS = 5_000;
/** What comes on top while the SDK loads is lost: it would be a flood. */
const MOST_WAITING = 10_000;
/** The host gives an app seconds to end. */
const CLOSE_WITHIN_MS = 3_000;

/** Where measurements go once the SDK is there. */
export interface Recorder {
  record(measurement: Measurement): void;
  /** Sends what it has and ends. */
  close(): Promise<void>;
}

export interface LazyMetricsOptions {
  /** Loads the SDK. */
  readonly open: () => Promise<Recorder>;
  readonly timing: Pick<Timing, 'sleep' | 'timeout'>;
  readonly log: Log;
}

export class LazyMetrics implements Metrics {
  readonly #options: LazyMetricsOptions;
  readonly #waiting: Measurement[] = [];
  #scheduled: Promise<void> | undefined;
  #opening: Promise<Recorder | undefined> | undefined;
  #recorder: Recorder | undefined;
  #isEnded = false;

  constructor(options: LazyMetricsOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return !this.#isEnded;
  }

  record(measurement: Measurement): void {
    if (this.#recorder !== undefined) {
      this.#recorder.record(measurement);
    } else if (!this.#isEnded && this.#waiting.length < MOST_WAITING) {
      this.#waiting.push(measurement);
      this.#scheduled ??= this.#options.timing.sleep(LOAD_AFTER_MS).then(async () => {
        await this.#opened();
      });
    }
  }

  /** Sends what was measured, and is over in a few seconds whether or not that worked. Never rejects. */
  async close(): Promise<void> {
    const { timing, log } = this.#options;
    const isUsed = this.#scheduled !== undefined;
    try {
      const recorder = isUsed ? this.#opened() : undefined;
      const closing = recorder?.then((opened) => opened?.close());
      await endedBy(Promise.resolve(closing), timing.timeout(CLOSE_WITHIN_MS));
    } catch (error) {
      log.warn('last metrics not sent', { reason: String(error) });
    }
    this.#isEnded = true;
    this.#recorder = undefined;
    this.#waiting.length = 0;
  }

  #opened(): Promise<Recorder | undefined> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** What cannot be loaded will not load at the next try either: from then on nothing is measured. */
  async #open(): Promise<Recorder | undefined> {
    if (this.#isEnded) {
      return undefined;
    }
    try {
      const recorder = await this.#options.open();
      for (const measurement of this.#waiting.splice(0)) {
        recorder.record(measurement);
      }
      this.#recorder = recorder;
      return recorder;
    } catch (error) {
      this.#isEnded = true;
      this.#waiting.length = 0;
      this.#options.log.error('telemetry not loaded; nothing is measured', { reason: String(error) });
      return undefined;
    }
  }
}
