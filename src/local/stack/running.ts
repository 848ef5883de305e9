// `running.json` in a stack's data folder: who runs, and how companions reach it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Running {
  readonly pid: number;
  /** Where the stack takes requests of its companions, like `http://127.0.0.1:40213`. */
  readonly control: string;
  /** Whoever has it may push and subscribe. */
  readonly token: string;
}

export const runningFile = (folder: string): string => path.join(folder, 'running.json');

/** @returns undefined if no stack has written one; one that is there may be left over from a stack that was killed */
export function readRunning(folder: string): Running | undefined {
  const running = readJson<Partial<Running>>(runningFile(folder));
  return typeof running?.pid === 'number' && typeof running.control === 'string' && typeof running.token === 'string'
    ? (running as Running)
    : undefined;
}

/** @returns undefined for a file that is not there, or holds something else */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
