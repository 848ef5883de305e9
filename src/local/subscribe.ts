// npm run subscribe: receives announcements from the running stack as a deployment pipeline would, with the Service Bus
// SDK: peek-lock, and each message is completed when it has been dealt with.

import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { print, runCompanion, say } from './companion.ts';
import type { StackDescription } from './stack/control-actions.ts';
import { type HeldSubscription, holdSubscription, requestOf } from './stack/control-client.ts';
import { parseSubscribeOptions, type SubscribeOptions } from './stack/subscribe-options.ts';
import { type AnyEvent, messageLines } from './view/message-lines.ts';
import { paintFor } from './view/paint.ts';
import { clock, regionNames } from './view/words.ts';

type Print = (body: AnyEvent) => void;

async function run(options: SubscribeOptions): Promise<void> {
  const { filter, isJson, data } = options;
  const stack = await requestOf<StackDescription>(data, { method: 'GET', path: '/stack' });
  const subscription = await holdSubscription(data, filter);
  // Standard output is for messages only.
  say(`receiving ${filter ?? 'every announcement'} from topic ${stack.topic}; Ctrl-C ends it`);
  const look = { paint: paintFor(process.stdout), clock: clock(), regionName: regionNames(stack.replicas) };
  const printBody: Print = isJson
    ? (body) => print(JSON.stringify(body))
    : (body) => print(`${messageLines(body, look).join('\n')}\n`);
  const client = new ServiceBusClient(stack.serviceBus);
  const reason = await receive(client, stack, subscription, options, printBody);
  subscription.release();
  if (reason === 'stack gone') {
    // The broker has gone with it: there is nothing to say goodbye to.
    say('the local stack was stopped');
    process.exit(1);
  }
  await client.close();
}

/** Resolves when enough messages came, the person has seen enough, or there is nothing more to come. */
async function receive(
  client: ServiceBusClient,
  { topic }: StackDescription,
  subscription: HeldSubscription,
  { count = Number.POSITIVE_INFINITY }: SubscribeOptions,
  printBody: Print,
): Promise<'done' | 'stack gone'> {
  const receiver = client.createReceiver(topic, subscription.name, { receiveMode: 'peekLock' });
  const done = Promise.withResolvers<'done'>();
  let received = 0;
  const processMessage = async (message: ServiceBusReceivedMessage): Promise<void> => {
    if (received >= count) {
      await receiver.abandonMessage(message);
      return;
    }
    received += 1;
    printBody(message.body as AnyEvent);
    await receiver.completeMessage(message);
    if (received >= count) {
      done.resolve('done');
    }
  };
  // The SDK reconnects by itself; that the stack has gone shows at the control endpoint.
  receiver.subscribe({ processMessage, processError: async () => {} }, { autoCompleteMessages: false });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => done.resolve('done'));
  }
  return await Promise.race([done.promise, subscription.ended.then(() => 'stack gone' as const)]);
}

await runCompanion('npm run subscribe', parseSubscribeOptions(process.argv.slice(2)), run);
