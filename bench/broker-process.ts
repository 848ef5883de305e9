// The broker, in the process that `startBrokerProcess` forks.
import { startBroker } from '../src/local/broker/broker.ts';
import { serveParent } from './child-side.ts';
import { ownCpuMs } from './cpu.ts';

export interface BrokerPlan {
  readonly topic: string;
  /** One that receives everything; without it messages are counted and dropped. */
  readonly subscription?: string;
}

await serveParent(async ({ topic, subscription }: BrokerPlan) => {
  const subscriptions = subscription === undefined ? [] : [{ name: subscription }];
  const broker = await startBroker({ topics: [{ name: topic, duplicateDetectionSeconds: 86_400, subscriptions }] });
  return {
    ready: broker.connectionString,
    answers: { stats: () => broker.stats(topic), cpuMs: ownCpuMs },
    close: () => broker.close(),
  };
});
