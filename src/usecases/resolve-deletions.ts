// Finds the tags that a deletion concerns, and tells them. Each deletion is looked at twice: soon, and once more half an
// hour later, for a push that was heard of only after its deletion.
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

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
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
  async #resolve({ registry, repository, pending }: OfRepository, until: Instant): Promise<number> {
    const { index, timing, concurrency } = this.#dependencies;
    const signal = timing.timeout(Math.max(0, until - timing.now()) + CALL_TIMEOUT_MS);
    const notices = pending.map(({ notice }) => notice);
    const named = notices.flatMap(({ digest }) => digest ?? []);
    const isAny = named.length < notices.length;
    let concerned = 0;
    const failures: unknown[] = [];
    const isOver = () => failures.some((failure) => failure instanceof Unavailable);
    const tags = index.tags(registry, repository, isAny ? undefined : new Set(named), signal);
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
    for (const done of pending) {
      await this.#settle(done);
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
