// Compaction: a tag's document must not grow without end, and forgetting must not change an answer. Whole replications
// are forgotten, oldest birth first, never the current one. As every fact of a forgotten replication goes and every fact
// of a kept one stays, folding what is left gives the kept replications exactly as folding everything would.
import type { Announcement } from './announcements.ts';
import { expectedRegions, type OptedIn } from './expected.ts';
import { type Fact, heardAt } from './facts.ts';
import type { Instant } from './instant.ts';
import type { Digest, Region } from './names.ts';
import { type Replication, replicationKey } from './replications.ts';
import type { TagState } from './tag-state.ts';

/** Upper bound of the document without its outbox, in characters: Table Storage takes 32 Ki of them in a property. */
export const DOCUMENT_LIMIT = 32_000;
/** Above this, replications that nobody has heard of for `abandonAfterMs` go: reading and writing stays fast. */
const COMFORTABLE_SIZE = 16_000;
/** Upper bound of the outbox, in characters: eight properties. Only a bus that is down for long can fill it. */
export const OUTBOX_LIMIT = 240_000;

/** @returns the same state when nothing has to go */
export function forget(
  state: TagState,
  all: readonly Replication[],
  optedIn: OptedIn,
  policy: { readonly abandonAfterMs: number },
  now: Instant,
): TagState {
  const bounded = withBoundedOutbox(state);
  let size = documentSize(bounded);
  if (size <= COMFORTABLE_SIZE) {
    return bounded;
  }
  let next = bounded;
  for (const replication of all.slice(0, -1)) {
    const isOld = replication.lastHeardAt + policy.abandonAfterMs <= now;
    if (size <= COMFORTABLE_SIZE || (size <= DOCUMENT_LIMIT && !isOld)) {
      break;
    }
    next = without(next, replication);
    size = documentSize(next);
  }
  if (size <= DOCUMENT_LIMIT) {
    return next;
  }
  const current = all.at(-1);
  // Without a replication there are only deletions, which have no effect yet.
  return current === undefined ? { ...next, facts: [] } : trimmed(next, current, optedIn);
}

/** What the stored document takes at most, in characters; the codec's test holds the two together. */
export function documentSize({ facts, said }: TagState): number {
  const digests = new Set<Digest>();
  const regions = new Set<Region>();
  const mediaTypes = new Set<string>();
  for (const fact of facts) {
    digests.add(fact.digest);
    regions.add(fact.region);
    if (fact.type === 'arrival' && fact.mediaType !== undefined) {
      mediaTypes.add(fact.mediaType);
    }
  }
  let size = 300;
  for (const { lagging = [], recovered = [] } of Object.values(said)) {
    size += 57 + 4 * (lagging.length + recovered.length);
    for (const region of lagging) {
      regions.add(region);
    }
  }
  for (const { length } of digests) {
    size += length + 20;
  }
  for (const { length } of [...regions, ...mediaTypes]) {
    size += length + 3;
  }
  const indexDigits = String(digests.size).length + String(regions.size).length;
  return size + facts.length * (37 + indexDigits);
}

/** What is kept beside the facts, of digests that still have some. */
function ofKeptDigests({ said, forgotten }: TagState, facts: readonly Fact[]): Pick<TagState, 'said' | 'forgotten'> {
  const kept = new Set<string>(facts.map(({ digest }) => digest));
  const isKept = ([key]: readonly [string, unknown]) => kept.has(key.split('#')[0] as string);
  return {
    said: Object.fromEntries(Object.entries(said).filter(isKept)),
    forgotten: Object.fromEntries(Object.entries(forgotten).filter(isKept)),
  };
}

function without(state: TagState, replication: Replication): TagState {
  const gone = new Set(replication.facts);
  const facts = state.facts.filter((fact) => !gone.has(fact));
  const { [replicationKey(replication)]: _, ...said } = state.said;
  const forgotten = { ...state.forgotten, [replication.digest]: (state.forgotten[replication.digest] ?? 0) + 1 };
  const horizon =
    state.horizon !== undefined && state.horizon > replication.bornAt ? state.horizon : replication.bornAt;
  return { ...state, facts, ...ofKeptDigests({ ...state, said, forgotten }, facts), horizon };
}

/** The last resort when the current replication alone is too large: what changes its answer least goes first. */
function trimmed(state: TagState, current: Replication, optedIn: OptedIn): TagState {
  const counted = new Set(current.facts);
  const expected = new Set(expectedRegions(optedIn, current.firstHeardAt) ?? []);
  const isRepeat = (fact: Fact) =>
    fact !== (fact.type === 'arrival' ? current.arrivals.get(fact.region) : current.closedBy);
  const repeats = current.facts.filter(isRepeat);
  const lastRepeats = new Set(new Map(repeats.map((fact) => [fact.region, fact])).values());
  const arrivals = current.facts.filter((fact) => fact.type === 'arrival' && !isRepeat(fact));
  // Lag counts from the fact that was heard first: it stays.
  const firstHeard = current.facts.find((fact) => fact.type === 'arrival' && heardAt(fact) === current.firstHeardAt);
  const candidates = [
    ...state.facts.filter((fact) => !counted.has(fact)),
    ...repeats.filter((fact) => !lastRepeats.has(fact)),
    ...lastRepeats,
    ...arrivals
      .slice(1)
      .filter((fact) => !expected.has(fact.region))
      .reverse(),
  ].filter((fact) => fact !== firstHeard);
  const gone = new Set<Fact>();
  let next = state;
  // Dropping in steps keeps this linear enough; a step overshoots by a few facts at most.
  for (let index = 0; index < candidates.length && documentSize(next) > DOCUMENT_LIMIT; index += 8) {
    for (const fact of candidates.slice(index, index + 8)) {
      gone.add(fact);
    }
    const facts = state.facts.filter((fact) => !gone.has(fact));
    next = { ...state, facts, ...ofKeptDigests(state, facts) };
  }
  return next;
}

function announcementSize({ arrivals, missing, mediaType = '' }: Announcement): number {
  const regionLengths = [
    ...arrivals.map(({ region }) => region.length + 90),
    ...missing.map((name) => name.length + 3),
  ];
  return regionLengths.reduce((sum, length) => sum + length, 800 + mediaType.length);
}

/** Hundreds of pushes of one tag while the bus is down: what says least goes first; the gap in `sequence` tells. */
function withBoundedOutbox(state: TagState): TagState {
  let size = state.outbox.reduce((sum, entry) => sum + announcementSize(entry), 0);
  if (size <= OUTBOX_LIMIT) {
    return state;
  }
  const byWorth = [...state.outbox].sort((a, b) => worth(a) - worth(b) || a.sequence - b.sequence);
  const gone = new Set<Announcement>();
  for (const entry of byWorth) {
    if (size <= OUTBOX_LIMIT) {
      break;
    }
    gone.add(entry);
    size -= announcementSize(entry);
  }
  return { ...state, outbox: state.outbox.filter((entry) => !gone.has(entry)) };
}

const worth = ({ type }: Announcement) => (type === 'replication.completed' ? 1 : 0);
