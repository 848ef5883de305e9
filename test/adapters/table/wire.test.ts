// What the adapters say on the wire, and what they make of the answers that the emulator never gives.
import { afterEach, describe, expect, it } from 'vitest';
import { TableAlarmStore } from '../../../src/adapters/table/alarm-store.ts';
import { openTables } from '../../../src/adapters/table/client.ts';
import { TableDeletionStore } from '../../../src/adapters/table/deletion-store.ts';
import { TableJournal } from '../../../src/adapters/table/journal.ts';
import { alarmEntityKey } from '../../../src/adapters/table/keys.ts';
import { toTagProperties } from '../../../src/adapters/table/tag-document.ts';
import { TableTagStore } from '../../../src/adapters/table/tag-store.ts';
import { TableWebhooksStore } from '../../../src/adapters/table/webhooks-store.ts';
import { type Alarm, type PendingDeletion, Unavailable, VersionConflict } from '../../../src/usecases/ports.ts';
import { announcementOf, at, eventAt, tagState, webTag, westus } from '../../builders.ts';
import { type Answer, refused, type ScriptedService, startScriptedService, written } from './scripted-service.ts';

const patient = () => new AbortController().signal;
const alarm: Alarm = { id: 'k3v9', dueAt: at(60), tag: webTag };
const deletion: PendingDeletion = {
  notice: { registry: webTag.registry, repository: webTag.repository, region: westus, eventAt: eventAt(0) },
  dueAt: at(60),
  look: 1,
};
const tagPath = "/account/tags(PartitionKey='contoso:public|products|web',RowKey='contoso:public|products|web:1.2')";

let service: ScriptedService | undefined;
afterEach(() => service?.close());

async function start(script: (request: string, index: number) => Answer | 'silence'): Promise<ScriptedService> {
  service = await startScriptedService(script);
  return service;
}

const committed = (tables: ScriptedService['tables'], signal = patient()) =>
  new TableTagStore(tables).commit(webTag, tagState(), undefined, signal);

describe('a call', () => {
  const stored = { ...toTagProperties(tagState()), 'odata.etag': 'W/"7"' };
  const transaction = ['--changesetresponse_1', 'HTTP/1.1 204 No Content', '', '--changesetresponse_1--'].join('\r\n');
  const announcements = [1, 2].map((sequence) => announcementOf({ id: `web-${sequence}`, sequence }));

  it.for<{
    name: string;
    answer: Answer;
    expected: string;
    call: (tables: ScriptedService['tables']) => Promise<unknown>;
  }>([
    {
      name: 'loading a state',
      answer: { status: 200, body: stored },
      expected: `GET ${tagPath}`,
      call: (tables) => new TableTagStore(tables).load(webTag, patient()),
    },
    {
      name: 'committing a first state',
      answer: written,
      expected: 'POST /account/tags',
      call: (tables) => committed(tables),
    },
    {
      name: 'committing the next state',
      answer: written,
      expected: `PUT ${tagPath}`,
      call: (tables) => new TableTagStore(tables).commit(webTag, tagState(), 'W/"7"', patient()),
    },
    {
      name: 'adding an alarm',
      answer: written,
      expected: 'POST /account/alarms',
      call: (tables) => new TableAlarmStore(tables).add(alarm, patient()),
    },
    {
      name: 'removing an alarm',
      answer: { status: 204 },
      expected: 'DELETE /account/alarms',
      call: (tables) => new TableAlarmStore(tables).remove(alarm, patient()),
    },
    {
      name: 'journalling one announcement',
      answer: written,
      expected: 'PUT /account/journal',
      call: (tables) => new TableJournal(tables).append(webTag, announcements.slice(1), patient()),
    },
    {
      name: 'journalling two announcements',
      answer: { status: 202, headers: { 'content-type': 'multipart/mixed; boundary=1' }, body: transaction },
      expected: 'POST /account/$batch',
      call: (tables) => new TableJournal(tables).append(webTag, announcements, patient()),
    },
    {
      name: 'adding a deletion',
      answer: written,
      expected: 'POST /account/deletions',
      call: (tables) => new TableDeletionStore(tables).add(deletion, patient()),
    },
    {
      name: 'removing a deletion',
      answer: { status: 204 },
      expected: 'DELETE /account/deletions',
      call: (tables) => new TableDeletionStore(tables).remove(deletion, patient()),
    },
    {
      name: 'committing the webhooks of a registry',
      answer: written,
      expected: 'POST /account/registries',
      call: (tables) => new TableWebhooksStore(tables).commit(webTag.registry, { webhooks: [] }, undefined, patient()),
    },
  ])('is one request when all is well: $name', async ({ answer, expected, call }) => {
    const { tables, requests } = await start(() => answer);
    await call(tables);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toContain(expected);
  });

  it('takes the version from the answer', async () => {
    const { tables } = await start((request) => (request.startsWith('GET') ? { status: 200, body: stored } : written));
    expect(await committed(tables)).toBe('W/"1"');
    expect(await new TableTagStore(tables).load(webTag, patient())).toEqual({ value: tagState(), version: 'W/"7"' });
  });
});

describe('a table that does not exist', () => {
  it('is created once for all that want to write to it', async () => {
    let isCreated = false;
    const { tables, requests } = await start((request) => {
      const isCreation = request.includes('/Tables');
      isCreated ||= isCreation;
      return isCreation ? { status: 204 } : isCreated ? written : refused(404, 'TableNotFound');
    });
    const store = new TableAlarmStore(tables);
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.add({ ...alarm, id }, patient())));
    expect(requests.filter((request) => request === 'POST /account/Tables')).toHaveLength(1);
  });

  it('is not created by reading it', async () => {
    const { tables, requests } = await start(() => refused(404, 'TableNotFound'));
    expect(await new TableTagStore(tables).load(webTag, patient())).toBeUndefined();
    await new TableAlarmStore(tables).remove(alarm, patient());
    for await (const found of new TableAlarmStore(tables).due(0, undefined, patient())) {
      expect(found).toBe('nothing');
    }
    expect(requests.filter((request) => request.includes('/Tables'))).toEqual([]);
  });

  it('is unavailable while it is being deleted', async () => {
    const { tables } = await start((request) =>
      request.includes('/Tables') ? refused(409, 'TableBeingDeleted') : refused(404, 'TableNotFound'),
    );
    await expect(committed(tables)).rejects.toThrow(Unavailable);
  });
});

describe('reading what is due', () => {
  const row = (id: string) => ({ RowKey: alarmEntityKey({ ...alarm, id }).rowKey });
  const more = (key: string) => ({ 'x-ms-continuation-nextpartitionkey': '0f', 'x-ms-continuation-nextrowkey': key });

  it('goes on after a page that is short, or empty, while the service says that there is more', async () => {
    const pages: readonly Answer[] = [
      { status: 200, headers: more('1'), body: { value: [] } },
      { status: 200, headers: more('2'), body: { value: [row('a')] } },
      { status: 200, headers: more('3'), body: { value: [] } },
      { status: 200, headers: { 'x-ms-continuation-nextpartitionkey': '0f' }, body: { value: [row('b'), row('c')] } },
      { status: 200, body: { value: [] } },
    ];
    const { tables, requests } = await start((_, index) => pages[index] ?? refused(400, 'InvalidInput'));
    const found: string[] = [];
    for await (const { id } of new TableAlarmStore(tables).due(15, at(60), patient())) {
      found.push(id);
    }
    expect(found).toEqual(['a', 'b', 'c']);
    expect(requests).toHaveLength(pages.length);
    expect(requests[0]).toContain("$filter=PartitionKey eq '0f' and RowKey lt '001787313660001'");
    expect(requests[0]).toContain('$select=RowKey');
  });

  it('is not held up by a row that is no alarm, and says so in the end', async () => {
    const { tables } = await start(() => ({ status: 200, body: { value: [{ RowKey: 'what is this' }, row('a')] } }));
    const due = new TableAlarmStore(tables).due(0, undefined, patient())[Symbol.asyncIterator]();
    expect((await due.next()).value).toMatchObject({ id: 'a' });
    await expect(due.next()).rejects.toThrow(/row keys of alarms in shard 0, got "what is this"/);
  });
});

describe('an answer', () => {
  it.for<{ name: string; answer: Answer; tries: number }>([
    { name: 'a broken connection', answer: { status: 0 }, tries: 3 },
    { name: 'status 408', answer: refused(408, 'RequestTimeout'), tries: 3 },
    { name: 'status 429', answer: refused(429, 'TooManyRequests', { 'retry-after-ms': '1' }), tries: 3 },
    { name: 'status 500', answer: refused(500, 'OperationTimedOut'), tries: 3 },
    { name: 'status 503', answer: refused(503, 'ServerBusy', { 'retry-after-ms': '1' }), tries: 3 },
    { name: 'status 403', answer: refused(403, 'AuthorizationPermissionMismatch'), tries: 1 },
    { name: 'a page of a proxy', answer: { status: 502, body: '<html>Bad Gateway</html>' }, tries: 3 },
    { name: 'no JSON', answer: { status: 200, headers: { 'content-type': 'application/json' }, body: '{' }, tries: 1 },
  ])(
    'that leaves the outcome open is "unavailable", after another try where that may help: $name',
    async ({ answer, tries }) => {
      const { tables, requests } = await start(() => answer);
      const error: unknown = await new TableTagStore(tables).load(webTag, patient()).catch((reason) => reason);
      expect(error).toBeInstanceOf(Unavailable);
      expect((error as Unavailable).cause).toBeInstanceOf(Error);
      expect(requests).toHaveLength(tries);
    },
  );

  it.for<{ name: string; answer: Answer }>([
    { name: 'a request that the service does not understand', answer: refused(400, 'InvalidInput') },
    { name: 'nothing where the service should be', answer: { status: 404, body: 'Not Found' } },
  ])('that shows a fault of ours stays what it is: $name', async ({ answer }) => {
    const { tables } = await start(() => answer);
    await expect(new TableTagStore(tables).load(webTag, patient())).rejects.toThrow(
      expect.objectContaining({ name: 'RestError', statusCode: answer.status }),
    );
  });

  it('to a second try that finds the first one done is a conflict: the caller reads what is there', async () => {
    const { tables } = await start((_, index) => (index === 0 ? { status: 0 } : refused(409, 'EntityAlreadyExists')));
    await expect(committed(tables)).rejects.toThrow(VersionConflict);
  });

  it('that never comes is "unavailable" when the signal says so, between two tries as well', async () => {
    const { tables } = await start((_, index) =>
      index === 0 ? refused(503, 'ServerBusy', { 'retry-after': '3600' }) : 'silence',
    );
    await expect(committed(tables, AbortSignal.timeout(100))).rejects.toThrow(Unavailable);
    await expect(committed(tables, AbortSignal.timeout(100))).rejects.toThrow(Unavailable);
  });
});

describe('a service', () => {
  it('that is not there is "unavailable"', async () => {
    const { tables, close } = await start(() => written);
    await close();
    await expect(committed(tables)).rejects.toThrow(Unavailable);
  });

  it('that is entered with an identity is "unavailable" while no token comes', async () => {
    const credential = { getToken: () => new Promise<null>(() => {}) };
    const tables = openTables({ type: 'identity', endpoint: 'https://127.0.0.1:9', credential });
    await expect(committed(tables, AbortSignal.timeout(100))).rejects.toThrow(Unavailable);
  });

  it('that is entered with an identity is "unavailable" where there is none', async () => {
    const error = Object.assign(new Error('no managed identity here'), { name: 'CredentialUnavailableError' });
    const tables = openTables({
      type: 'identity',
      endpoint: 'https://127.0.0.1:9',
      credential: { getToken: () => Promise.reject(error) },
    });
    await expect(committed(tables)).rejects.toThrow(Unavailable);
  });
});
