// Every operation of a fake passes a gate. A simulation puts latency and faults in there: it may let the effect happen
// and lose the answer, or answer `Unavailable` without effect, or never answer.
import { Unavailable } from '../../src/usecases/ports.ts';

export type Gate = <T>(operation: string, effect: () => T) => Promise<T>;

export interface GateOption {
  readonly gate?: Gate;
}

const openGate: Gate = async (_, effect) => effect();

/** A call as the ports want it: it ends by its signal at the latest, and may take effect even later. */
export class GatedCalls {
  readonly #gate: Gate;

  constructor({ gate = openGate }: GateOption) {
    this.#gate = gate;
  }

  call<T>(operation: string, signal: AbortSignal, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(new Unavailable(`expected ${operation} to end in time, got no answer`));
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal.removeEventListener('abort', onAbort);
      this.#gate(operation, effect).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}
