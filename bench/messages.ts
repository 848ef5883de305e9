// One message per push: what came out of a subscription, compared with what was pushed.
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { type Bench, deliver, type Part, startBed, unexpectedAnswers } from './part.ts';
import { type Broker, SUBSCRIPTION, TOPIC } from './processes.ts';
import { FAR_APART, newPushes, type Push, REGISTRY, TOGETHER } from './pushes.ts';
import type { Row } from './report.ts';

const AT_ONCE = 500;
/** Nothing more comes when this long nothing came. */
const QUIET_MS = 1_000;

export const messages: Part = { name: 'messages', title: 'Bus messages per push', run };

async function run(bench: Bench): Promise<readonly Row[]> {
  const { processes, sizes, say } = bench;
  const broker = await processes.startBroker(SUBSCRIPTION);
  const bed = await startBed(bench, { broker });
  await receiveAll(broker);
  const pushes = newPushes(sizes.receivedPushes);
  const half = Math.ceil(pushes.length / 2);
  const loads = [
    await deliver(bed, pushes.slice(0, half), TOGETHER),
    await deliver(bed, pushes.slice(half), FAR_APART),
  ];
  const received = await receiveAll(broker);
  say(`messages: ${received.length} received for ${pushes.length} pushes`);
  return [...rowsOf(pushes, received), ...unexpectedAnswers(loads)];
}

async function receiveAll({ connectionString }: Broker): Promise<readonly ServiceBusReceivedMessage[]> {
  const client = new ServiceBusClient(connectionString);
  try {
    const receiver = client.createReceiver(TOPIC, SUBSCRIPTION, { receiveMode: 'receiveAndDelete' });
    const received: ServiceBusReceivedMessage[] = [];
    for (;;) {
      const batch = await receiver.receiveMessages(AT_ONCE, { maxWaitTimeInMs: QUIET_MS });
      received.push(...batch);
      if (batch.length === 0) {
        return received;
      }
    }
  } finally {
    await client.close();
  }
}

export function rowsOf(pushes: readonly Push[], received: readonly ServiceBusReceivedMessage[]): readonly Row[] {
  const idsOf = new Map<string, Set<unknown>>(pushes.map((push) => [keyOf(push), new Set()]));
  for (const { applicationProperties: of = {}, messageId } of received) {
    const key = [of['type'], of['registry'], of['repository'], of['tag'], of['digest']].join(' ');
    const ids = idsOf.get(key) ?? new Set();
    idsOf.set(key, ids.add(messageId));
  }
  const counts = [...idsOf.values()].map(({ size }) => size);
  const value = counts.reduce((sum, count) => sum + count, 0) / pushes.length;
  const right = counts.filter((count) => count === 1).length;
  return [
    {
      ...{ name: 'different message ids per push', value, unit: '' },
      ...{ low: Math.min(...counts), high: Math.max(...counts) },
      detail: `replication.completed of ${right} of ${pushes.length} pushes, as a subscription received them`,
      target: { text: 'exactly 1', isMet: idsOf.size === pushes.length && right === pushes.length },
    },
    { name: 'messages received per push, repeats included', value: received.length / pushes.length, unit: '' },
  ];
}

const keyOf = ({ repository, tag, digest }: Push) =>
  ['replication.completed', REGISTRY, repository, tag, digest].join(' ');
