/**
 * Runs `work` for each item, at most `limit` at a time; begins nothing more when `isOver` says so or a `work` has
 * rejected. Resolves when all that was begun has ended; rejects with the first rejection.
 */
export async function concurrently<T>(
  items: AsyncIterable<T>,
  { limit, isOver }: { limit: number; isOver: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const item of items) {
      if (isOver() || failures.length > 0) {
        break;
      }
      const promise = work(item)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => running.delete(promise));
      running.add(promise);
      if (running.size >= limit) {
        await Promise.race(running);
      }
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}
