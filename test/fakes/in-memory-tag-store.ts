import { fromTagProperties, toTagProperties } from '../../src/adapters/table/tag-document.ts';
import { type TagName, tagKey } from '../../src/core/names.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import type { TagStore, Version, Versioned } from '../../src/usecases/ports.ts';
import { GatedCalls, type GateOption } from './gate.ts';
import { VersionedValues } from './versioned-values.ts';

/** Keeps what the real store would write, so that what its document leaves out is missing here as well. */
export class InMemoryTagStore implements TagStore {
  readonly #calls: GatedCalls;
  readonly #values = new VersionedValues();

  constructor(options: GateOption = {}) {
    this.#calls = new GatedCalls(options);
  }

  load(tag: TagName, signal: AbortSignal): Promise<Versioned<TagState> | undefined> {
    return this.#calls.call('tags.load', signal, () => {
      const stored = this.#values.load(tagKey(tag));
      return stored && { value: fromTagProperties(tag, JSON.parse(stored.value)), version: stored.version };
    });
  }

  async commit(tag: TagName, state: TagState, expected: Version | undefined, signal: AbortSignal): Promise<Version> {
    const text = JSON.stringify(toTagProperties(state));
    return await this.#calls.call('tags.commit', signal, () => this.#values.commit(tagKey(tag), text, expected));
  }
}
