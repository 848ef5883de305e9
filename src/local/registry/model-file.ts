// Keeps the registry's model on disk, so that versions go on going up, and what is on its way still arrives, after a
// restart.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RegistryModel } from './model.ts';

const SAVE_EVERY_MS = 1_000;
/** Of this process's time: a large model is saved less often. */
const MOST_SAVING = 1 / 20;

/** What cannot be read, or was written by another version, is no loss: it starts anew. */
export function loadModel(file: string, anew: RegistryModel): RegistryModel {
  try {
    const model = JSON.parse(readFileSync(file, 'utf8')) as RegistryModel;
    return model.version === anew.version ? model : anew;
  } catch {
    return anew;
  }
}

export class ModelFile {
  readonly #file: string;
  readonly #model: RegistryModel;
  #timer: NodeJS.Timeout | undefined;
  #tookMs = 0;

  constructor(file: string, model: RegistryModel) {
    this.#file = file;
    this.#model = model;
  }

  /** Within a second, or a few if it is large. */
  saveSoon(): void {
    this.#timer ??= setTimeout(() => this.save(), Math.max(SAVE_EVERY_MS, this.#tookMs / MOST_SAVING));
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const startedAt = performance.now();
    // Webhooks have keys in their headers: only for the person who started it.
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#model), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#tookMs = performance.now() - startedAt;
  }
}
