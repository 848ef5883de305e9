// Starts what a part needs, each server in a process of its own on a free port of the loopback interface, and sees to it
// that none of them outlives the part or the bench.
import { fileURLToPath } from 'node:url';
import { settings } from '../src/config-settings.ts';
import { startAzurite } from '../src/local/azurite/start-azurite.ts';
import type { TopicStats } from '../src/local/broker/topic.ts';
import { Closers } from '../src/local/stack/closers.ts';
import type { Answers, AppPlan, SweepRun } from './app-process.ts';
import type { BrokerPlan } from './broker-process.ts';
import type { Bundles } from './bundles.ts';
import { Child } from './child.ts';
import { REGIONS, REGISTRY } from './pushes.ts';

export const TOPIC = 'replication-events';
export const SUBSCRIPTION = 'everything';
const KEYS = { host: 'bench-host-key', master: 'bench-master-key' };

export interface Storage {
  readonly connectionString: string;
  readonly pid: number;
}

export interface Broker {
  readonly connectionString: string;
  /** Different message ids that were sent so far. */
  messages(): Promise<number>;
  cpuMs(): Promise<number>;
}

export interface App {
  readonly url: string;
  readonly key: string;
  cpuMs(): Promise<number>;
  /** What Table Storage answered, if the app was started to count it. */
  storageAnswers(): Promise<Answers>;
  /** Runs the function `sweep` now. */
  sweep(): Promise<SweepRun>;
  close(): Promise<void>;
}

export interface AppOptions {
  readonly storage: Storage;
  readonly broker: Broker;
  readonly isCountingAnswers?: boolean;
  /** The empty app instead of ours. */
  readonly isEmpty?: boolean;
  readonly nodeOptions?: readonly string[];
}

/** What was started and is to be closed, the last one first. */
export class Processes {
  readonly #bundles: Bundles;
  readonly #closers = new Closers();

  constructor(bundles: Bundles) {
    this.#bundles = bundles;
  }

  /** Azurite, in memory and empty. */
  async startStorage(): Promise<Storage> {
    const azurite = await startAzurite();
    this.closeLater(() => azurite.close());
    return azurite;
  }

  /** @param subscription one that receives everything */
  async startBroker(subscription?: string): Promise<Broker> {
    const plan: BrokerPlan = { topic: TOPIC, ...(subscription === undefined ? {} : { subscription }) };
    const script = fileURLToPath(new URL('broker-process.ts', import.meta.url));
    const { child, ready: connectionString } = await Child.start<string>({ name: 'the broker', script, plan });
    this.closeLater(() => child.close());
    const messages = async () => {
      const { sent, duplicates } = await child.ask<TopicStats>('stats');
      return sent - duplicates;
    };
    return { connectionString, messages, cpuMs: () => child.ask('cpuMs') };
  }

  async startApp(options: AppOptions): Promise<App> {
    const { storage, broker, isCountingAnswers = false, isEmpty = false, nodeOptions = [] } = options;
    const { app, emptyApp, host, hostJson } = this.#bundles;
    const plan: AppPlan = { entry: isEmpty ? emptyApp : app, hostJson, keys: KEYS, isCountingAnswers };
    const { child, ready: url } = await Child.start<string>({
      ...{ name: 'the app', script: host, plan, nodeOptions },
      environment: appEnvironment(storage, broker),
    });
    this.closeLater(() => child.close());
    return {
      ...{ url, key: KEYS.host },
      cpuMs: () => child.ask('cpuMs'),
      storageAnswers: () => child.ask('storageAnswers'),
      sweep: () => child.ask('sweep'),
      close: () => child.close(),
    };
  }

  closeLater(close: () => unknown): void {
    this.#closers.add(close);
  }

  close(): Promise<void> {
    return this.#closers.close();
  }
}

/** The app sees the bench's settings and none of the machine's. */
function appEnvironment(storage: Storage, broker: Broker): Record<string, string | undefined> {
  const unset = Object.fromEntries(settings.map(({ name }) => [name, undefined]));
  return {
    ...unset,
    REGISTRIES: JSON.stringify([{ name: REGISTRY, regions: REGIONS }]),
    TABLES: storage.connectionString,
    SERVICE_BUS: broker.connectionString,
    SERVICE_BUS_TOPIC: TOPIC,
  };
}
