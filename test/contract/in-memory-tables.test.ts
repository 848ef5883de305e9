// The fakes keep the contracts of the ports that tables stand behind.
import type { Gate, GateOption } from '../fakes/gate.ts';
import { InMemoryAlarmStore } from '../fakes/in-memory-alarm-store.ts';
import { InMemoryDeletionStore } from '../fakes/in-memory-deletion-store.ts';
import { InMemoryJournal } from '../fakes/in-memory-journal.ts';
import { InMemoryRegistryStore } from '../fakes/in-memory-registry-store.ts';
import { InMemoryTagStore } from '../fakes/in-memory-tag-store.ts';
import { InMemoryWebhooksStore } from '../fakes/in-memory-webhooks-store.ts';
import { alarmStoreContract } from './alarm-store-contract.ts';
import { deletionStoreContract } from './deletion-store-contract.ts';
import { journalContract } from './journal-contract.ts';
import type { Open, Opened } from './opened.ts';
import { heartbeatsContract, registryStoreContract } from './registry-store-contract.ts';
import { tagIndexContract } from './tag-index-contract.ts';
import { tagStoreContract } from './tag-store-contract.ts';
import { webhooksStoreContract } from './webhooks-store-contract.ts';

function openFake<T>(create: (options: GateOption) => T): Opened<T> {
  let isStalled = false;
  const gate: Gate = (_, effect) => (isStalled ? new Promise(() => {}) : Promise.resolve().then(effect));
  const port = create({ gate });
  const stall = () => {
    isStalled = true;
    return () => {
      isStalled = false;
    };
  };
  return { port, elsewhere: port, stall };
}

const opening =
  <T>(create: (options: GateOption) => T): Open<T> =>
  async () =>
    openFake(create);

tagStoreContract(
  'in memory',
  opening((options) => new InMemoryTagStore(options)),
);
alarmStoreContract(
  'in memory',
  opening((options) => new InMemoryAlarmStore(options)),
);
registryStoreContract(
  'in memory',
  opening((options) => new InMemoryRegistryStore(options)),
);
heartbeatsContract(
  'in memory',
  opening((options) => new InMemoryRegistryStore(options)),
);
journalContract('in memory', async () => {
  const opened = openFake((options) => new InMemoryJournal(options));
  return { ...opened, rows: async () => opened.port.rows() };
});
webhooksStoreContract(
  'in memory',
  opening((options) => new InMemoryWebhooksStore(options)),
);
deletionStoreContract(
  'in memory',
  opening((options) => new InMemoryDeletionStore(options)),
);
tagIndexContract(
  'in memory',
  opening((options) => {
    const store = new InMemoryTagStore(options);
    return { store, index: store };
  }),
);
