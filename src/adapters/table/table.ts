// One table of the storage account: what every call of it has in common. A call is one HTTP request, unless the table
// turns out not to exist or the service asks to try again.
import type { TableClient, TableEntityQueryOptions } from '@azure/data-tables';
import { Unavailable, type Version } from '../../usecases/ports.ts';
import type { EntityKey } from './keys.ts';
import { isEntityNotFound, isTableNotFound, toUnavailable, toVersionConflict } from './storage-errors.ts';

/** Gives a table by its plain name, `tags`; whether it exists shows when it is used. */
export type OpenTable = (name: string) => TableClient;

/** A call of the SDK; the signal has to be passed on. */
type Call<T> = (client: TableClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

type Properties = Readonly<Record<string, unknown>>;

const CREATE_TIMEOUT_MS = 10_000;

export class Table {
  readonly #name: string;
  readonly #client: TableClient;
  #creation: Promise<void> | undefined;

  constructor(open: OpenTable, name: string) {
    this.#name = name;
    this.#client = open(name);
  }

  /** @returns undefined when what the call is about is not there; in a table that does not exist, nothing is */
  async read<T>(signal: AbortSignal, call: Call<T>): Promise<T | undefined> {
    try {
      return await this.#call(signal, call);
    } catch (error) {
      if (isEntityNotFound(error) || isTableNotFound(error)) {
        return undefined;
      }
      throw toUnavailable(error, `read ${this.#name}`);
    }
  }

  /** Creates the table when it turns out not to exist. Rejects with the SDK's error when the service refuses the call. */
  async write<T>(signal: AbortSignal, call: Call<T>): Promise<T> {
    try {
      try {
        return await this.#call(signal, call);
      } catch (error) {
        if (!isTableNotFound(error)) {
          throw error;
        }
        await this.#call(signal, () => this.#create());
        return await this.#call(signal, call);
      }
    } catch (error) {
      throw toUnavailable(error, `write ${this.#name}`);
    }
  }

  /** Writes if the entity's version is still this one; `undefined` writes only if there is none. Else `VersionConflict`. */
  async commit(entity: EntityKey & Properties, expected: Version | undefined, signal: AbortSignal): Promise<Version> {
    try {
      const { etag } = await this.write(signal, (client, options) =>
        expected === undefined
          ? client.createEntity(entity, options)
          : client.updateEntity(entity, 'Replace', { ...options, etag: expected }),
      );
      if (etag === undefined) {
        throw new TypeError('expected the service to answer a write with an etag, got none');
      }
      return etag;
    } catch (error) {
      throw toVersionConflict(error);
    }
  }

  /** Reads on while there is a continuation token: a page may be short, or empty, and not be the last one. */
  async *list(queryOptions: TableEntityQueryOptions, signal: AbortSignal): AsyncGenerator<Properties> {
    const pages = this.#client.listEntities({ queryOptions, abortSignal: signal }).byPage();
    for (;;) {
      const page = await this.read(signal, () => pages.next());
      if (page === undefined || page.done) {
        return;
      }
      yield* page.value;
    }
  }

  /** Callers that miss the table at the same time share its creation, and no caller's signal ends it for the others. */
  #create(): Promise<void> {
    this.#creation ??= this.#client.createTable({ abortSignal: AbortSignal.timeout(CREATE_TIMEOUT_MS) }).finally(() => {
      this.#creation = undefined;
    });
    return this.#creation;
  }

  /** The SDK heeds the signal while it talks to the service, but not while it waits for somebody else's token request. */
  #call<T>(signal: AbortSignal, call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(new Unavailable(`expected an answer about ${this.#name} in time, got none`, { cause: signal.reason }));
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal.removeEventListener('abort', onAbort);
      call(this.#client, { abortSignal: signal }).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}
