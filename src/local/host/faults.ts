/**
 * The app asks for something that this host doesn't do as the real one does.
 * Thrown at start with every fault found, because a feature quietly left out here would only fail once deployed.
 */
export class AppRefused extends Error {
  override readonly name = 'AppRefused';

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(`The local host cannot run this app:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options);
  }
}

/** A value as an error message shows it. */
export const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** An error as the log shows it. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
