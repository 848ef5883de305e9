import type { Timing } from './ports.ts';

/** What the promise gives, or `late` when it has not settled in time; it goes on all the same. Rejects as it does. */
export async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  timing: Timing,
): Promise<{ readonly type: 'in time'; readonly value: T } | { readonly type: 'late' }> {
  // A late rejection has nobody left to hear it.
  promise.catch(() => {});
  const signal = timing.timeout(Math.max(0, milliseconds));
  return await new Promise((resolve, reject) => {
    const onAbort = () => resolve({ type: 'late' });
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve({ type: 'in time', value });
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
