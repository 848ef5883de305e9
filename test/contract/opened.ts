// What a contract suite is given to test: a port, and a way to make whatever is behind it fall silent.
import { expect } from 'vitest';
import { Unavailable } from '../../src/usecases/ports.ts';

export interface Opened<T> {
  readonly port: T;
  /** The same store as another instance of the app sees it. */
  readonly elsewhere: T;
  /** From now on no call is answered, until what this returns is called. */
  stall(): () => void;
}

/** An empty store at every call. */
export type Open<T> = () => Promise<Opened<T>>;

/** The signal of a caller that has all the time in the world. */
export const patient = () => new AbortController().signal;

/** A call that nobody answers has to end when its signal says so, and to say that its effect is not known. */
export async function expectToEndBySignal<T>(
  { port, stall }: Opened<T>,
  call: (port: T, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const resume = stall();
  try {
    const controller = new AbortController();
    const ended = expect(call(port, controller.signal)).rejects.toThrow(Unavailable);
    // The call is on its way before it is given up.
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await ended;
    await expect(call(port, controller.signal)).rejects.toThrow(Unavailable);
  } finally {
    resume();
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

/** How the calls of a race ended. */
export function outcomes(results: readonly PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const name = result.status === 'fulfilled' ? 'won' : (result.reason as Error).name;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
