// One client of the SDK with one sender on it, shared by all calls until it is retired.
import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import { endedBy } from '../ended-by.ts';

export interface Endpoints {
  readonly client: ServiceBusClient;
  readonly sender: ServiceBusSender;
}

export class Link {
  readonly #endpoints: Promise<Endpoints>;
  #successes = 0;
  #inFlight = 0;
  #isRetired = false;

  /** @param open connects nothing yet: the SDK does that at the first use */
  constructor(open: () => Promise<Endpoints>) {
    this.#endpoints = open();
    // Whoever uses the link hears of it.
    this.#endpoints.catch(() => {});
  }

  /** How many uses have ended well. */
  get successes(): number {
    return this.#successes;
  }

  /** Ends by the signal, whatever the SDK does: rejects with its reason then. */
  async use(work: (endpoints: Endpoints) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#inFlight += 1;
    try {
      const working = this.#endpoints.then((endpoints) => {
        signal.throwIfAborted();
        return work(endpoints);
      });
      await endedBy(working, signal);
      this.#successes += 1;
    } finally {
      this.#inFlight -= 1;
      this.#closeWhenIdle();
    }
  }

  /** Nothing new is begun on it; what is under way may still end well, and then it is closed. */
  retire(): void {
    this.#isRetired = true;
    this.#closeWhenIdle();
  }

  async close(): Promise<void> {
    const { client } = await this.#endpoints;
    await client.close();
  }

  #closeWhenIdle(): void {
    if (this.#isRetired && this.#inFlight === 0) {
      // A client that is stuck takes up to a minute to close, and may fail to: nobody waits for it.
      this.close().catch(() => {});
    }
  }
}
