import { type Version, VersionConflict, type Versioned } from '../../src/usecases/ports.ts';

/** Values by key, each write with a version of its own. What is kept is text: nobody shares an object with the store. */
export class VersionedValues {
  readonly #values = new Map<string, Versioned<string>>();
  #writes = 0;

  load(key: string): Versioned<string> | undefined {
    return this.#values.get(key);
  }

  keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  commit(key: string, value: string, expected: Version | undefined): Version {
    const found = this.#values.get(key)?.version;
    if (found !== expected) {
      throw new VersionConflict(`expected version ${expected} of ${key}, got ${found}`);
    }
    this.#writes += 1;
    const version = `v${this.#writes}`;
    this.#values.set(key, { value, version });
    return version;
  }
}
