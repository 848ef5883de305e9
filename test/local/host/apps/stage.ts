// What an app of these tests shares with the test: what happened, and where handlers wait. Not in the app itself, which
// must not be loaded before a host is there.

/** A place where a handler waits until the test lets it go on. */
class Gate {
  readonly reached: Promise<void>;
  readonly #opened: Promise<void>;
  #reach = (): void => {};
  #open = (): void => {};

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  async pass(): Promise<void> {
    this.#reach();
    await this.#opened;
  }

  open(): void {
    this.#open();
  }
}

export const events: string[] = [];
export const gates = { slow: new Gate(), tick: new Gate(), manual: new Gate() };
