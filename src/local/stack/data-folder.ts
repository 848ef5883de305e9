// The folder in which a local stack keeps everything, one stack at a time.
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HostKeys } from '../host/keys.ts';
import { askControl } from './control-client.ts';
import { type Running, readJson, readRunning, runningFile } from './running.ts';
import { StackFault } from './stack-fault.ts';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
/** Only for the person who started it: whoever reads these can use the stack. */
const OWN = { mode: 0o600 };

export interface DataFolder {
  readonly path: string;
  readonly azurite: string;
  readonly registryFile: string;
  /** PEM of what a client of the management API has to trust. */
  readonly managementCaFile: string;
  readonly logFile: string;
}

/** Throws StackFault if it cannot be used. */
export function openDataFolder(folder: string): DataFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StackFault(`expected a folder to keep data in, got ${folder}: ${(error as Error).message}`);
  }
  return {
    path: folder,
    azurite: path.join(folder, 'azurite'),
    registryFile: path.join(folder, 'registry.json'),
    managementCaFile: path.join(folder, 'management-ca.pem'),
    logFile: path.join(folder, 'app.log'),
  };
}

/** Forgets tables and pushes; the keys stay, so that URLs do. */
export function empty({ azurite, registryFile }: DataFolder): void {
  rmSync(azurite, { recursive: true, force: true });
  rmSync(registryFile, { force: true });
}

/** The log of earlier runs stays until it is too long to be of use. */
export function trimLog({ logFile }: DataFolder): void {
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) {
    renameSync(logFile, `${logFile}.1`);
  }
}

/** Made once per folder. */
export function readKeys(folder: DataFolder): HostKeys {
  const file = path.join(folder.path, 'keys.json');
  const known = readJson<Partial<HostKeys>>(file);
  if (typeof known?.host === 'string' && typeof known.master === 'string') {
    return { host: known.host, master: known.master };
  }
  const newKey = () => randomBytes(30).toString('base64url');
  const keys = { host: newKey(), master: newKey() };
  writeFileSync(file, JSON.stringify(keys), OWN);
  return keys;
}

/**
 * Makes the folder this stack's own. Rejects with StackFault if it is another one's; what a killed one has left behind
 * is recognised.
 * @returns what gives the folder free again
 */
export async function claim(folder: DataFolder, running: Running): Promise<() => void> {
  const file = runningFile(folder.path);
  const other = readRunning(folder.path);
  if (other !== undefined && (await isAlive(other))) {
    throw alreadyRunning(folder, other.pid);
  }
  rmSync(file, { force: true });
  // A link appears with all that the file holds, or fails if another stack was faster.
  const draft = `${file}.${running.pid}`;
  writeFileSync(draft, JSON.stringify(running), OWN);
  try {
    linkSync(draft, file);
  } catch {
    throw alreadyRunning(folder, readRunning(folder.path)?.pid);
  } finally {
    unlinkSync(draft);
  }
  return () => {
    if (readRunning(folder.path)?.token === running.token) {
      rmSync(file, { force: true });
    }
  };
}

function alreadyRunning(folder: DataFolder, pid: number | undefined): StackFault {
  const which = pid === undefined ? '' : ` (process ${pid})`;
  const advice = 'stop it first, or run this one beside it with --data DIR --port 0';
  return new StackFault(`a local stack${which} is already running on ${folder.path}: ${advice}`);
}

/** A process id may meanwhile be somebody else's; the token is not. One that listens and says nothing is alive. */
async function isAlive(running: Running): Promise<boolean> {
  const answer = await askControl(running, { method: 'GET', path: '/alive' });
  return answer.type === 'answered' ? answer.status === 200 : answer.type === 'silent' && isProcess(running.pid);
}

function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
