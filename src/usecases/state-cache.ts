// The last known states of tags on this instance. What is in here was committed at some time, by whomever; it may be
// old, and compare-and-swap finds that out. A fact that is in here is durable: facts are never taken back.
import type { TagState } from '../core/tag-state.ts';
import type { Versioned } from './ports.ts';

/** Bounded by weight, least recently used first out; a state weighs one and its facts. */
export class StateCache {
  readonly #states = new Map<string, Versioned<TagState>>();
  readonly #maxWeight: number;
  #weight = 0;

  /** @param maxWeight 50,000 facts take about 20 MB */
  constructor(maxWeight = 50_000) {
    this.#maxWeight = maxWeight;
  }

  get(key: string): Versioned<TagState> | undefined {
    const found = this.#states.get(key);
    if (found !== undefined) {
      this.#states.delete(key);
      this.#states.set(key, found);
    }
    return found;
  }

  set(key: string, state: Versioned<TagState>): void {
    this.delete(key);
    this.#states.set(key, state);
    this.#weight += weigh(state);
    for (const [oldest] of this.#states) {
      if (this.#weight <= this.#maxWeight) {
        break;
      }
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const found = this.#states.get(key);
    if (found !== undefined) {
      this.#states.delete(key);
      this.#weight -= weigh(found);
    }
  }
}

const weigh = ({ value }: Versioned<TagState>) => 1 + value.facts.length;
