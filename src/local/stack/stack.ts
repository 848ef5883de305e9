// The local stack as one object: Table Storage, broker, app and simulated registry, started and closed together.
// `npm start` puts a view before it; end-to-end tests and the bench use it as it is.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Azurite, startAzurite } from '../azurite/start-azurite.ts';
import { type Broker, startBroker } from '../broker/broker.ts';
import type { HostKeys } from '../host/keys.ts';
import type { RegionOption } from '../registry/contoso.ts';
import type { PushInFlight } from '../registry/model.ts';
import type { PushOrder, SimulatedRegistry } from '../registry/registry.ts';
import { readAnnouncements } from './announcement-reader.ts';
import { type AppInstances, startAppInstances } from './app-instances.ts';
import { Closers } from './closers.ts';
import { type Control, startControl } from './control.ts';
import { controlActions } from './control-actions.ts';
import { claim, type DataFolder, empty, openDataFolder, readKeys, trimLog } from './data-folder.ts';
import {
  type AnnouncedEvent,
  nowText,
  type OnEvent,
  type Ready,
  type ReplicaAnnouncedEvent,
  type StackEvent,
} from './events.ts';
import { freePort } from './free-port.ts';
import { type RegistryControl, registryControl } from './registry-control.ts';
import { type RegistryService, registrySettings, startRegistryService } from './registry-service.ts';
import type { StackFault } from './stack-fault.ts';
import { ROOT } from './start-options.ts';

const TOPIC = 'replication-events';
/** For programs: it receives every message, and nothing of the stack reads it. */
const EVERYTHING = 'everything';
/** For the view. */
const TERMINAL = 'terminal';
const DAY_SECONDS = 86_400;
/** A person who watches should not wait a minute longer than the threshold. */
const SWEEP_SCHEDULE = '*/5 * * * * *';

export interface StackOptions {
  /** Folder in which everything is kept; one stack at a time. */
  readonly data: string;
  /** Of the app; 0, the default, is any free one. */
  readonly port?: number;
  /** Starts with empty tables and nothing pushed; the keys stay. */
  readonly fresh?: boolean;
  /** From 1; 60 unless given. */
  readonly lagAfterSeconds?: number;
  /** Processes that serve the app behind the one port; 1 unless given. */
  readonly appInstances?: number;
  /** The simulated registry pushes by itself; false unless given. */
  readonly pushes?: boolean;
  /** Absolute path of the app's entry module; src/main.ts unless given. */
  readonly entry?: string;
  /** Settings of the app that differ from what the stack would set. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of a registry that is made now, the home region first; contoso's four unless given. */
  readonly regions?: readonly RegionOption[];
  /** Of everything that the registry leaves to chance. */
  readonly seed?: number;
  /** The first event is `ready`. Without it nobody in the stack reads announcements. */
  readonly onEvent?: OnEvent;
  /** The app ended and cannot be started again. The stack is still to be closed. */
  readonly onFault?: (fault: StackFault) => void;
}

export interface Stack extends Ready, RegistryControl {
  readonly dataFolder: string;
  /** What the app logs. */
  readonly logFile: string;
  readonly broker: Broker;
  readonly azurite: Azurite;
  /** Of the processes that serve the app at this moment. */
  appPids(): readonly number[];
  push(order: PushOrder): PushInFlight;
  /** No more pushes, then the app, the broker and Table Storage, each when it has done what it had to. */
  close(reason?: string): Promise<void>;
}

/** Rejects, with nothing left running, with StackFault if a person can do something about it. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const closers = new Closers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.close().catch(() => {});
    throw error;
  }
}

async function start(options: StackOptions, closers: Closers): Promise<Stack> {
  const { port: wantedPort = 0, pushes = false, lagAfterSeconds = 60, onEvent } = options;
  const { folder, control } = await occupy(options, closers);
  const port = await freePort(wantedPort);
  const { emit, open } = heldUntilReady(onEvent);
  const { azurite, broker } = await startServices(folder, onEvent !== undefined, closers);
  const keys = readKeys(folder);
  const app = { url: `http://127.0.0.1:${port}`, key: keys.host };
  const { regions, seed } = options;
  const service = await startRegistryService({ folder, app, regions, seed, lagAfterSeconds, emit }, closers);
  const { registry } = service;
  const ready = describeReady(app.url, keys, service, { azurite, broker });
  if (onEvent !== undefined) {
    const { serviceBus: connectionString, topic } = ready;
    const onAnnounced = announcedInOrder(registry, emit);
    const reader = readAnnouncements({ connectionString, topic, subscription: TERMINAL, onAnnounced });
    closers.add(() => reader.close());
  }
  const settings = appSettings(ready, service, lagAfterSeconds);
  const instances = await startApp(options, { port, keys, logFile: folder.logFile, settings, emit });
  closers.add(() => instances.close());
  closers.add(() => registry.stop());
  open({ event: 'ready', ...ready }, instances);
  control.open(controlActions({ ready, lagAfterSeconds, broker, service }));
  registry.resume();
  if (pushes) {
    registry.startTraffic();
  }
  let closing: Promise<void> | undefined;
  return {
    ...ready,
    ...{ dataFolder: folder.path, logFile: folder.logFile, broker, azurite },
    appPids: () => instances.pids(),
    push: (order) => registry.push(order),
    ...registryControl(service),
    close: (reason = 'asked to') => {
      closing ??= closeTelling(closers, reason, emit);
      return closing;
    },
  };
}

function describeReady(url: string, keys: HostKeys, { described }: RegistryService, services: Services): Ready {
  return {
    url,
    key: keys.host,
    masterKey: keys.master,
    ...described,
    serviceBus: services.broker.connectionString,
    topic: TOPIC,
    subscription: EVERYTHING,
    tables: services.azurite.connectionString,
  };
}

interface AppParts {
  readonly port: number;
  readonly keys: HostKeys;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly emit: OnEvent;
}

function startApp(options: StackOptions, { settings, emit, ...parts }: AppParts): Promise<AppInstances> {
  return startAppInstances({
    ...{ count: options.appInstances ?? 1, ...parts },
    entry: options.entry ?? path.join(ROOT, 'src/main.ts'),
    hostJson: path.join(ROOT, 'host.json'),
    settings: { ...settings, ...options.settings },
    onEvent: emit,
    onFault: options.onFault ?? (() => {}),
  });
}

async function closeTelling(closers: Closers, reason: string, emit: OnEvent): Promise<void> {
  emit({ event: 'stopping', at: nowText(), reason });
  try {
    await closers.close();
  } finally {
    emit({ event: 'stopped', at: nowText() });
  }
}

/** Makes the data folder this stack's own, before anything else is touched. */
async function occupy({ data, fresh = false }: StackOptions, closers: Closers) {
  const folder = openDataFolder(path.resolve(data));
  const token = randomBytes(30).toString('base64url');
  const control: Control = await startControl(token);
  closers.add(() => control.close());
  const release = await claim(folder, { pid: process.pid, control: control.url, token });
  closers.add(release);
  if (fresh) {
    empty(folder);
  }
  trimLog(folder);
  return { folder, control };
}

interface Services {
  readonly azurite: Azurite;
  readonly broker: Broker;
}

async function startServices(folder: DataFolder, isRead: boolean, closers: Closers): Promise<Services> {
  const [azurite, broker] = await Promise.allSettled([
    startAzurite({ folder: folder.azurite }),
    startBroker({
      topics: [
        {
          name: TOPIC,
          duplicateDetectionSeconds: DAY_SECONDS,
          subscriptions: [{ name: EVERYTHING }, ...(isRead ? [{ name: TERMINAL }] : [])],
        },
      ],
    }),
  ]);
  for (const service of [azurite, broker]) {
    if (service.status === 'fulfilled') {
      const { value } = service;
      closers.add(() => value.close());
    }
  }
  if (azurite.status === 'rejected' || broker.status === 'rejected') {
    throw azurite.status === 'rejected' ? azurite.reason : (broker as PromiseRejectedResult).reason;
  }
  return { azurite: azurite.value, broker: broker.value };
}

/** An announcement may overtake the answer to the webhook that led to it: it waits, so that the log reads as it happened. */
function announcedInOrder(registry: SimulatedRegistry, emit: OnEvent) {
  return async (event: AnnouncedEvent | ReplicaAnnouncedEvent): Promise<void> => {
    if (event.event === 'announced') {
      await registry.answered(event.image);
    }
    emit(event);
  };
}

function appSettings(ready: Ready, service: RegistryService, lagAfterSeconds: number): Record<string, string> {
  return {
    ...registrySettings(service),
    TABLES: ready.tables,
    SERVICE_BUS: ready.serviceBus,
    SERVICE_BUS_TOPIC: ready.topic,
    LAG_AFTER_MINUTES: (lagAfterSeconds / 60).toFixed(9),
    SWEEP_SCHEDULE,
  };
}

/** What happens before the stack is ready is told after it: `ready` comes first. */
function heldUntilReady(onEvent: OnEvent = () => {}) {
  let held: StackEvent[] | undefined = [];
  const emit: OnEvent = (event) => {
    if (held === undefined) {
      onEvent(event);
    } else {
      held.push(event);
    }
  };
  const open = (ready: StackEvent, app: AppInstances): void => {
    const running = app.pids().map((pid, index) => {
      const of = { at: nowText(), state: 'running' as const, instance: index + 1, pid, isRestart: false };
      return { event: 'app' as const, ...of };
    });
    const events = [ready, ...running, ...(held ?? [])];
    held = undefined;
    for (const event of events) {
      onEvent(event);
    }
  };
  return { emit, open };
}
