// How many requests Azure Resource Manager would still take: shown in each answer, and never held against anybody here.
// https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling

interface Bucket {
  readonly size: number;
  readonly refillPerSecond: number;
}

const READS: Bucket = { size: 250, refillPerSecond: 25 };
const WRITES: Bucket = { size: 200, refillPerSecond: 10 };

export class RemainingRequests {
  readonly #left = new Map<Bucket, { count: number; at: number }>();

  /** How many are left after this one; from 1 up. */
  after(method: string, now: number): number {
    const bucket = method === 'GET' ? READS : WRITES;
    const { count, at } = this.#left.get(bucket) ?? { count: bucket.size, at: now };
    const refilled = Math.min(bucket.size, count + ((now - at) / 1000) * bucket.refillPerSecond);
    const left = Math.max(1, refilled - 1);
    this.#left.set(bucket, { count: left, at: now });
    return Math.floor(left);
  }
}
