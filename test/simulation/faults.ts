// What goes wrong with the calls of a world's instances.
import type { Random } from './random.ts';

export const FAULTS = ['error', 'crash before', 'crash after', 'answer lost', 'late effect', 'retried'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Faults {
  /** @returns what goes wrong with the next call, if anything does */
  next(call: string, random: Random): Fault | undefined;
  /** Whether an instance that is alive is replaced by a new one all the same. */
  replaces(random: Random): boolean;
  /** From now on nothing goes wrong. */
  end(): void;
}

const isOfRegistry = (call: string) => call.startsWith('management.') || call.startsWith('manifests.');

/** At each call with these probabilities. */
export class RandomFaults implements Faults {
  #rate: number;
  #registryRate: number;

  /** @param registryRate of calls that ask the registry or its replicas */
  constructor(rate: number, registryRate: number) {
    this.#rate = rate;
    this.#registryRate = registryRate;
  }

  next(call: string, random: Random): Fault | undefined {
    return random.chance(isOfRegistry(call) ? this.#registryRate : this.#rate) ? random.pick(FAULTS) : undefined;
  }

  replaces(random: Random): boolean {
    return this.#rate > 0 && random.chance(0.01);
  }

  end(): void {
    this.#rate = 0;
    this.#registryRate = 0;
  }
}

/** At one call alone, counted from 1. */
export class FaultAt implements Faults {
  readonly #index: number;
  readonly #fault: Fault;
  /** How many calls there were. */
  count = 0;

  constructor(index: number, fault: Fault) {
    this.#index = index;
    this.#fault = fault;
  }

  next(): Fault | undefined {
    this.count += 1;
    return this.count === this.#index ? this.#fault : undefined;
  }

  replaces(): boolean {
    return false;
  }

  end(): void {
    // The fault may come as late as it likes.
  }
}
