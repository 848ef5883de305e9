// A topic of the local broker, behind a proxy that can go down and come back, and what its subscriber has had.
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { type Broker, startBroker } from '../../../src/local/broker/broker.ts';
import { TcpProxy } from './tcp-proxy.ts';

export const TOPIC = 'replication-events';
const SUBSCRIPTION = 'test';

export class BrokerBus {
  readonly proxy: TcpProxy;
  readonly #broker: Broker;
  readonly #received: ServiceBusReceivedMessage[] = [];

  private constructor(broker: Broker, proxy: TcpProxy) {
    this.#broker = broker;
    this.proxy = proxy;
  }

  static async start(): Promise<BrokerBus> {
    const subscriptions = [{ name: SUBSCRIPTION }];
    const topics = [{ name: TOPIC, duplicateDetectionSeconds: 600, subscriptions }];
    const broker = await startBroker({ topics });
    return new BrokerBus(broker, await TcpProxy.start(broker.port));
  }

  /** By way of the proxy. */
  get connectionString(): string {
    return this.#broker.connectionString.replace(`:${this.#broker.port};`, `:${this.proxy.port};`);
  }

  /** Messages that were sent, those that the topic dropped as duplicates included. */
  get sentCount(): number {
    return this.#broker.stats(TOPIC).sent;
  }

  async received(): Promise<readonly ServiceBusReceivedMessage[]> {
    const readyCount = () => this.#broker.depth(`${TOPIC}/Subscriptions/${SUBSCRIPTION}`).ready;
    if (readyCount() > 0) {
      const client = new ServiceBusClient(this.#broker.connectionString);
      const receiver = client.createReceiver(TOPIC, SUBSCRIPTION, { receiveMode: 'receiveAndDelete' });
      for (let left = readyCount(); left > 0; left = readyCount()) {
        this.#received.push(...(await receiver.receiveMessages(left)));
      }
      await client.close();
    }
    return this.#received;
  }

  async close(): Promise<void> {
    await this.proxy.goDown();
    await this.#broker.close({ hard: true });
  }
}
