import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTables } from '../../../src/adapters/table/client.ts';
import { TableTagStore } from '../../../src/adapters/table/tag-store.ts';
import { type Azurite, startAzurite } from '../../../src/local/azurite/start-azurite.ts';
import { tagState, webTag } from '../../builders.ts';

const patient = () => new AbortController().signal;
const storeOf = ({ connectionString }: Pick<Azurite, 'connectionString'>) =>
  new TableTagStore(openTables({ type: 'connection string', connectionString }));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'landfall-azurite-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Whether a state that was committed to a folder is found there by the next Azurite. */
async function expectToFindState(): Promise<void> {
  const azurite = await startAzurite({ folder });
  try {
    expect((await storeOf(azurite).load(webTag, patient()))?.value).toEqual(tagState());
  } finally {
    await azurite.close();
  }
}

describe('azurite', () => {
  it('keeps in its folder what was written before it was closed', async () => {
    const azurite = await startAzurite({ folder });
    await storeOf(azurite).commit(webTag, tagState(), undefined, patient());
    await azurite.close();
    expect(isAlive(azurite.pid)).toBe(false);
    await expectToFindState();
  });

  it('saves and ends when the process that started it was killed', async () => {
    const script = fileURLToPath(new URL('start-and-abandon-azurite.ts', import.meta.url));
    const parent = fork(script, [folder], { execArgv: [] });
    const [message] = await once(parent, 'message');
    const { connectionString, pid } = message as Azurite;
    await storeOf({ connectionString }).commit(webTag, tagState(), undefined, patient());
    parent.kill('SIGKILL');
    while (isAlive(pid)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expectToFindState();
  });

  it('says so when its port is in use', async () => {
    const azurite = await startAzurite();
    const port = Number(new URL(azurite.url).port);
    await expect(startAzurite({ port })).rejects.toThrow(
      `expected Table Storage (Azurite) to start, but port ${port} of 127.0.0.1 is in use by another process`,
    );
    await azurite.close();
    await azurite.close();
  });
});
