// Twenty thousand webhooks: some six hundred pushes to 200 tags in 30 regions, 5 % of them lost, 10 % repeated, in random
// order, with the registry's own record of deliveries to find the lost ones. In the end exactly the right messages.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Region, Repository, Tag } from '../../src/core/names.ts';
import type { PushInFlight } from '../../src/local/registry/model.ts';
import { Random } from '../simulation/random.ts';
import { type App, readRows, startApp, sweepUntilQuiet, waitUntilAllSaid } from './stack.ts';

const SEED = 20_261_122;
const TAGS = 200;
const PUSHES = 606;
const REGIONS = 30;
const LOST = 0.05;
const REPEATED = 0.1;
/** Over so long the webhooks are spread, each in its own time. */
const SPREAD_MS = 75_000;
const MOST_LOOKS = 300;

const regions = Array.from({ length: REGIONS }, (_, index) => ({
  name: `region${String(index + 1).padStart(2, '0')}` as Region,
  displayName: `Region ${index + 1}`,
}));

let app: App;
beforeAll(async () => {
  app = await startApp({ appInstances: 2, regions, lagAfterSeconds: 3_600 });
});
afterAll(() => app?.close());

interface Made extends Pick<PushInFlight, 'repository' | 'tag' | 'digest'> {
  /** When the first region had it, by the registry's clock. */
  readonly bornAt: string;
  readonly webhooks: number;
  readonly lost: number;
}

function pushAll(random: Random): readonly Made[] {
  return Array.from({ length: PUSHES }, (_, number) => {
    const lose = new Set(regions.filter(() => random.chance(LOST)).map(({ name }) => name));
    const of = { repository: `team/service${number % 20}` as Repository, tag: `1.${number % TAGS}` as Tag };
    const delaysMs = new Map(regions.map(({ name }) => [name, random.integer(0, SPREAD_MS)]));
    const push = app.stack.push({ ...of, lose, delaysMs, deliveries: number % (1 / REPEATED) === 0 ? 2 : 1 });
    const bornAt = push.deliveries.map(({ eventAt }) => eventAt).sort()[0] ?? '';
    return { ...of, digest: push.digest, bornAt, webhooks: push.deliveries.length, lost: lose.size };
  });
}

const nameOf = ({ repository, tag, digest }: Pick<Made, 'repository' | 'tag' | 'digest'>) =>
  `${repository}:${tag}@${digest}`;

it('ends with exactly the right messages', async () => {
  const pushes = pushAll(new Random(SEED));
  expect(pushes.reduce((sum, { webhooks }) => sum + webhooks, 0)).toBeGreaterThan(19_500);
  expect(pushes.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(800);

  await untilEveryRegionIsStored(pushes.length * REGIONS);
  await sweepUntilQuiet(app);
  await waitUntilAllSaid(app);

  const newest = new Map<string, Made>();
  for (const push of pushes) {
    const key = `${push.repository}:${push.tag}`;
    const other = newest.get(key);
    newest.set(key, other === undefined || push.bornAt > other.bornAt ? push : other);
  }
  const said = new Map<string, string[]>();
  const ids = new Set<string>();
  for (const { type, subject, data, id } of app.inbox.events) {
    const name = `${subject}@${data.digest}`;
    said.set(name, [...(said.get(name) ?? []), type]);
    ids.add(id);
  }
  expect(ids.size).toBe(app.inbox.events.length);
  for (const push of pushes) {
    const words = said.get(nameOf(push)) ?? [];
    const completed = words.filter((word) => word === 'replication.completed').length;
    const isNewest = newest.get(`${push.repository}:${push.tag}`) === push;
    // One that is overwritten may have been everywhere before that was heard of: then it is completed, once, or it is
    // superseded. Nothing lags, and nothing is given up.
    expect({ push: nameOf(push), words, isRight: isNewest ? completed === 1 : completed <= 1 }).toMatchObject({
      isRight: true,
    });
    expect(words.length).toBeGreaterThan(0);
    expect(words.filter((word) => !/completed|superseded/.test(word))).toEqual([]);
  }
  const completed = app.inbox.events.filter(({ type }) => type === 'replication.completed');
  for (const { data } of completed) {
    expect(data.regions).toHaveLength(REGIONS);
    expect(data.missing).toEqual([]);
  }
  const sources = new Set(completed.flatMap(({ data }) => data.regions.map(({ source }) => source)));
  expect(sources).toEqual(new Set(['announced', 'reconciled']));
}, 600_000);

/** Lost ones too: they are found in the histories. */
async function untilEveryRegionIsStored(arrivals: number): Promise<void> {
  for (let look = 0; ; look += 1) {
    const rows = await readRows(app);
    const stored = rows.reduce((sum, { state }) => sum + state.facts.length, 0);
    if (stored >= arrivals) {
      expect(stored).toBe(arrivals);
      return;
    }
    if (look === MOST_LOOKS) {
      throw new Error(`expected ${arrivals} arrivals to be stored, got ${stored}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
