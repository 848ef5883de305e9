// What the stack and its app instances tell each other.
import type { HostKeys } from '../host/keys.ts';

/** The environment variable that holds an InstancePlan as JSON: other users of the machine cannot read it. */
export const INSTANCE_SETTING = 'LANDFALL_INSTANCE';

export interface InstancePlan {
  /** From 1. */
  readonly instance: number;
  /** Absolute path of the app's entry module. */
  readonly entry: string;
  readonly hostJson: string;
  readonly port: number;
  readonly keys: HostKeys;
  /** True for one of the instances. */
  readonly runTimers: boolean;
}

export type InstanceMessage =
  | { readonly type: 'running' }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'log'; readonly level: string; readonly message: string };
