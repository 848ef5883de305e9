import type { Region } from '../../core/names.ts';

export const MANAGEMENT_MODES = ['on', 'off', 'throttled', 'forbidden'] as const;
export type ManagementMode = (typeof MANAGEMENT_MODES)[number];

/** What is wrong with the management API; what is not named is well. */
export interface ManagementFault {
  /** `off`: connections are reset. */
  readonly mode?: ManagementMode;
  /** While it is throttled; 17 unless given. */
  readonly retryAfterSeconds?: number;
  /** Permission that is missing while it is forbidden, `…/webhooks/listEvents/action`; all of them unless given. */
  readonly permission?: string;
  /** Each answer takes this much longer. */
  readonly delayMs?: number;
  /** Regions whose replica is left out of the list; asked for by its name, it is there. */
  readonly unlisted?: readonly Region[];
}

export const RETRY_AFTER_SECONDS = 17;

export class ManagementFaults {
  #current: ManagementFault = {};
  readonly #onSet: (fault: ManagementFault) => void;

  constructor(onSet: (fault: ManagementFault) => void) {
    this.#onSet = onSet;
  }

  get current(): ManagementFault {
    return this.#current;
  }

  /** In place of what was set before; nothing is wrong any more with `{}`. */
  set(fault: ManagementFault): void {
    this.#current = fault;
    this.#onSet(fault);
  }
}
