// Fills tables quickly: entities as the app would have written them, made by the core and the table adapter's codec, in
// transactions of a hundred.
import { TableClient, type TransactionAction } from '@azure/data-tables';
import { alarmEntityKey, type EntityKey, shardOf, tagEntityKey } from '../src/adapters/table/keys.ts';
import { toTagProperties } from '../src/adapters/table/tag-document.ts';
import { newId } from '../src/adapters/timing.ts';
import { advance, type Policy } from '../src/core/advance.ts';
import { type Instant, toEventTime } from '../src/core/instant.ts';
import type { Digest, Region, Repository, Tag, TagName } from '../src/core/names.ts';
import { emptyTagState, record, type TagState, withoutSent } from '../src/core/tag-state.ts';
import { withAlarm } from '../src/usecases/alarm-plan.ts';
import type { Alarm } from '../src/usecases/ports.ts';
import type { Storage } from './processes.ts';
import { REGIONS, REGISTRY } from './pushes.ts';

const MINUTE_MS = 60_000;
/** The app's defaults. */
const POLICY: Policy = { lagAfterMs: 10 * MINUTE_MS, abandonAfterMs: 24 * 60 * MINUTE_MS };
const OPTED_IN = new Map(REGIONS.map((region) => [region, 0]));
const TRANSACTION = 100;
const TRANSACTIONS_IN_FLIGHT = 4;

type Entity = EntityKey & Readonly<Record<string, unknown>>;

/** Tags that arrived everywhere an hour ago and of which everything was said. */
export async function seedFinished(storage: Storage, count: number): Promise<void> {
  const properties = toTagProperties(finishedState(Date.now() - 60 * MINUTE_MS));
  await insert(
    storage,
    'tags',
    tagNames('finished', count).map((tag) => ({ ...tagEntityKey(tag), ...properties })),
  );
}

/** Tags that wait for their last region, with their alarms. @param name never used before with this storage */
export async function seedInFlight(storage: Storage, name: string, count: number, isDue: boolean): Promise<void> {
  const now = Date.now();
  const heardAt = isDue ? now - POLICY.lagAfterMs - MINUTE_MS : now;
  const waiting = arrived(REGIONS.slice(0, -1), heardAt, heardAt);
  const named = tagNames(name, count).map((tag) => {
    const alarm: Alarm = { id: newId(), dueAt: heardAt + POLICY.lagAfterMs, tag };
    return { tag, alarm, state: withAlarm({ ...waiting, idPrefix: newId() }, { id: alarm.id, dueAt: alarm.dueAt }) };
  });
  const alarms = named.map(({ alarm }) => alarm).toSorted((a, b) => shardOf(a.tag) - shardOf(b.tag));
  await insert(
    storage,
    'alarms',
    alarms.map((alarm) => ({ ...alarmEntityKey(alarm) })),
  );
  await insert(
    storage,
    'tags',
    named.map(({ tag, state }) => ({ ...tagEntityKey(tag), ...toTagProperties(state) })),
  );
}

function finishedState(at: Instant): TagState {
  const state = arrived(REGIONS, at, at);
  return withoutSent(state, new Set(state.outbox.map(({ id }) => id)));
}

function arrived(regions: readonly Region[], heardAt: Instant, now: Instant): TagState {
  const digest = `sha256:${'5eed'.repeat(16)}` as Digest;
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const recorded = regions.reduce((state, region, index) => {
    const eventAt = toEventTime(heardAt + index);
    const receivedAt = heardAt + index;
    return record(state, { type: 'arrival', eventAt, region, digest, receivedAt, source: 'announced', mediaType })
      .state;
  }, emptyTagState(newId()));
  return advance(recorded, OPTED_IN, POLICY, now).state;
}

/** A hundred tags to a repository: they go into one transaction. */
function tagNames(name: string, count: number): readonly TagName[] {
  return Array.from({ length: count }, (_, index) => ({
    registry: REGISTRY,
    repository: `seeded/${name}/web${Math.floor(index / TRANSACTION)}` as Repository,
    tag: `1.${index}` as Tag,
  }));
}

/** Entities of one partition have to follow each other. */
async function insert({ connectionString }: Storage, table: string, entities: readonly Entity[]): Promise<void> {
  const client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  await client.createTable();
  const batches = transactions(entities);
  const strand = async () => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      await client.submitTransaction(batch);
    }
  };
  await Promise.all(Array.from({ length: TRANSACTIONS_IN_FLIGHT }, strand));
}

function transactions(entities: readonly Entity[]): TransactionAction[][] {
  const batches: TransactionAction[][] = [];
  let partition: string | undefined;
  for (const entity of entities) {
    const last = batches.at(-1);
    if (last === undefined || last.length === TRANSACTION || partition !== entity.partitionKey) {
      batches.push([['create', entity]]);
      partition = entity.partitionKey;
    } else {
      last.push(['create', entity]);
    }
  }
  return batches;
}
