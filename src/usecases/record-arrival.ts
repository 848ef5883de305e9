// A region reported an arrival: make it durable, then tell the world what follows from it.
import { type Arrival, compareFacts, heardAt } from '../core/facts.ts';
import type { TagName } from '../core/names.ts';
import { replications } from '../core/replications.ts';
import type { RecordOutcome, TagState } from '../core/tag-state.ts';
import type { OutboxSender } from './outbox-sender.ts';
import type { Log, Metrics } from './ports.ts';
import type { TagWriter } from './tag-writer.ts';

export interface Recorded {
  readonly outcome: RecordOutcome;
  /** Ends when what follows is announced, or left to the sweep; never rejects. Worth waiting for, but not for long. */
  readonly announced: Promise<unknown>;
}

interface Dependencies {
  readonly writer: TagWriter;
  readonly outbox: OutboxSender;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class RecordArrival {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when the arrival is durable. Rejects with `Unavailable` when it is not known to be. */
  async record(tag: TagName, arrival: Arrival): Promise<Recorded> {
    const { outcome, state, isFresh } = await this.#dependencies.writer.update(tag, { type: 'fact', fact: arrival });
    if (outcome === 'recorded') {
      this.#note(tag, arrival, state);
    }
    const announced = state.outbox.length > 0 ? this.#announce(tag, isFresh) : Promise.resolve();
    return { outcome: outcome as RecordOutcome, announced };
  }

  #note(tag: TagName, arrival: Arrival, state: TagState): void {
    const { metrics, log } = this.#dependencies;
    const { region, digest, eventAt, source } = arrival;
    if (metrics.isOn) {
      this.#measure(tag, arrival, state);
    }
    // Of a notification the function that took it tells.
    if (source !== 'announced') {
      log.info('arrival recorded', { ...tag, digest, region, eventAt, source });
    }
  }

  /** A repeat under another event time arrives in no replication, and was not on its way. */
  #measure({ registry }: TagName, arrival: Arrival, state: TagState): void {
    const { region } = arrival;
    const replication = replications(state.facts, state.forgotten).findLast(({ arrivals }) => {
      const known = arrivals.get(region);
      return known !== undefined && compareFacts(known, arrival) === 0;
    });
    if (replication !== undefined) {
      const lagMs = heardAt(arrival) - replication.firstHeardAt;
      const value = lagMs / 1000;
      this.#dependencies.metrics.record({ name: 'landfall.arrival.lag', value, attributes: { registry, region } });
    }
  }

  /** What this instance last knew may be hours old, and others may have sent that outbox since: it is read again first. */
  async #announce(tag: TagName, isFresh: boolean): Promise<void> {
    const isUnsent = isFresh || (await this.#isUnsent(tag));
    if (isUnsent) {
      await this.#dependencies.outbox.send(tag);
    }
  }

  async #isUnsent(tag: TagName): Promise<boolean> {
    try {
      return (await this.#dependencies.writer.update(tag, { type: 'look' })).state.outbox.length > 0;
    } catch {
      // The alarm that the state names brings the sweep.
      return false;
    }
  }
}
