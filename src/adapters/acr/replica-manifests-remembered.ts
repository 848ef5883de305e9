// Tokens, remembered until shortly before they are over.

export interface Fetched {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly goodUntil: number;
}

/** Clocks differ, and a request takes its time. */
const MARGIN_MS = 60_000;
const MOST = 1000;

export class RememberedTokens {
  readonly #now: () => number;
  readonly #tokens = new Map<string, Fetched>();
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  known(key: string): string | undefined {
    const found = this.#tokens.get(key);
    return found !== undefined && this.#now() < found.goodUntil - MARGIN_MS ? found.token : undefined;
  }

  /** Fetches a new one, whatever is known; who asks while it is on its way gets that one too. */
  async fetch(key: string, fetch: () => Promise<Fetched>): Promise<string> {
    const fetching = this.#fetching.get(key) ?? this.#begin(key, fetch);
    return await fetching;
  }

  forget(key: string): void {
    this.#tokens.delete(key);
  }

  async #begin(key: string, fetch: () => Promise<Fetched>): Promise<string> {
    const fetching = fetch().then((fetched) => {
      this.#remember(key, fetched);
      return fetched.token;
    });
    this.#fetching.set(key, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(key);
    }
  }

  #remember(key: string, fetched: Fetched): void {
    // Put last, so that the first is the one fetched longest ago.
    this.#tokens.delete(key);
    this.#tokens.set(key, fetched);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MOST && oldest !== undefined) {
      this.#tokens.delete(oldest);
    }
  }
}
