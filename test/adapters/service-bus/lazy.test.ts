import { describe, expect, it } from 'vitest';
import { LazySender } from '../../../src/adapters/service-bus/lazy.ts';
import * as senderModule from '../../../src/adapters/service-bus/sender.ts';
import { Unavailable } from '../../../src/usecases/ports.ts';
import { webTag } from '../../builders.ts';
import { announcements, replicaAnnouncements } from './announcements.ts';
import { BrokerBus, TOPIC } from './broker-bus.ts';

const inTime = () => AbortSignal.timeout(20_000);
const nowhere = {
  connection: { connectionString: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=x;SharedAccessKey=x' },
  topic: TOPIC,
  loginServerOf: () => 'contoso.azurecr.io',
};

describe('the sender that is loaded late', () => {
  it('loads nothing until the first call, then once, and sends', async () => {
    const bus = await BrokerBus.start();
    let loads = 0;
    const load = async () => {
      loads += 1;
      return senderModule;
    };
    const sender = new LazySender({ ...nowhere, connection: { connectionString: bus.connectionString } }, load);
    expect(loads).toBe(0);
    await Promise.all([sender.check(inTime()), sender.send(webTag, announcements(2), inTime())]);
    await sender.send(webTag, announcements(3), inTime());
    expect(loads).toBe(1);
    expect((await bus.received()).map(({ messageId }) => messageId)).toEqual(['web-1', 'web-2', 'web-3']);
    await sender.close();
    await bus.close();
  });

  it('loads the real one when it is not told otherwise', async () => {
    const bus = await BrokerBus.start();
    const sender = new LazySender({ ...nowhere, connection: { connectionString: bus.connectionString } });
    await sender.send(webTag, announcements(1), inTime());
    await sender.sendOfReplicas(webTag.registry, replicaAnnouncements(2), inTime());
    expect(bus.sentCount).toBe(3);
    await sender.close();
    await bus.close();
  });

  it('is unavailable while loading fails, and tries again at the next call', async () => {
    const bus = await BrokerBus.start();
    const outcomes = [Promise.reject(new Error('disk full')), Promise.resolve(senderModule)];
    const load = () => outcomes.shift() ?? Promise.reject(new Error('loaded too often'));
    const sender = new LazySender({ ...nowhere, connection: { connectionString: bus.connectionString } }, load);
    const refused = sender.send(webTag, announcements(1), inTime());
    await expect(refused).rejects.toBeInstanceOf(Unavailable);
    await expect(refused).rejects.toThrow('disk full');
    await sender.send(webTag, announcements(1), inTime());
    expect(bus.sentCount).toBe(1);
    await sender.close();
    await bus.close();
  });

  it('ends by its signal when loading never ends', async () => {
    const sender = new LazySender(nowhere, () => new Promise(() => {}));
    const control = new AbortController();
    const sending = sender.send(webTag, announcements(1), control.signal);
    const sendingOfReplicas = sender.sendOfReplicas(webTag.registry, replicaAnnouncements(1), control.signal);
    control.abort();
    await expect(sending).rejects.toBeInstanceOf(Unavailable);
    await expect(sendingOfReplicas).rejects.toBeInstanceOf(Unavailable);
  });

  it('has nothing to close when it was never used', async () => {
    let loads = 0;
    const sender = new LazySender(nowhere, async () => {
      loads += 1;
      return senderModule;
    });
    await sender.close();
    expect(loads).toBe(0);
  });
});
