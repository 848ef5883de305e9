/** Runs `work` for each item, at most `limit` at a time; stops taking items when `isOver` says so. Rejects as `work` does. */
export async function concurrently<T>(
  items: AsyncIterable<T>,
  { limit, isOver }: { limit: number; isOver: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    if (isOver()) {
      break;
    }
    const promise = work(item).finally(() => running.delete(promise));
    running.add(promise);
    if (running.size >= limit) {
      await Promise.race(running);
    }
  }
  await Promise.all(running);
}
