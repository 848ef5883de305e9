/** Virtual time: what happens, happens in order of its time, one after the other, and everything it sets off first. */
export class Scheduler {
  now: number;
  readonly #events: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;

  constructor(now: number) {
    this.now = now;
  }

  at(time: number, run: () => void): void {
    this.#order += 1;
    const event = { at: Math.max(time, this.now), order: this.#order, run };
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1] as { at: number }).at <= event.at) {
      index -= 1;
    }
    this.#events.splice(index, 0, event);
  }

  after(milliseconds: number, run: () => void): void {
    this.at(this.now + milliseconds, run);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Runs until nothing is left to happen up to this time. */
  async runUntil(time: number): Promise<void> {
    for (let event = this.#events.at(-1); event !== undefined && event.at <= time; event = this.#events.at(-1)) {
      this.#events.pop();
      this.now = event.at;
      event.run();
      await settled();
    }
    this.now = Math.max(this.now, time);
  }
}

/** Every promise that can go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
