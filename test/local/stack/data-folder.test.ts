import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Control, startControl } from '../../../src/local/stack/control.ts';
import { claim, type DataFolder, empty, openDataFolder, readKeys } from '../../../src/local/stack/data-folder.ts';
import { freePort } from '../../../src/local/stack/free-port.ts';
import { type Running, readRunning, runningFile } from '../../../src/local/stack/running.ts';
import { StackFault } from '../../../src/local/stack/stack-fault.ts';

let root: string;
let folder: DataFolder;
const controls: Control[] = [];

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'landfall-data-'));
  folder = openDataFolder(path.join(root, 'data'));
});
afterEach(async () => {
  await Promise.all(controls.splice(0).map((control) => control.close()));
  rmSync(root, { recursive: true });
});

async function startRunning(token: string): Promise<Running> {
  const control = await startControl(token);
  controls.push(control);
  return { pid: process.pid, control: control.url, token };
}

describe('claiming a data folder', () => {
  it('says who runs, to nobody else, until it is released', async () => {
    const running = await startRunning('a');
    const release = await claim(folder, running);
    expect(readRunning(folder.path)).toEqual(running);
    expect(statSync(runningFile(folder.path)).mode & 0o777).toBe(0o600);
    release();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('is refused while another stack runs on it', async () => {
    await claim(folder, await startRunning('a'));
    const fault = await claim(folder, await startRunning('b')).catch((error: Error) => error);
    expect(fault).toBeInstanceOf(StackFault);
    expect(fault).toMatchObject({ message: expect.stringContaining(`(process ${process.pid}) is already running on`) });
    expect(readRunning(folder.path)?.token).toBe('a');
  });

  it('is refused while the other one is still starting', async () => {
    const running = await startRunning('a');
    writeFileSync(runningFile(folder.path), JSON.stringify(running));
    await expect(claim(folder, await startRunning('b'))).rejects.toThrow('already running');
  });

  it.for([
    { name: 'was killed', left: { pid: 2 ** 22, control: 'http://127.0.0.1:1', token: 'x' } },
    { name: 'was killed, its process id being in use again', left: { control: 'http://127.0.0.1:1', token: 'x' } },
    { name: 'wrote something else', left: { pid: 'one' } },
  ])('succeeds where the other one $name', async ({ left }) => {
    writeFileSync(runningFile(folder.path), JSON.stringify({ pid: process.pid, ...left }));
    const running = await startRunning('b');
    await claim(folder, running);
    expect(readRunning(folder.path)).toEqual(running);
  });

  it('succeeds where another program has taken over the port', async () => {
    const stranger = await startRunning('stranger');
    writeFileSync(runningFile(folder.path), JSON.stringify({ ...stranger, token: 'x' }));
    await claim(folder, await startRunning('b'));
    expect(readRunning(folder.path)?.token).toBe('b');
  });

  it('leaves the file alone if it is no longer its own', async () => {
    const release = await claim(folder, await startRunning('a'));
    const other = { pid: 1, control: 'http://127.0.0.1:1', token: 'other' };
    writeFileSync(runningFile(folder.path), JSON.stringify(other));
    release();
    expect(readRunning(folder.path)).toEqual(other);
  });
});

describe('a data folder', () => {
  it('keeps its keys, for nobody else to read', () => {
    const keys = readKeys(folder);
    expect(keys.host).not.toBe(keys.master);
    expect(readKeys(openDataFolder(folder.path))).toEqual(keys);
    expect(statSync(path.join(folder.path, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  it('forgets tables and pushes, but not keys', () => {
    const keys = readKeys(folder);
    mkdirSync(folder.azurite);
    writeFileSync(path.join(folder.azurite, 'azurite-tables.json'), '{}');
    writeFileSync(folder.registryFile, '{}');
    empty(folder);
    expect(readdirSync(folder.path)).toEqual(['keys.json']);
    expect(readKeys(folder)).toEqual(keys);
  });

  it('says which one cannot be used', () => {
    const file = path.join(root, 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(file)).toThrow(`expected a folder to keep data in, got ${file}`);
  });
});

describe('freePort', () => {
  it('gives the port if it is free, and a free one for 0', async () => {
    const port = await freePort(0);
    expect(port).toBeGreaterThan(0);
    expect(await freePort(port)).toBe(port);
  });

  it('says that another program listens on it, and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(freePort(port)).rejects.toThrow(`expected port ${port} of 127.0.0.1 to be free, but another program`);
    other.close();
  });
});
