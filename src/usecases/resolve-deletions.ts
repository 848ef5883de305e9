// Finds the tags that a deletion concerns, and tells them: as soon as it is heard of, so that a push of the same image
// that comes next counts as new. The sweep makes sure of it, and looks once more half an hour later, for a push that was
// heard of only after its deletion.
import type { Deletion } from '../core/facts.ts';
import type { Instant } from '../core/instant.ts';
import type { Digest, Registry, Repository, TagName } from '../core/names.ts';
import type { DeletionNotice } from '../core/notification.ts';
import { concurrently } from './concurrently.ts';
import type { OutboxSender } from './outbox-sender.ts';
import {
  type DeletionStore,
  type Log,
  type PendingDeletion,
  type TagIndex,
  type Timing,
  Unavailable,
} from './ports.ts';
import type { TagWriter } from './tag-writer.ts';

const SECOND_LOOK_MS = 30 * 60_000;
/** More than this at once are left to the next time. */
const MAX_DELETIONS = 5_000;
const CALL_TIMEOUT_MS = 5_000;
const TELL_TIMEOUT_MS = 10_000;

interface Dependencies {
  readonly deletions: DeletionStore;
  readonly index: TagIndex;
  readonly writer: TagWriter;
  readonly outbox: OutboxSender;
  readonly timing: Timing;
  readonly log: Log;
  readonly registryNames: readonly Registry[];
  readonly concurrency: number;
}

export interface DeletionsReport {
  /** Deletions that were looked at. */
  readonly deletions: number;
  /** Tags that name a deleted digest. */
  readonly tags: number;
  /** Repositories that could not be dealt with; their deletions stay due. */
  readonly failed: number;
}

interface OfRepository {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly pending: PendingDeletion[];
}

export class ResolveDeletions {
  readonly #dependencies: Dependencies;

  /** By repository: what is being told to its tags, and what will be next. */
  readonly #telling = new Map<string, Promise<void>>();
  readonly #next = new Map<string, { readonly notices: DeletionNotice[]; readonly told: Promise<void> }>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Tells the tags now. Never rejects: what fails is the sweep's. Whoever comes while a repository's tags are being told
   * shares the next round: its tags are not listed for each of a thousand deletions.
   */
  tell(notice: DeletionNotice): Promise<void> {
    const key = `${notice.registry}:${notice.repository}`;
    const next = this.#next.get(key);
    if (next !== undefined) {
      next.notices.push(notice);
      return next.told;
    }
    const notices = [notice];
    const told = (this.#telling.get(key) ?? Promise.resolve()).then(async () => {
      this.#next.delete(key);
      const round = this.#tellNow(notices);
      this.#telling.set(key, round);
      await round;
      if (this.#telling.get(key) === round) {
        this.#telling.delete(key);
      }
    });
    this.#next.set(key, { notices, told });
    return told;
  }

  async #tellNow(notices: readonly DeletionNotice[]): Promise<void> {
    const { timing, log } = this.#dependencies;
    try {
      await this.#tellAll(notices, timing.timeout(TELL_TIMEOUT_MS));
    } catch (error) {
      const [{ registry, repository } = {}] = notices;
      log.warn('deletions left for the sweep', { registry, repository, reason: String(error) });
    }
  }

  /** @param until begins no other repository after this */
  async run(until: Instant): Promise<DeletionsReport> {
    const { timing, log } = this.#dependencies;
    const report = { deletions: 0, tags: 0, failed: 0 };
    for (const work of await this.#due(until, report)) {
      if (timing.now() >= until) {
        break;
      }
      try {
        report.tags += await this.#resolve(work, until);
        report.deletions += work.pending.length;
      } catch (error) {
        report.failed += 1;
        const { registry, repository } = work;
        log.error('deletions not dealt with', { registry, repository, reason: String(error) });
      }
    }
    return report;
  }

  /** By repository: its tags are listed once, whatever was deleted from it. */
  async #due(until: Instant, report: { failed: number }): Promise<readonly OfRepository[]> {
    const { deletions, timing, log, registryNames } = this.#dependencies;
    const found = new Map<string, OfRepository>();
    let count = 0;
    try {
      for await (const pending of deletions.due(timing.now(), timing.timeout(until - timing.now() + CALL_TIMEOUT_MS))) {
        const { registry, repository } = pending.notice;
        if (!registryNames.includes(registry)) {
          continue;
        }
        const key = `${registry}:${repository}`;
        const work = found.get(key) ?? { registry, repository, pending: [] };
        found.set(key, work);
        work.pending.push(pending);
        count += 1;
        if (count >= MAX_DELETIONS) {
          break;
        }
      }
    } catch (error) {
      report.failed += 1;
      log.error('deletions not read', { reason: String(error) });
    }
    return [...found.values()];
  }

  /** @returns how many tags were concerned */
  async #resolve({ pending }: OfRepository, until: Instant): Promise<number> {
    const { timing } = this.#dependencies;
    const signal = timing.timeout(Math.max(0, until - timing.now()) + CALL_TIMEOUT_MS);
    const concerned = await this.#tellAll(
      pending.map(({ notice }) => notice),
      signal,
    );
    for (const done of pending) {
      await this.#settle(done);
    }
    return concerned;
  }

  /** All of one repository. Rejects when not every tag could be told. @returns how many tags were concerned */
  async #tellAll(notices: readonly DeletionNotice[], signal: AbortSignal): Promise<number> {
    const { index, concurrency } = this.#dependencies;
    const [first] = notices;
    if (first === undefined) {
      return 0;
    }
    const named = notices.flatMap(({ digest }) => digest ?? []);
    const isAny = named.length < notices.length;
    let concerned = 0;
    const failures: unknown[] = [];
    const isOver = () => failures.some((failure) => failure instanceof Unavailable);
    const tags = index.tags(first.registry, first.repository, isAny ? undefined : new Set(named), signal);
    await concurrently(tags, { limit: concurrency, isOver }, async (tag) => {
      try {
        const isConcerned = await this.#tell(tag, notices);
        concerned += isConcerned ? 1 : 0;
      } catch (failure) {
        // What stands in one tag's way, perhaps for good, must not keep it from the others.
        failures.push(failure);
      }
    });
    if (failures.length > 0) {
      throw failures[0];
    }
    return concerned;
  }

  async #tell(tag: TagName, notices: readonly DeletionNotice[]): Promise<boolean> {
    const { writer, outbox } = this.#dependencies;
    const state = await writer.read(tag);
    const digests = new Set(state?.facts.flatMap((fact) => (fact.type === 'arrival' ? [fact.digest] : [])));
    const facts = notices.flatMap((notice) => deletionsOf(notice, digests));
    const results = await Promise.all(facts.map((fact) => writer.update(tag, { type: 'fact', fact })));
    if (results.some((result) => result.state.outbox.length > 0)) {
      await outbox.send(tag);
    }
    return facts.length > 0;
  }

  /** The second look is stored before the first one goes. */
  async #settle(done: PendingDeletion): Promise<void> {
    const { deletions, timing } = this.#dependencies;
    if (done.look === 1) {
      const again: PendingDeletion = { ...done, look: 2, dueAt: timing.now() + SECOND_LOOK_MS };
      await deletions.add(again, timing.timeout(CALL_TIMEOUT_MS));
    }
    await deletions.remove(done, timing.timeout(CALL_TIMEOUT_MS));
  }
}

/** A notice without a digest is about all that the repository had. */
function deletionsOf(notice: DeletionNotice, digests: ReadonlySet<Digest>): readonly Deletion[] {
  const { eventAt, region, digest, receivedAt } = notice;
  const concerned = digest === undefined ? [...digests] : digests.has(digest) ? [digest] : [];
  return concerned.map((deleted) => ({
    ...{ type: 'deletion', eventAt, region, digest: deleted },
    ...(receivedAt === undefined ? {} : { receivedAt }),
  }));
}
