import { afterEach, describe, expect, it } from 'vitest';
import { Unavailable } from '../../../src/usecases/ports.ts';
import {
  type Answer,
  armFixture,
  contoso,
  inTime,
  NOT_FOUND,
  RESOURCE_ID,
  type Script,
  ScriptedManagement,
} from './scripted-management.ts';

interface Replication {
  readonly name: string;
  readonly location: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const registry = armFixture('registry');
const listed = armFixture<{ value: readonly [Replication, ...Replication[]] }>('replications').value;
const creating = armFixture<Replication>('replication-creating');
const failed = armFixture<Replication>('replication-failed');

interface Contents {
  readonly home?: unknown;
  readonly list?: unknown;
  /** By name; one that is not there is not found. */
  readonly single?: Readonly<Record<string, Answer>>;
}

const found = (replications: readonly Replication[]): Record<string, Answer> =>
  Object.fromEntries(replications.map((replication) => [replication.name, { body: replication }]));

function script({ home = registry, list = { value: listed }, single = found(listed) }: Contents): Script {
  return ({ path }) => {
    if (path === '') {
      return { body: home };
    }
    if (path === '/replications') {
      return { body: list };
    }
    return single[path.replace('/replications/', '')] ?? NOT_FOUND;
  };
}

const opened: ScriptedManagement[] = [];
const open = async (answers: Script) => {
  const management = await ScriptedManagement.start(answers);
  opened.push(management);
  return management;
};
const read = async (contents: Contents, known: readonly string[] = []) =>
  await (await open(script(contents))).api().replicas(contoso, known, inTime());

afterEach(async () => {
  await Promise.all(opened.splice(0).map((management) => management.close()));
});

describe('the replicas of a registry', () => {
  it('are each one told of by itself, the home region among them', async () => {
    expect(await read({})).toEqual([
      { ...ready('replication001', 'eastus') },
      { ...ready('westus', 'westus'), isHome: true },
      { ...ready('cfskxh', 'canadacentral'), isRouted: false },
      { ...ready('replication002', 'westeurope') },
    ]);
  });

  it('are in the state that each gives by itself, whatever the list says', async () => {
    const [first, ...others] = listed;
    const stale = { ...creating, name: first.name, location: first.location };
    const replicas = await read({ single: found([stale, ...others]) });
    expect(replicas[0]).toEqual({
      ...ready('replication001', 'eastus'),
      ...{ provisioningState: 'Creating', displayStatus: 'Creating' },
    });
  });

  it('say why they failed', async () => {
    const replicas = await read({ list: { value: [failed] }, single: found([failed]) });
    expect(replicas[0]).toEqual({
      ...ready('replication004', 'brazilsouth'),
      ...{ provisioningState: 'Failed', displayStatus: 'Failed' },
      message: 'Missing permission to create a private endpoint connection in the region.',
    });
  });

  it('are asked for even if the list leaves them out, by the names known', async () => {
    const replicas = await read({ list: { value: listed.slice(0, 2) } }, ['cfskxh', 'replication002']);
    expect(replicas.map(({ region }) => region)).toEqual(['canadacentral', 'westeurope', 'eastus', 'westus']);
  });

  it('are asked for once each, however their names are written', async () => {
    const shouted = listed.map((replication) => ({ ...replication, name: replication.name.toUpperCase() }));
    const management = await open(script({ list: { value: shouted }, single: found(shouted) }));
    await management.api().replicas(contoso, ['cfskxh', 'westus'], inTime());
    expect(management.asked.filter(({ path }) => path.startsWith('/replications/'))).toHaveLength(4);
  });

  it('are gone when they are not found, listed or not', async () => {
    const replicas = await read({ single: found(listed.slice(1)) }, ['former']);
    expect(replicas.map(({ name }) => name)).toEqual(['westus', 'cfskxh', 'replication002']);
  });

  it('are the home region alone where nothing is replicated', async () => {
    expect(await read({ list: { value: [] } })).toEqual([
      { region: 'westus', isHome: true, provisioningState: 'Succeeded', isRouted: true },
    ]);
  });

  it('have the home region from the registry where its own replication is not found', async () => {
    const replicas = await read({ single: found(listed.filter(({ name }) => name !== 'westus')) });
    expect(replicas.at(-1)).toEqual({ region: 'westus', isHome: true, provisioningState: 'Succeeded', isRouted: true });
    expect(replicas).toHaveLength(4);
  });

  it('have their regions in the one normal form', async () => {
    const written = { ...listed[0], location: 'East US' };
    const replicas = await read({
      home: { ...registry, location: 'West US' },
      list: { value: [written] },
      single: found([written]),
    });
    expect(replicas.map(({ region }) => region)).toEqual(['eastus', 'westus']);
  });

  it.for([
    { name: 'what is being created', other: { provisioningState: 'Creating', displayStatus: 'Creating' } },
    { name: 'what is not ready yet', other: { provisioningState: 'Succeeded', displayStatus: 'Syncing' } },
    { name: 'what goes', other: { provisioningState: 'Deleting', displayStatus: 'Deleting' } },
  ])('are one for each region, the one that is ready and not $name', async ({ other }) => {
    const { provisioningState, displayStatus } = other;
    const [first] = listed;
    const ready = { ...first, properties: { provisioningState: 'Updating', status: { displayStatus: 'Ready' } } };
    const not = { ...first, name: 'other', properties: { provisioningState, status: { displayStatus } } };
    for (const value of [
      [ready, not],
      [not, ready],
    ]) {
      const replicas = await read({ list: { value }, single: found(value) });
      expect(replicas.filter(({ region }) => region === 'eastus')).toMatchObject([{ name: 'replication001' }]);
    }
  });

  it('are read to the last page', async () => {
    const [first, ...others] = listed;
    const pages: Record<string, object> = { 1: { value: [first] }, 2: { value: others } };
    const management: ScriptedManagement = await open((asked) => {
      if (asked.path !== '/replications') {
        return script({})(asked);
      }
      const page = asked.query.get('page') ?? '1';
      const nextLink = page === '1' ? `${management.url}${RESOURCE_ID}/replications?page=2` : undefined;
      return { body: { ...pages[page], nextLink } };
    });
    expect(await management.api().replicas(contoso, [], inTime())).toHaveLength(4);
  });
});

const ready = (name: string, region: string) => ({
  ...{ name, region, isHome: false, provisioningState: 'Succeeded', displayStatus: 'Ready', isRouted: true },
});

describe('half a sight of the replicas', () => {
  const [first] = listed;
  const single = (answer: Answer) => ({ ...found(listed), [first.name]: answer });
  const properties = (changed: Record<string, unknown>) => ({
    body: { ...first, properties: { ...first.properties, ...changed } },
  });

  it.for<{ name: string; contents: Contents }>([
    { name: 'one that fails', contents: { single: single({ status: 500 }) } },
    { name: 'one that is not found for another reason', contents: { single: single({ status: 404 }) } },
    {
      name: 'one whose registry is not found',
      contents: { single: single({ status: 404, body: { error: { code: 'ParentResourceNotFound', message: '' } } }) },
    },
    { name: 'one that is throttled', contents: { single: single({ status: 429 }) } },
    { name: 'one in no region', contents: { single: single({ body: { ...first, location: undefined } }) } },
    { name: 'one in what is no region', contents: { single: single({ body: { ...first, location: '!' } }) } },
    { name: 'one in no state', contents: { single: single(properties({ provisioningState: undefined })) } },
    {
      name: 'one that succeeded and does not say if it is ready',
      contents: { single: single(properties({ status: {} })) },
    },
    { name: 'one that is no JSON', contents: { single: single({ body: '<html>' }) } },
    { name: 'one that is empty', contents: { single: single({ body: '' }) } },
    { name: 'a list that is none', contents: { list: {} } },
    { name: 'a list with a replica without a name', contents: { list: { value: [{ ...first, name: undefined }] } } },
    { name: 'a list that ends in the middle', contents: { list: '{"value": [' } },
    { name: 'a registry in no region', contents: { home: { ...registry, location: undefined } } },
  ])('is none: $name', async ({ contents }) => {
    await expect(read(contents)).rejects.toBeInstanceOf(Unavailable);
  });
});
