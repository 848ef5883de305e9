// Tells each target of a completed push until it has taken it. A message that some target has not taken goes back to the
// subscription, and comes again; who has taken it is remembered here, so that only the others hear of it again. That
// holds on this instance and as long as it lives: across instances and restarts a target may hear of a push twice.
import {
  type CompletedPush,
  type ForwardTarget,
  isFor,
  type PushNotification,
  toPushNotification,
  type Verdict,
  verdictOf,
} from '../core/forward.ts';
import { type NotificationPoster, type Timing, Unavailable } from './ports.ts';

/** The registry gives a receiver as long. */
const ATTEMPT_MS = 5_000;
/**
 * A message that is given back comes again at once. So the pauses are here, and short enough for the message's lock and
 * the function's time: with its attempts, one delivery lasts 46 s at most.
 */
const PAUSES_MS = [1_000, 5_000, 20_000];
const MOST_REMEMBERED = 1_000;

export interface TargetOutcome {
  readonly target: string;
  /** `repeated`: it has taken this message before. */
  readonly outcome: Verdict | 'repeated';
  /** In this delivery. */
  readonly attempts: number;
  /** What came instead of a 2xx. */
  readonly got?: string;
}

type Verdicts = Map<string, TargetOutcome>;

interface ForwardParts {
  readonly targets: readonly ForwardTarget[];
  readonly poster: NotificationPoster;
  readonly timing: Timing;
}

export class Forward {
  readonly #parts: ForwardParts;
  /** By message; the one that was not used for longest comes first. */
  readonly #remembered = new Map<string, Verdicts>();

  constructor(parts: ForwardParts) {
    this.#parts = parts;
  }

  /**
   * One outcome per target that the push is for.
   * @param delivery how often the subscription has given this message out, this time included
   */
  async run(push: CompletedPush, delivery: number): Promise<readonly TargetOutcome[]> {
    const verdicts = this.#verdictsOf(push.id);
    const notification = toPushNotification(push);
    const targets = this.#parts.targets.filter((target) => isFor(target, push.repository));
    return await Promise.all(
      targets.map(async ({ name }) => {
        const before = verdicts.get(name);
        if (before?.outcome === 'accepted') {
          return { target: name, outcome: 'repeated', attempts: 0 } as const;
        }
        // A refusal stands while the message goes to the dead letters. A person who sends it from there again has
        // repaired something: it is given out for the first time then.
        if (before?.outcome === 'refused' && delivery > 1) {
          return { ...before, attempts: 0 };
        }
        const outcome = await this.#tell(name, notification);
        verdicts.set(name, outcome);
        return outcome;
      }),
    );
  }

  async #tell(target: string, notification: PushNotification): Promise<TargetOutcome> {
    for (let attempts = 1; ; attempts += 1) {
      const { verdict, got } = await this.#attempt(target, notification);
      const pauseMs = PAUSES_MS[attempts - 1];
      if (verdict !== 'later' || pauseMs === undefined) {
        return { target, outcome: verdict, attempts, ...(verdict === 'accepted' ? {} : { got }) };
      }
      await this.#parts.timing.sleep(pauseMs);
    }
  }

  async #attempt(target: string, notification: PushNotification): Promise<{ verdict: Verdict; got: string }> {
    const { poster, timing } = this.#parts;
    try {
      const status = await poster.post(target, notification, timing.timeout(ATTEMPT_MS));
      return { verdict: verdictOf(status), got: `status ${status}` };
    } catch (error) {
      if (error instanceof Unavailable) {
        return { verdict: 'later', got: error.message };
      }
      throw error;
    }
  }

  #verdictsOf(id: string): Verdicts {
    const verdicts: Verdicts = this.#remembered.get(id) ?? new Map();
    this.#remembered.delete(id);
    this.#remembered.set(id, verdicts);
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size > MOST_REMEMBERED) {
      this.#remembered.delete(oldest);
    }
    return verdicts;
  }
}
