import { ServiceBusAnnouncementSender } from '../../../src/adapters/service-bus/sender.ts';
import { senderContract } from '../../contract/sender.contract.ts';
import { InMemoryBus } from '../../fakes/sender.ts';
import { BrokerBus, TOPIC } from './broker-bus.ts';

senderContract('in memory', async () => {
  let isDown = false;
  const never = new Promise<never>(() => {});
  const sender = new InMemoryBus({ gate: async (_, effect) => (isDown ? await never : effect()) });
  return {
    sender,
    received: async () => sender.ids(),
    goDown: async () => {
      isDown = true;
    },
    comeBack: async () => {
      isDown = false;
    },
    close: async () => {},
  };
});

senderContract('by the SDK to a broker', async () => {
  const bus = await BrokerBus.start();
  const sender = new ServiceBusAnnouncementSender({
    connection: { connectionString: bus.connectionString },
    topic: TOPIC,
    loginServerOf: (registry) => `${registry}.azurecr.io`,
    attemptTimeoutMs: 1_000,
  });
  return {
    sender,
    received: async () => (await bus.received()).map(({ messageId }) => String(messageId)),
    goDown: () => bus.proxy.goDown(),
    comeBack: () => bus.proxy.comeBack(),
    close: async () => {
      await sender.close();
      await bus.close();
    },
  };
});
