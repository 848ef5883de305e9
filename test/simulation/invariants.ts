// What has to be true of a world that has gone quiet. Written against what was delivered, not against what the app thinks.
import type { Announcement } from '../../src/core/announcements.ts';
import { expectedRegions, type OptedIn } from '../../src/core/expected.ts';
import { compareFacts } from '../../src/core/facts.ts';
import { type Region, type Registry, type TagName, tagKey } from '../../src/core/names.ts';
import { type Replication, replications } from '../../src/core/replications.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { World } from './world.ts';

/** Instances' clocks differ by less than this. */
const CLOCKS_MS = 1_000;
/** A region that was listed this long before a replication was first heard of has to be waited for. */
const SURELY_LISTED_MS = 10 * 60_000;

/** @returns what is wrong, in words; nothing when all is well */
export async function complaintsAbout(world: World): Promise<readonly string[]> {
  const complaints = [...world.complaints];
  const signal = new AbortController().signal;
  const optedIn = (await world.registryStore.load('contoso' as Registry, signal))?.value.optedIn ?? 'unknown';
  for (const tag of world.tagNames()) {
    const state = (await world.tagStore.load(tag, signal))?.value;
    const messages = world.bus.messages(tag);
    const complain = (text: string) => complaints.push(`${tagKey(tag)}: ${text}`);
    checkFacts(world, tag, state, complain);
    checkMessages(messages, state, (message) => world.reasons(tag, message), complain);
    checkNoneEarly(world, tag, messages, optedIn, complain);
    if (state !== undefined) {
      checkNoneMissing(state, messages, optedIn, complain);
    }
  }
  if (world.alarmStore.nextDueAt() !== undefined) {
    complaints.push('an alarm is left over');
  }
  return complaints;
}

type Complain = (text: string) => void;

function checkFacts(world: World, tag: TagName, state: TagState | undefined, complain: Complain): void {
  for (const { tag: delivered, arrival, isAcknowledged } of world.deliveries) {
    if (!isAcknowledged || tagKey(delivered) !== tagKey(tag)) {
      continue;
    }
    if (!state?.facts.some((fact) => compareFacts(fact, arrival) === 0)) {
      complain(`acknowledged and not stored: ${arrival.region} ${arrival.digest.slice(7, 8)} ${arrival.eventAt}`);
    }
  }
}

const factOf = ({ type, digest, ordinal, region }: Announcement) =>
  `${type} ${digest.slice(7, 8)}#${ordinal} ${region ?? ''}`;

function checkMessages(
  messages: readonly Announcement[],
  state: TagState | undefined,
  reasons: (message: Announcement) => number,
  complain: Complain,
): void {
  const ids = new Map<string, Set<string>>();
  for (const message of messages) {
    const known = (ids.get(factOf(message)) ?? new Set()).add(message.id);
    ids.set(factOf(message), known);
    if (known.size > 1 + reasons(message)) {
      complain(`announced ${known.size} times: ${factOf(message)}`);
    }
  }
  const sequences = new Set(messages.map(({ sequence }) => sequence));
  if (sequences.size !== (state?.sequence ?? 0)) {
    complain(`${state?.sequence} announcements were decided and ${sequences.size} sent`);
  }
  if (state !== undefined && state.outbox.length > 0) {
    complain(`the outbox still holds ${state.outbox.length}`);
  }
  if (state?.alarm !== undefined) {
    complain('the state still names an alarm');
  }
}

/**
 * At the moment of a `completed`, each region that had to be waited for had told us so: those listed for long before, and
 * those that count since before we first heard of it, whatever each instance had read of that by then.
 */
function checkNoneEarly(
  world: World,
  tag: TagName,
  messages: readonly Announcement[],
  optedIn: OptedIn,
  complain: Complain,
): void {
  for (const message of messages.filter(({ type }) => type === 'replication.completed')) {
    const told = world.deliveries.filter(
      ({ tag: delivered, arrival, at }) =>
        tagKey(delivered) === tagKey(tag) && arrival.digest === message.digest && at <= message.decidedAt + CLOCKS_MS,
    );
    const counting = expectedRegions(optedIn, message.firstHeardAt) ?? [];
    for (const region of new Set([...listedThroughout(world, message), ...counting])) {
      if (!told.some(({ arrival }) => arrival.region === region)) {
        complain(`early: ${factOf(message)} without ${region}`);
      }
    }
  }
}

/** Regions that the configuration listed from long before we heard of the push until the decision. */
function listedThroughout(world: World, { firstHeardAt, decidedAt }: Announcement): readonly Region[] {
  const inForce = world.listings.filter(({ at }, index) => {
    const until = world.listings[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    return at <= decidedAt + CLOCKS_MS && until >= firstHeardAt - SURELY_LISTED_MS;
  });
  return world.regions.filter((region) => inForce.every(({ regions }) => regions.includes(region)));
}

function checkNoneMissing(
  state: TagState,
  messages: readonly Announcement[],
  optedIn: OptedIn,
  complain: Complain,
): void {
  const announced = new Set(messages.map(factOf));
  const isSaid = (replication: Replication, type: string, region = '') =>
    announced.has(`replication.${type} ${replication.digest.slice(7, 8)}#${replication.ordinal} ${region}`);
  for (const replication of replications(state.facts, state.forgotten)) {
    const expected = expectedRegions(optedIn, replication.firstHeardAt);
    const missing = expected?.filter((region) => !replication.arrivals.has(region));
    const isReplicated = missing?.length === 0;
    const name = `${replication.digest.slice(7, 8)}#${replication.ordinal}`;
    if (replication.isCurrent && isReplicated && !isSaid(replication, 'completed')) {
      complain(`silent: ${name} is current and replicated, and nobody was told`);
    }
    if (replication.isCurrent && !isReplicated && !isSaid(replication, 'completed')) {
      for (const region of missing ?? []) {
        if (!isSaid(replication, 'lagging', region)) {
          complain(`silent: ${name} lags in ${region}, and nobody was told`);
        }
      }
      if (!isSaid(replication, 'abandoned')) {
        complain(`silent: ${name} has no last word`);
      }
    }
    if (!replication.isCurrent && !isSaid(replication, 'completed') && !isSaid(replication, 'superseded')) {
      complain(`silent: ${name} was overwritten, and nobody was told`);
    }
  }
}
