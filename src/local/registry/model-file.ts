// Keeps the registry's model on disk, so that versions go on going up, and what is on its way still arrives, after a
// restart.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { newContoso, type RegistryModel } from './model.ts';

const SAVE_EVERY_MS = 1_000;

/** What cannot be read, or was written by another version, is no loss: it starts anew. */
export function loadModel(file: string): RegistryModel {
  try {
    const model = JSON.parse(readFileSync(file, 'utf8')) as RegistryModel;
    return model.version === newContoso().version ? model : newContoso();
  } catch {
    return newContoso();
  }
}

export class ModelFile {
  readonly #file: string;
  readonly #model: RegistryModel;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, model: RegistryModel) {
    this.#file = file;
    this.#model = model;
  }

  /** Within a second. */
  saveSoon(): void {
    this.#timer ??= setTimeout(() => this.save(), SAVE_EVERY_MS);
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#model));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
