// A subscriber: does something for every image that has landed in every region. Needs Node 22 or newer and
// `npm install @azure/service-bus @azure/identity`.
//
//   node subscriber.mjs ./deploy.sh            runs `./deploy.sh IMAGE` for each, until it is told to end
//   node subscriber.mjs --once ./deploy.sh     ends when the subscription is empty, as a job has to
//
//   SERVICE_BUS_NAMESPACE   contoso.servicebus.windows.net, by identity (role: Azure Service Bus Data Receiver); or
//   SERVICE_BUS             a connection string, as for the local broker
//   SUBSCRIPTION            its filter: type = 'replication.completed'; without sessions
//   TOPIC                   replication-events unless given
import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';

/** How long a message stays ours while it is worked on. */
const LONGEST_WORK_MS = 60 * 60_000;
/** A message that is given back comes again at once; the subscription allows so many deliveries and no more. */
const PAUSE_MS = 30_000;

/**
 * Calls `handle` with each event, one after the other, and again with one for which it threw. What came before, or is older
 * than what came before of the same image, is left out, as far as this process remembers: `handle` may meet an event twice.
 * @param {import('@azure/service-bus').ServiceBusReceiver} receiver
 * @param {(event: any) => Promise<void>} handle
 * @param {{ once?: boolean, signal?: AbortSignal, pauseMs?: number, idleMs?: number }} options
 */
export async function consume(receiver, handle, { once = false, signal, pauseMs = PAUSE_MS, idleMs = 5_000 } = {}) {
  const newest = new Map();
  while (!signal?.aborted) {
    const [message] = await receive(receiver, idleMs, signal);
    if (message === undefined) {
      if (once) {
        return;
      }
      continue;
    }
    const event = message.body;
    const of = `${event.source} ${event.subject}`;
    if (event.type !== 'replication.completed' || event.sequence <= (newest.get(of) ?? '')) {
      await receiver.completeMessage(message);
      continue;
    }
    try {
      await handle(event);
    } catch (error) {
      console.error(`${event.data.image}: ${error instanceof Error ? error.message : error}`);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      await receiver.abandonMessage(message);
      continue;
    }
    newest.set(of, event.sequence);
    await receiver.completeMessage(message);
  }
}

async function receive(receiver, maxWaitTimeInMs, abortSignal) {
  try {
    return await receiver.receiveMessages(1, { maxWaitTimeInMs, ...(abortSignal && { abortSignal }) });
  } catch (error) {
    if (abortSignal?.aborted) {
      return [];
    }
    throw error;
  }
}

/** Connects as the environment says, consumes, and ends in order when the process is told to. */
export async function subscribe(handle, { once = false, env = process.env } = {}) {
  const { SERVICE_BUS, SERVICE_BUS_NAMESPACE, SUBSCRIPTION, TOPIC } = env;
  if (!SUBSCRIPTION || !(SERVICE_BUS || SERVICE_BUS_NAMESPACE)) {
    throw new Error('Expected SUBSCRIPTION, and SERVICE_BUS_NAMESPACE or SERVICE_BUS');
  }
  const client = SERVICE_BUS
    ? new ServiceBusClient(SERVICE_BUS)
    : new ServiceBusClient(SERVICE_BUS_NAMESPACE, await identity());
  const receiver = client.createReceiver(TOPIC || 'replication-events', SUBSCRIPTION, {
    maxAutoLockRenewalDurationInMs: LONGEST_WORK_MS,
  });
  const end = new AbortController();
  process.once('SIGTERM', () => end.abort());
  process.once('SIGINT', () => end.abort());
  try {
    await consume(receiver, handle, { once, signal: end.signal });
  } finally {
    await client.close();
  }
}

async function identity() {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

/** Rejects unless it ends with 0. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`expected ${command} to end with 0, got ${code ?? signal}`)),
    );
  });
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const [first, ...others] = process.argv.slice(2);
  const once = first === '--once';
  const [command, ...args] = once ? others : [first, ...others];
  if (command === undefined) {
    throw new Error('Expected a command to run for each image');
  }
  await subscribe(({ data }) => run(command, [...args, data.image]), { once });
}
