// Asks the replicas themselves whether they hold what a tag is to point to. What they say is recorded as an arrival.
import type { Arrival } from '../core/facts.ts';
import { type Instant, justAfter } from '../core/instant.ts';
import type { Region, Registry, TagName } from '../core/names.ts';
import { type Replication, replications } from '../core/replications.ts';
import type { TagState } from '../core/tag-state.ts';
import { Forbidden, type Log, type ManifestReader, type Timing } from './ports.ts';
import type { RecordArrival } from './record-arrival.ts';

const MINUTE_MS = 60_000;
/** A hundredth of what the registry allows one identity (10,000 reads a minute). */
const MOST_PER_MINUTE = 100;
/** A replica that did not answer, or refused to, is not asked again before this. */
const LEFT_ALONE_MS = MINUTE_MS;

/**
 * `held`: the replica has this digest under the tag. `absent`: it has nothing there. `another`: it has another digest.
 * `unreachable`: it did not answer, which says nothing. `refused`: our identity may not ask. `postponed`: it was asked
 * too often. `untold`: this digest was on the tag before, so the answer could not tell the two pushes apart.
 */
export type Verification = 'held' | 'absent' | 'another' | 'unreachable' | 'refused' | 'postponed' | 'untold';

interface Dependencies {
  readonly manifests: ManifestReader;
  readonly recordArrival: RecordArrival;
  readonly timing: Timing;
  readonly log: Log;
  /** Those whose replicas may be asked. */
  readonly registryNames: readonly Registry[];
}

export class VerifyReplicas {
  readonly #dependencies: Dependencies;
  readonly #asked = new Map<Registry, Instant[]>();
  readonly #leftAlone = new Map<string, { readonly since: Instant; readonly answer: Verification }>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  canAsk(registry: Registry): boolean {
    return this.#dependencies.registryNames.includes(registry);
  }

  /**
   * Of the tag's current replication; what is held is durable when this resolves.
   * @param timeoutMs for all the answers; a replica that takes longer is unreachable
   */
  async verify(
    tag: TagName,
    state: TagState,
    regions: readonly Region[],
    timeoutMs: number,
  ): Promise<ReadonlyMap<Region, Verification>> {
    const current = replications(state.facts, state.forgotten).at(-1);
    if (current === undefined || !this.canAsk(tag.registry)) {
      return new Map();
    }
    const signal = this.#dependencies.timing.timeout(timeoutMs);
    const answers = await Promise.all(
      regions.map(async (region) => [region, await this.#ask(tag, current, region, signal)] as const),
    );
    for (const [region, answer] of answers) {
      if (answer === 'held') {
        await this.#record(tag, current, region);
      }
    }
    return new Map(answers);
  }

  async #ask(
    tag: TagName,
    { ordinal, digest }: Replication,
    region: Region,
    signal: AbortSignal,
  ): Promise<Verification> {
    const { manifests, timing, log } = this.#dependencies;
    if (ordinal > 1) {
      return 'untold';
    }
    const replica = `${tag.registry}:${region}`;
    const last = this.#leftAlone.get(replica);
    if (last !== undefined && timing.now() - last.since < LEFT_ALONE_MS) {
      return last.answer;
    }
    if (!this.#mayAsk(tag.registry)) {
      return 'postponed';
    }
    try {
      const held = await manifests.digest(tag, region, signal);
      return held === digest ? 'held' : held === undefined ? 'absent' : 'another';
    } catch (error) {
      const permission = error instanceof Forbidden ? { missingPermission: error.permission } : {};
      log.warn('replica not asked', { ...tag, region, ...permission, reason: String(error) });
      const answer = error instanceof Forbidden ? 'refused' : 'unreachable';
      this.#leftAlone.set(replica, { since: timing.now(), answer });
      return answer;
    }
  }

  #mayAsk(registry: Registry): boolean {
    const now = this.#dependencies.timing.now();
    const recent = (this.#asked.get(registry) ?? []).filter((at) => now - at < MINUTE_MS);
    const mayAsk = recent.length < MOST_PER_MINUTE;
    this.#asked.set(registry, mayAsk ? [...recent, now] : recent);
    return mayAsk;
  }

  /**
   * A replica does not say when it got the image. The fact is dated right after the push: never after one that
   * overwrites it, so that it cannot look like a move back.
   */
  async #record(tag: TagName, { bornAt, digest }: Replication, region: Region): Promise<void> {
    const { recordArrival, timing } = this.#dependencies;
    const arrival: Arrival = {
      ...{ type: 'arrival', eventAt: justAfter(bornAt), region, digest },
      ...{ source: 'verified', receivedAt: timing.now() },
    };
    await (await recordArrival.record(tag, arrival)).announced;
  }
}
