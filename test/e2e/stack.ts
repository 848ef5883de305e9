// The whole app on the local stack, as a registry, a pipeline and an operator meet it: webhooks over HTTP, messages by the
// Service Bus SDK, rows by the Table Storage SDK. Its sweep runs when a test asks for it, and at no other time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestError, TableClient } from '@azure/data-tables';
import { ServiceBusClient } from '@azure/service-bus';
import { expect } from 'vitest';
import { fromDeletionEntity } from '../../src/adapters/table/deletion-entity.ts';
import { parseAlarmRowKey, parseTagRowKey } from '../../src/adapters/table/keys.ts';
import { fromTagProperties } from '../../src/adapters/table/tag-document.ts';
import { imageName, type Region, type TagName } from '../../src/core/names.ts';
import type { TagState } from '../../src/core/tag-state.ts';
import { type Broker, startBroker } from '../../src/local/broker/broker.ts';
import { postWebhook } from '../../src/local/registry/webhook-post.ts';
import { Closers } from '../../src/local/stack/closers.ts';
import { type Stack, type StackOptions, startStack } from '../../src/local/stack/stack.ts';
import type { PendingDeletion } from '../../src/usecases/ports.ts';
import { TcpProxy } from '../adapters/service-bus/tcp-proxy.ts';
import { Inbox } from './inbox.ts';
import type { Webhook } from './pushes.ts';

/** On the first of January: a test says itself when to sweep. */
const NO_SWEEP = '0 0 0 1 1 *';
/** The app sets its alarms this far ahead (`ALARM_AHEAD_MS`), and a little more. */
export const ALARMS_DUE_MS = 61_000;
const TOPIC = 'replication-events';
const SUBSCRIPTION = 'everything';
const POLL_MS = 800;
const MOST_LOOKS = 200;

/** What came of one webhook. */
export interface Delivery {
  readonly webhook: Webhook;
  /** Undefined: no answer within the 5 s that ACR waits, or the connection was lost. */
  readonly status: number | undefined;
  /** The app's word for it, or why there was no answer. */
  readonly outcome: string;
}

export interface Row {
  readonly tag: TagName;
  readonly state: TagState;
}

export interface App {
  readonly stack: Stack;
  readonly broker: Broker;
  readonly inbox: Inbox;
  readonly close: () => Promise<void>;
}

/** Between it and its broker, which lives on whatever happens, there is a proxy that can be cut. */
export interface ProxiedApp extends App {
  readonly busProxy: TcpProxy;
}

/** Rejects with nothing left running. */
export async function startApp({ appInstances = 1, ...options }: AppOptions = {}): Promise<App> {
  return await orClosed((closers) => start(closers, { appInstances, ...options }));
}

/** Rejects with nothing left running. */
export async function startAppWithProxiedBus(): Promise<ProxiedApp> {
  return await orClosed(async (closers) => {
    const topics = [{ name: TOPIC, duplicateDetectionSeconds: 86_400, subscriptions: [{ name: SUBSCRIPTION }] }];
    const broker = await startBroker({ topics });
    closers.add(() => broker.close());
    const busProxy = await TcpProxy.start(broker.port);
    closers.add(() => busProxy.goDown());
    const serviceBus = broker.connectionString.replace(`:${broker.port};`, `:${busProxy.port};`);
    return { ...(await start(closers, { appInstances: 1, bus: { broker, serviceBus } })), busProxy };
  });
}

async function orClosed<T>(open: (closers: Closers) => Promise<T>): Promise<T> {
  const closers = new Closers();
  try {
    return await open(closers);
  } catch (error) {
    await closers.close().catch(() => {});
    throw error;
  }
}

interface AppOptions {
  readonly appInstances?: number;
  readonly lagAfterSeconds?: number;
  /** Of the registry; four unless given. */
  readonly regions?: StackOptions['regions'];
  readonly settings?: StackOptions['settings'];
}

interface Parts extends AppOptions {
  readonly appInstances: number;
  /** A broker other than the stack's own, and how the app gets to it. */
  readonly bus?: { readonly broker: Broker; readonly serviceBus: string };
}

async function start(closers: Closers, { bus, settings, regions, lagAfterSeconds, appInstances }: Parts): Promise<App> {
  const data = mkdtempSync(path.join(tmpdir(), 'landfall-e2e-'));
  const removeData = () => rmSync(data, { recursive: true, force: true });
  process.once('exit', removeData);
  closers.add(removeData);
  const faults: Error[] = [];
  const stack = await startStack({
    ...{ data, appInstances, onFault: (fault) => faults.push(fault) },
    ...(regions && { regions }),
    ...(lagAfterSeconds && { lagAfterSeconds }),
    settings: { SWEEP_SCHEDULE: NO_SWEEP, ...(bus && { SERVICE_BUS: bus.serviceBus }), ...settings },
  });
  closers.add(() => stack.close());
  const broker = bus?.broker ?? stack.broker;
  const client = new ServiceBusClient(broker.connectionString);
  closers.add(() => client.close());
  const inbox = new Inbox(client.createReceiver(TOPIC, SUBSCRIPTION, { receiveMode: 'receiveAndDelete' }));
  const close = async () => {
    await closers.close();
    expect(faults, 'the app could not be started again').toEqual([]);
  };
  const app = { stack, broker, inbox, close };
  await untilRegionsAreKnown(app);
  return app;
}

/** The app asks the registry for them with its first sweep. */
async function untilRegionsAreKnown(app: App): Promise<void> {
  await postSweep(app);
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const health = (await (await ask(app, '/api/health')).json()) as { registries: { optedInRegions: unknown }[] };
    if (health.registries[0]?.optedInRegions !== null) {
      return;
    }
    await sleep(POLL_MS);
  }
  throw new Error('expected the app to know the regions of its registry, got none');
}

/** From now on Table Storage answers nothing. What this returns wakes it; the end of this process does too. */
export function stopStorage({ stack }: App): () => void {
  const resume = () => {
    process.off('exit', resume);
    process.kill(stack.azurite.pid, 'SIGCONT');
  };
  process.once('exit', resume);
  process.kill(stack.azurite.pid, 'SIGSTOP');
  return resume;
}

export function ask({ stack }: App, route: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${stack.url}${route}`, { ...init, headers: { 'x-functions-key': stack.key, ...init.headers } });
}

/** As ACR does: one attempt, and 5 s for the answer. */
export async function post({ stack }: App, webhook: Webhook): Promise<Delivery> {
  const url = `${stack.url}/api/webhooks/${stack.registry}/${webhook.region}`;
  try {
    const { statusCode, body } = await postWebhook({ url, key: stack.key }, webhook.notification);
    return { webhook, status: statusCode, outcome: outcomeOf(body) };
  } catch (error) {
    return { webhook, status: undefined, outcome: String(error) };
  }
}

function outcomeOf(body: string): string {
  const { outcome, title } = JSON.parse(body === '' ? '{}' : body) as { outcome?: string; title?: string };
  return outcome ?? title ?? '';
}

export interface Burst {
  readonly inFlight: number;
  /** The next webhook of the same strand is posted when this has ended. */
  readonly onAnswer?: (delivery: Delivery) => Promise<void> | void;
}

/** Posts them in this order, so many at a time. */
export async function deliver(
  app: App,
  webhooks: readonly Webhook[],
  { inFlight, onAnswer = () => {} }: Burst,
): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  const rest = webhooks.values();
  const strand = async () => {
    for (const webhook of rest) {
      const delivery = await post(app, webhook);
      deliveries.push(delivery);
      await onAnswer(delivery);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, strand));
  return deliveries;
}

/** What reconciliation would bring in: posts again, until it is acknowledged, what was not. */
export async function redeliver(app: App, deliveries: readonly Delivery[], burst: Burst): Promise<void> {
  for (let lost = lostOf(deliveries); lost.length > 0; ) {
    lost = lostOf(await deliver(app, lost, burst));
  }
}

/** Webhooks that were not acknowledged. */
export const lostOf = (deliveries: readonly Delivery[]): readonly Webhook[] =>
  deliveries.filter(({ status }) => status !== 202).map(({ webhook }) => webhook);

/** How often each answer came, such as `{ '202 recorded': 3, '503 Storage unavailable': 1 }`. */
export function answers(deliveries: readonly Delivery[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, outcome } of deliveries) {
    const answer = status === undefined ? outcome : `${status} ${outcome}`;
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

async function listTable({ stack }: App, name: string) {
  const client = TableClient.fromConnectionString(stack.tables, name, { allowInsecureConnection: true });
  const entities: Record<string, unknown>[] = [];
  try {
    for await (const entity of client.listEntities()) {
      entities.push(entity);
    }
  } catch (error) {
    if (!(error instanceof RestError && error.statusCode === 404)) {
      throw error;
    }
  }
  return entities;
}

export async function readRows(app: App): Promise<readonly Row[]> {
  const entities = await listTable(app, 'tags');
  return entities.map((entity) => {
    const tag = parseTagRowKey(String(entity['rowKey']));
    if (tag === undefined) {
      throw new Error(`expected the row key of a tag, got ${entity['rowKey']}`);
    }
    return { tag, state: fromTagProperties(tag, entity) };
  });
}

/** Deletions that the next sweep will look at. */
export async function readDeletions(app: App): Promise<readonly PendingDeletion[]> {
  return (await listTable(app, 'deletions')).map((entity) => fromDeletionEntity(entity));
}

/** Arrivals that are stored, as `WEBHOOK KEY`s. */
export async function storedArrivals(app: App): Promise<ReadonlySet<string>> {
  const rows = await readRows(app);
  return new Set(
    rows.flatMap(({ tag, state }) =>
      state.facts.map(({ region, digest, eventAt }) => arrivalKey({ ...tag, region, digest, eventAt })),
    ),
  );
}

interface StoredArrival {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly region: Region;
  readonly digest: string;
  readonly eventAt: string;
}

export const arrivalKey = ({ registry, repository, tag, region, digest, eventAt }: StoredArrival): string =>
  [registry, repository, tag, region, digest, eventAt].join(' ');

export async function postSweep({ stack }: App): Promise<void> {
  const response = await fetch(`${stack.url}/admin/functions/sweep`, {
    method: 'POST',
    headers: { 'x-functions-key': stack.masterKey, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response.status).toBe(202);
}

/** What is decided and not sent, or sent and not received yet. */
async function unsaid(app: App): Promise<readonly string[]> {
  const rows = await readRows(app);
  const { sent, duplicates } = app.broker.stats(TOPIC);
  const underWay = sent - duplicates - app.inbox.count;
  return [
    ...rows.filter(({ state }) => state.outbox.length > 0).map(({ tag }) => `outbox of ${imageName(tag)}`),
    ...(underWay === 0 ? [] : [`${underWay} messages under way`]),
  ];
}

async function dueAlarms(app: App): Promise<readonly string[]> {
  const rowKeys = (await listTable(app, 'alarms')).map(({ rowKey }) => String(rowKey));
  return rowKeys.filter((rowKey) => (parseAlarmRowKey(rowKey)?.dueAt ?? 0) <= Date.now());
}

/** Rejects when there is no end to it. */
async function untilNothingIs(left: () => Promise<readonly string[]>): Promise<void> {
  let found = await left();
  for (let look = 0; found.length > 0; look += 1) {
    if (look === MOST_LOOKS) {
      throw new Error(
        `expected everything to come to its end, got ${found.length} left: ${found.slice(0, 5).join(', ')}`,
      );
    }
    await sleep(POLL_MS);
    found = await left();
  }
}

export async function waitUntilAllSaid(app: App): Promise<void> {
  await untilNothingIs(() => unsaid(app));
}

/** Sweeps, again and again, until no alarm is due and nothing is left to be said. */
export async function sweepUntilQuiet(app: App): Promise<void> {
  let looks = 0;
  await untilNothingIs(async () => {
    if (looks % 8 === 0) {
      await postSweep(app);
    }
    looks += 1;
    return [...(await dueAlarms(app)), ...(await unsaid(app))];
  });
}
