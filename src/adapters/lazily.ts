// A part of an SDK, loaded at its first use: a cold start has no time for it, and most webhooks do not need it.
import { Unavailable } from '../usecases/ports.ts';
import { endedBy } from './ended-by.ts';

export class Lazily<T> {
  readonly #name: string;
  readonly #open: () => Promise<T>;
  #opening: Promise<T> | undefined;

  /** @param name in messages: `Service Bus SDK` */
  constructor(name: string, open: () => Promise<T>) {
    this.#name = name;
    this.#open = open;
  }

  /** Rejects with `Unavailable`; one that could not be loaded is tried again by the next call. */
  async get(signal: AbortSignal): Promise<T> {
    try {
      return await endedBy(this.#opening ?? this.#begin(), signal);
    } catch (error) {
      throw new Unavailable(`Expected the ${this.#name} to load in time, got ${String(error)}`, { cause: error });
    }
  }

  /** Undefined when it was never needed, or could not be loaded. */
  async ifLoaded(): Promise<T | undefined> {
    return await this.#opening?.catch(() => undefined);
  }

  #begin(): Promise<T> {
    const opening = this.#open();
    this.#opening = opening;
    opening.catch(() => {
      this.#opening = undefined;
    });
    return opening;
  }
}
