// What has to be true of a world that has gone quiet. Written against what was delivered, not against what the app thinks.
import type { Announcement } from '../../src/core/announcements.ts';
import { expectedRegions, type OptedIn } from '../../src/core/expected.ts';
import { heardAt, isSameFact } from '../../src/core/facts.ts';
import { type Region, type Registry, type TagName, tagKey } from '../../src/core/names.ts';
import { type Replication, replications } from '../../src/core/replications.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import { ALL_REGIONS } from './script.ts';
import type { World } from './world.ts';

/** Instances' clocks differ by less than this. */
const CLOCKS_MS = 1_000;
/** A region that was listed this long before a replication was first heard of has to be waited for. */
const SURELY_LISTED_MS = 10 * 60_000;

export interface Circumstances {
  /** Whatever was asked of the registry was answered. */
  readonly isRegistryWell: boolean;
}

/** @returns what is wrong, in words; nothing when all is well */
export async function complaintsAbout(world: World, circumstances: Circumstances): Promise<readonly string[]> {
  const complaints = [...world.complaints];
  const signal = new AbortController().signal;
  const optedIn = (await world.registryStore.load('contoso' as Registry, signal))?.value.optedIn ?? 'unknown';
  for (const tag of world.tagNames()) {
    const state = (await world.tagStore.load(tag, signal))?.value;
    const messages = world.bus.messages(tag);
    const complain = (text: string) => complaints.push(`${tagKey(tag)}: ${text}`);
    checkFacts(world, tag, state, complain);
    checkDeletions(world, state, complain);
    if (circumstances.isRegistryWell && world.script.isManaged) {
      checkNoFalseLag(world, tag, messages, complain);
    }
    checkMessages(messages, state, (message) => world.reasons(tag, message), complain);
    checkNoneEarly(world, tag, messages, optedIn, complain);
    if (state !== undefined) {
      checkNoneMissing(state, messages, optedIn, complain);
      checkNoneForgotten(world, state, messages, complain);
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
    if (!state?.facts.some((fact) => isSameFact(fact, arrival))) {
      complain(`acknowledged and not stored: ${arrival.region} ${arrival.digest.slice(7, 8)} ${arrival.eventAt}`);
    }
  }
  // Where the registry can be asked, it does not matter what became of the webhooks.
  for (const { tag: pushed, fact } of world.script.isManaged ? world.truth.arrivals : []) {
    const isStored = state?.facts.some((known) => isSameFact(known, fact));
    if (tagKey(pushed) === tagKey(tag) && !isStored) {
      complain(`lost, and not found: ${fact.region} ${fact.digest.slice(7, 8)} ${fact.eventAt}`);
    }
  }
}

/** A deletion is looked at for the second time this long after the first one. */
const SURELY_LOOKED_AT_MS = 25 * 60_000;

/** What was told to us, or what the registry remembers, is known to every tag that had the digest in that region. */
function checkDeletions(world: World, state: TagState | undefined, complain: Complain): void {
  const acknowledged = world.deletionDeliveries.filter(({ isAcknowledged }) => isAcknowledged);
  for (const { fact } of world.truth.deletions) {
    const told = acknowledged.find(({ notice }) => notice.region === fact.region && notice.eventAt === fact.eventAt);
    const until = (told?.notice.receivedAt ?? Number.POSITIVE_INFINITY) + SURELY_LOOKED_AT_MS;
    const isConcerned = state?.facts.some(
      (known) =>
        known.type === 'arrival' &&
        known.digest === fact.digest &&
        known.region === fact.region &&
        known.eventAt < fact.eventAt &&
        heardAt(known) <= until,
    );
    const isTold = told !== undefined || world.script.isManaged;
    if (isConcerned && isTold && !state?.facts.some((known) => isSameFact(known, fact))) {
      complain(`deleted, and not known: ${fact.region} ${fact.digest.slice(7, 8)} ${fact.eventAt}`);
    }
  }
}

/** Reading a history takes a while, and many tags share one reading. */
const SURELY_SHOWN_MS = 60_000;

/** Nobody is told that a region lags when its history has long shown that the image is there. */
function checkNoFalseLag(world: World, tag: TagName, messages: readonly Announcement[], complain: Complain): void {
  for (const message of messages.filter(({ type }) => type === 'replication.lagging')) {
    const shown = world.truth.arrivals.some(
      ({ tag: pushed, fact, at }) =>
        tagKey(pushed) === tagKey(tag) &&
        fact.region === message.region &&
        fact.digest === message.digest &&
        fact.eventAt >= message.pushedAt &&
        at <= message.decidedAt - SURELY_SHOWN_MS,
    );
    if (shown) {
      complain(`false: ${factOf(message)} though its history shows it`);
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
 * At the moment of a `completed`, each region that had to be waited for had the image: those listed for long before, and
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
    const told = world.truth.arrivals.filter(
      ({ tag: pushed, fact, at }) =>
        tagKey(pushed) === tagKey(tag) && fact.digest === message.digest && at <= message.decidedAt + CLOCKS_MS,
    );
    const counting = expectedRegions(optedIn, message.firstHeardAt) ?? [];
    for (const region of new Set([...listedThroughout(world, message), ...counting])) {
      if (!told.some(({ fact }) => fact.region === region)) {
        complain(`early: ${factOf(message)} without ${region}`);
      }
    }
  }
}

/** Regions that the app knew to be opted in from long before we heard of the push until the decision. */
function listedThroughout(world: World, { firstHeardAt, decidedAt }: Announcement): readonly Region[] {
  const inForce = world.listings.filter(({ at }, index) => {
    const until = world.listings[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    return at <= decidedAt + CLOCKS_MS && until >= firstHeardAt - SURELY_LISTED_MS;
  });
  return ALL_REGIONS.filter((region) => inForce.every(({ regions }) => regions.includes(region)));
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
    if (replication.closedBy !== undefined) {
      if (!['completed', 'superseded', 'abandoned'].some((type) => isSaid(replication, type))) {
        complain(`silent: ${name} was deleted, and nobody was told`);
      }
      continue;
    }
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

/**
 * Whatever the app has come to think of its regions: a push that is in every region there ever was is complete, and one
 * that lacks a region which was always there lags. A moment in which no replica is ready changes nothing.
 */
function checkNoneForgotten(
  world: World,
  state: TagState,
  messages: readonly Announcement[],
  complain: Complain,
): void {
  const changes = world.script.events
    .filter((event) => event.type === 'regions')
    .sort((a, b) => a.at - b.at)
    .map(({ regions }) => regions);
  const sets = [world.script.regions, ...changes].filter((regions) => regions.length > 0);
  const current = replications(state.facts, state.forgotten).at(-1);
  // Where none is ready in the end, the app may have come too late to learn of any.
  if (current === undefined || current.closedBy !== undefined || changes.at(-1)?.length === 0) {
    return;
  }
  const said = messages.filter(({ digest, ordinal }) => digest === current.digest && ordinal === current.ordinal);
  const isSaid = (type: string, region?: Region) =>
    said.some((message) => message.type === type && message.region === region);
  if (isSaid('replication.completed')) {
    return;
  }
  const name = `${current.digest.slice(7, 8)}#${current.ordinal}`;
  const always = ALL_REGIONS.filter((region) => sets.every((regions) => regions.includes(region)));
  // Where every region has gone and others have come, nobody can say what to wait for.
  if (always.length > 0 && sets.flat().every((region) => current.arrivals.has(region))) {
    complain(`silent: ${name} is everywhere, and nobody was told`);
  }
  for (const region of always) {
    if (!current.arrivals.has(region) && !isSaid('replication.lagging', region)) {
      complain(`silent: ${name} lacks ${region}, which was always there, and nobody was told`);
    }
  }
}
