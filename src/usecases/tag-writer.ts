// The one place where a tag's document is written. The order of writes carries the promises:
//   1. the alarm's row, before the state that names it   - so a named alarm always exists
//   2. the state, only if nobody else wrote since it was read - the decision is made on the state that is written
//   3. the old alarm's row is deleted, after the state that no longer names it
// Whatever crashes in between, what is left is an alarm that nobody names, and the sweep removes that when it is due.
import { type Advanced, advance, type Examined, type Policy } from '../core/advance.ts';
import type { OptedIn } from '../core/expected.ts';
import type { Fact } from '../core/facts.ts';
import type { Instant } from '../core/instant.ts';
import { type Region, type TagName, tagKey } from '../core/names.ts';
import { emptyTagState, type RecordOutcome, record, type TagState, withoutSent } from '../core/tag-state.ts';
import { ALARM_AHEAD_MS, isLagging, planAlarm, withAlarm } from './alarm-plan.ts';
import {
  type Alarm,
  type AlarmStore,
  type NewId,
  type TagStore,
  type Timing,
  Unavailable,
  type Version,
  VersionConflict,
  type Versioned,
} from './ports.ts';
import { StateCache } from './state-cache.ts';

/** A commit that is not through by then counts as failed; ACR waits 5 s for the answer to its webhook. */
const COMMIT_TIMEOUT_MS = 3_400;
/** Of these, reading the regions may take this long. */
const REGIONS_TIMEOUT_MS = 1_000;
const CONFLICT_BACKOFF_MS = 40;

export type Change =
  | { readonly type: 'fact'; readonly fact: Fact }
  /** These announcements are known to be sent. */
  | { readonly type: 'sent'; readonly ids: ReadonlySet<string> }
  /** What the outbox holds could not be sent. */
  | { readonly type: 'unsent' }
  /** This alarm is due. Only here regions may be announced as lagging, and only those that were examined. */
  | { readonly type: 'rang'; readonly alarm: Alarm; readonly examined: Examined }
  /** The opted-in regions changed. */
  | { readonly type: 'look' };

export interface ChangeResult {
  readonly outcome: Outcome;
  readonly state: TagState;
  /** Read or written just now; else it is what this instance last knew, and others may have written since. */
  readonly isFresh: boolean;
}

/** What became of a fact; of an alarm that rang, whether the state named it. */
export type Outcome = RecordOutcome | 'done' | 'orphan';

export interface TagWriterDependencies {
  readonly tags: TagStore;
  readonly alarms: AlarmStore;
  readonly timing: Timing;
  readonly newId: NewId;
  readonly optedIn: (tag: TagName, signal: AbortSignal) => Promise<OptedIn>;
  readonly policy: (tag: TagName) => Policy;
  readonly cache?: StateCache;
}

interface Waiting {
  readonly change: Change;
  readonly resolve: (result: ChangeResult) => void;
  readonly reject: (error: unknown) => void;
}

export class TagWriter {
  readonly #dependencies: TagWriterDependencies;
  readonly #cache: StateCache;
  readonly #waiting = new Map<string, Waiting[]>();
  /** Whether the last tag that was not in the cache turned out to be stored: the best guess for the next one. */
  #isMissUsuallyStored = false;

  constructor(dependencies: TagWriterDependencies) {
    this.#dependencies = dependencies;
    this.#cache = dependencies.cache ?? new StateCache();
  }

  /**
   * Changes a tag's state and commits it; resolves when the change is durable, or was so already. Changes of one tag
   * that meet on this instance go into one write. Rejects with `Unavailable` when it is not known to be durable.
   */
  update(tag: TagName, change: Change): Promise<ChangeResult> {
    const key = tagKey(tag);
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(key);
      if (queue !== undefined) {
        queue.push({ change, resolve, reject });
        return;
      }
      this.#waiting.set(key, [{ change, resolve, reject }]);
      void this.#drain(tag, key);
    });
  }

  /** The last state that this instance knows, else the stored one. */
  async known(tag: TagName): Promise<TagState | undefined> {
    const cached = this.#cache.get(tagKey(tag));
    return cached?.value ?? (await this.read(tag));
  }

  /** The stored state, read now. */
  async read(tag: TagName): Promise<TagState | undefined> {
    return (await this.#load(tag, this.#dependencies.timing.timeout(COMMIT_TIMEOUT_MS)))?.value;
  }

  async #drain(tag: TagName, key: string): Promise<void> {
    for (let batch = this.#waiting.get(key) ?? []; batch.length > 0; batch = this.#waiting.get(key) ?? []) {
      this.#waiting.set(key, []);
      try {
        const results = await this.#commit(
          tag,
          batch.map(({ change }) => change),
        );
        batch.forEach(({ resolve }, index) => {
          resolve(results[index] as ChangeResult);
        });
      } catch (error) {
        for (const { reject } of batch) {
          reject(error);
        }
      }
    }
    this.#waiting.delete(key);
  }

  async #load(tag: TagName, signal: AbortSignal): Promise<Versioned<TagState> | undefined> {
    const stored = await this.#dependencies.tags.load(tag, signal);
    if (stored !== undefined) {
      this.#cache.set(tagKey(tag), stored);
    }
    return stored;
  }

  /**
   * What to build on: what this instance knows, or, for a fact, a guess that nothing is stored: a fact on top of nothing
   * is always written, and compare-and-swap finds a wrong guess out. Everything else has to be read, above all that
   * nobody names an alarm that rang.
   */
  async #base(
    tag: TagName,
    changes: readonly Change[],
    rang: readonly Alarm[],
    signal: AbortSignal,
  ): Promise<Versioned<TagState> | undefined> {
    const cached = this.#cache.get(tagKey(tag));
    const isLook = changes.some(({ type }) => type === 'look');
    if (cached !== undefined && !isLook && rang.every(({ id }) => id === cached.value.alarm?.id)) {
      return cached;
    }
    const hasFact = changes.some(({ type }) => type === 'fact');
    if (cached === undefined && hasFact && !isLook && rang.length === 0 && !this.#isMissUsuallyStored) {
      return undefined;
    }
    const stored = await this.#load(tag, signal);
    if (hasFact) {
      this.#isMissUsuallyStored = stored !== undefined;
    }
    return stored;
  }

  async #commit(tag: TagName, changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const signal = this.#dependencies.timing.timeout(COMMIT_TIMEOUT_MS);
    const rang = changes.flatMap((change) => (change.type === 'rang' ? [change.alarm] : []));
    const examined = examinedBy(changes);
    // Regions that cannot be read soon must not cost the push: without them it is stored, and looked at again.
    const optedIn = await this.#dependencies.optedIn(tag, this.#dependencies.timing.timeout(REGIONS_TIMEOUT_MS));
    const cached = this.#cache.get(tagKey(tag));
    let base = await this.#base(tag, changes, rang, signal);
    /** Rows of alarms that may turn out to be named by nobody: those that rang, and those written for a try that lost. */
    const loose = [...rang];
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const { timing, newId, policy } = this.#dependencies;
      const now = timing.now();
      const before = base?.value ?? emptyTagState(newId());
      const { state, outcomes } = apply(before, changes);
      const advanced = advance(state, optedIn, policy(tag), now, examined);
      const next = await this.#withAlarm(tag, before, advanced, { changes, rang, now, loose }, signal);
      if (next === before) {
        await this.#remove(loose, before);
        return outcomes.map((outcome) => ({ outcome, state: before, isFresh: base !== cached }));
      }
      const version = await this.#tryCommit(tag, next, base?.version, signal);
      if (version !== undefined) {
        this.#cache.set(tagKey(tag), { value: next, version });
        await this.#remove(before.alarm === undefined ? loose : [...loose, { ...before.alarm, tag }], next);
        return outcomes.map((outcome) => ({ outcome, state: next, isFresh: true }));
      }
      this.#isMissUsuallyStored ||= base === undefined;
      await timing.sleep(timing.random() * CONFLICT_BACKOFF_MS * Math.min(attempt, 8));
      base = await this.#load(tag, signal);
    }
    throw new Unavailable(`expected to commit ${tagKey(tag)} within ${COMMIT_TIMEOUT_MS} ms, but others kept writing`);
  }

  /** @returns the same object as `before` when there is nothing to write */
  async #withAlarm(
    tag: TagName,
    before: TagState,
    { state, lookAgainAt }: Advanced,
    { changes, rang, now, loose }: { changes: readonly Change[]; rang: readonly Alarm[]; now: Instant; loose: Alarm[] },
    signal: AbortSignal,
  ): Promise<TagState> {
    const hasRung = rang.some(({ id }) => id === before.alarm?.id);
    const isUnsent = changes.some(({ type }) => type === 'unsent');
    const plan = planAlarm(state, { now, lookAgainAt, hasRung, isUnsent });
    if (plan === 'keep') {
      return state;
    }
    if (plan === 'none') {
      // An alarm that is no longer needed alone is not worth a write: the sweep removes it when it is due.
      return state === before && !hasRung ? before : withAlarm(state, undefined);
    }
    const flags = isLagging(state) ? { isLagging: true as const } : {};
    const isFitting = ({ id, dueAt, ...alarm }: Alarm) =>
      isSpare(id, rang) && dueAt <= plan && dueAt > now + ALARM_AHEAD_MS / 2 && alarm.isLagging === flags.isLagging;
    let spare = loose.find(isFitting);
    if (spare === undefined) {
      spare = { id: this.#dependencies.newId(), dueAt: plan, tag, ...flags };
      loose.push(spare);
      await this.#dependencies.alarms.add(spare, signal);
    }
    return withAlarm(state, { id: spare.id, dueAt: spare.dueAt });
  }

  async #tryCommit(
    tag: TagName,
    state: TagState,
    expected: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version | undefined> {
    try {
      return await this.#dependencies.tags.commit(tag, state, expected, signal);
    } catch (error) {
      if (error instanceof VersionConflict) {
        return undefined;
      }
      throw error;
    }
  }

  /** Only called with a state that is known to be stored now: what it does not name, no later write can name. */
  async #remove(alarms: readonly Alarm[], stored: TagState): Promise<void> {
    const signal = this.#dependencies.timing.timeout(COMMIT_TIMEOUT_MS);
    const unnamed = alarms.filter(({ id }) => id !== stored.alarm?.id);
    // One that cannot be removed now is removed by the sweep when it is due.
    await Promise.allSettled(unnamed.map((alarm) => this.#dependencies.alarms.remove(alarm, signal)));
  }
}

function examinedBy(changes: readonly Change[]): Examined {
  const examined = changes.flatMap((change) => (change.type === 'rang' ? [change.examined] : []));
  return examined.includes('all') ? 'all' : new Set(examined.flatMap((regions) => [...regions] as Region[]));
}

const isSpare = (id: string, rang: readonly Alarm[]) => rang.every((alarm) => alarm.id !== id);

function apply(before: TagState, changes: readonly Change[]): { state: TagState; outcomes: readonly Outcome[] } {
  let state = before;
  const outcomes: Outcome[] = [];
  for (const change of changes) {
    let outcome: Outcome = 'done';
    switch (change.type) {
      case 'fact':
        ({ state, outcome } = record(state, change.fact));
        break;
      case 'sent':
        state = withoutSent(state, change.ids);
        break;
      case 'rang':
        outcome = change.alarm.id === before.alarm?.id ? 'done' : 'orphan';
        break;
      case 'unsent':
      case 'look':
        break;
    }
    outcomes.push(outcome);
  }
  return { state, outcomes };
}
