// The app and the registry's own word: lost webhooks, replicas that go, a management API that is away, deletions. All by
// the real SDKs against the simulated registry.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Digest, Region, Repository, Tag } from '../../src/core/names.ts';
import { type App, ask, postSweep, startApp } from './stack.ts';

const REPOSITORY = 'public/products/web' as Repository;
const [westeurope, canadacentral] = ['westeurope', 'canadacentral'] as Region[] as [Region, Region];
const POLL_MS = 500;
const MOST_LOOKS = 240;
/** Soon enough that nothing here waits for chance. */
const soon = ['westus', 'eastus', 'canadacentral', 'westeurope'].map(
  (region, index) => [region as Region, index * 100] as const,
);

let app: App;
beforeAll(async () => {
  // Lagging would be announced after a minute, by a sweep; none runs by itself here.
  app = await startApp({ settings: { REFRESH_SCHEDULE: '*/3 * * * * *', RECONCILE_SCHEDULE: '*/4 * * * * *' } });
});
afterAll(() => app?.close());

/** What one test took away must not fail the next. */
afterEach(async () => {
  app.stack.setManagement({});
  await until('no failure', health, ({ registries: [first] }) => first?.management.failure === null);
});

interface StatusBody {
  readonly status: string;
  readonly reason?: string;
  readonly expected: readonly string[];
  readonly regions: readonly { readonly region: string; readonly source: string | null }[];
  readonly managementFailure?: { readonly since: string; readonly reason: string };
}

interface HealthBody {
  readonly status: string;
  readonly registries: readonly {
    readonly optedInRegions: readonly string[];
    readonly management: {
      readonly failure: { readonly since: { readonly at: string }; readonly reason: string } | null;
    };
    readonly replicas: readonly { readonly region: string; readonly ready: boolean; readonly condition: string }[];
    readonly webhookProblems: readonly { readonly region: string; readonly problem: string }[];
    readonly repair?: string;
  }[];
}

const statusOf = async (tag: string) =>
  (await (await ask(app, `/api/replications/contoso/${REPOSITORY}:${tag}`)).json()) as StatusBody;
const afterSweep = async (tag: string) => {
  await postSweep(app);
  return await statusOf(tag);
};
const health = async () => (await (await ask(app, '/api/health')).json()) as HealthBody;

/** Rejects when it does not come. */
async function until<T>(what: string, look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found = await look();
    if (isIt(found)) {
      return found;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`expected ${what}, got ${JSON.stringify(await look())}`);
}

const push = (tag: string, options: { lose?: readonly Region[]; never?: readonly Region[] } = {}) =>
  app.stack.push({
    repository: REPOSITORY,
    tag: tag as Tag,
    lose: new Set(options.lose),
    delaysMs: new Map([...soon, ...(options.never ?? []).map((region) => [region, 3_600_000] as const)]),
  });

/** Of a push that nobody has reported yet there are no regions. */
const isInThree = ({ regions = [] }: Partial<StatusBody>) => regions.filter(({ source }) => source).length === 3;

const announced = (tag: string) =>
  app.inbox.events.filter(({ subject }) => subject === `${REPOSITORY}:${tag}`).map(({ type }) => type);

describe('a registry that can be asked', () => {
  it('shows a lost webhook in its history: the push completes, and nobody is told of a lag', async () => {
    push('2.0', { lose: [westeurope] });
    const { regions } = await until(
      '2.0 to be replicated',
      () => statusOf('2.0'),
      ({ status }) => status === 'replicated',
    );
    expect(Object.fromEntries(regions.map(({ region, source }) => [region, source]))).toEqual({
      ...{ westus: 'announced', eastus: 'announced', canadacentral: 'announced', westeurope: 'reconciled' },
    });
    await postSweep(app);
    await until(
      'a message',
      async () => announced('2.0'),
      (types) => types.length > 0,
    );
    expect(announced('2.0')).toEqual(['replication.completed']);
  });

  it('tells of a deletion: the push on its way is abandoned', async () => {
    const { digest } = push('2.1', { never: [canadacentral] });
    await until('2.1 in three regions', () => statusOf('2.1'), isInThree);
    app.stack.deleteImage(REPOSITORY, digest as Digest, { delaysMs: new Map(soon) });
    await sleep(1_000);
    await until(
      '2.1 to be abandoned',
      () => afterSweep('2.1'),
      ({ status }) => status === 'abandoned',
    );
    expect(await statusOf('2.1')).toMatchObject({ status: 'abandoned', reason: 'deleted' });
  });

  it('may be away: pushes complete all the same, and health says since when', async () => {
    app.stack.setManagement({ mode: 'off' });
    const found = await until('a failure', health, ({ registries: [first] }) => first?.management.failure != null);
    expect(found.status).toBe('degraded');
    expect(found.registries[0]?.management.failure?.since.at).toMatch(/^\d{4}-/);
    push('2.2');
    await until(
      '2.2 to be replicated',
      () => statusOf('2.2'),
      ({ status }) => status === 'replicated',
    );
    const { managementFailure } = await until(
      'a failure in the status too',
      () => statusOf('2.2'),
      (status) => status.managementFailure !== undefined,
    );
    expect(managementFailure?.since).toMatch(/^\d{4}-/);
  });

  it('tells which permission is missing', async () => {
    app.stack.setManagement({ mode: 'forbidden' });
    const permission = 'Microsoft.ContainerRegistry/registries';
    await until('the permission', health, ({ registries: [first] }) =>
      Boolean(first?.management.failure?.reason.includes(permission)),
    );
  });

  it('adds a replica without a webhook: health says which, and the command that repairs it', async () => {
    app.stack.addReplica('japaneast' as Region, 'Japan East', { hasWebhook: false, readyAfterMs: 0 });
    const {
      registries: [registry],
    } = await until('a problem', health, ({ registries: [first] }) =>
      Boolean(first?.webhookProblems.some(({ region, problem }) => region === 'japaneast' && problem === 'no webhook')),
    );
    expect(registry?.repair).toBe('npm run webhooks -- apply --local');
    app.stack.removeReplica('japaneast' as Region);
    await until('no such problem', health, ({ registries: [first] }) =>
      Boolean(first?.webhookProblems.every(({ region }) => region !== 'japaneast')),
    );
  });

  it('loses a replica: what waited only for it completes', async () => {
    push('2.3', { never: [canadacentral] });
    await until('2.3 in three regions', () => statusOf('2.3'), isInThree);
    expect((await statusOf('2.3')).status).toBe('replicating');
    app.stack.removeReplica(canadacentral);
    await until('three regions', health, ({ registries: [first] }) => first?.optedInRegions.length === 3);
    const found = await until(
      '2.3 to be replicated',
      () => afterSweep('2.3'),
      ({ status }) => status === 'replicated',
    );
    expect(found.expected).toEqual(['eastus', 'westeurope', 'westus']);
    await until(
      'a message',
      async () => announced('2.3'),
      (types) => types.includes('replication.completed'),
    );
  });
}, 300_000);
