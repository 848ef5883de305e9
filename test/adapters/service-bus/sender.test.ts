import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SenderOptions, ServiceBusAnnouncementSender } from '../../../src/adapters/service-bus/sender.ts';
import { startBroker } from '../../../src/local/broker/broker.ts';
import { Unavailable } from '../../../src/usecases/ports.ts';
import { announcementOf, fourRegions, webTag } from '../../builders.ts';
import { announcements, idsOf } from './announcements.ts';
import { BrokerBus, TOPIC } from './broker-bus.ts';

const inTime = () => AbortSignal.timeout(20_000);

function senderTo(connectionString: string, options: Partial<SenderOptions> = {}): ServiceBusAnnouncementSender {
  return new ServiceBusAnnouncementSender({
    connection: { connectionString },
    topic: TOPIC,
    loginServerOf: (registry) => `${registry}.azurecr.io`,
    attemptTimeoutMs: 1_000,
    ...options,
  });
}

describe('the sender', () => {
  let bus: BrokerBus;
  let sender: ServiceBusAnnouncementSender;
  const receivedIds = async () => (await bus.received()).map(({ messageId }) => messageId);
  beforeEach(async () => {
    bus = await BrokerBus.start();
    sender = senderTo(bus.connectionString);
  });
  afterEach(async () => {
    await sender.close();
    await bus.close();
  });

  it('sends what consumers filter by and read', async () => {
    await sender.send(webTag, announcements(1), inTime());
    const [message] = await bus.received();
    expect(message).toMatchObject({
      messageId: 'web-1',
      contentType: 'application/cloudevents+json',
      subject: 'public/products/web:1.2',
      sessionId: 'contoso:public/products/web:1.2',
      applicationProperties: { type: 'replication.completed', registry: 'contoso', tag: '1.2' },
      body: { specversion: '1.0', id: 'web-1', data: { registry: 'contoso', tag: '1.2' } },
    });
  });

  it('uses one connection for all calls', async () => {
    const sends = Array.from({ length: 20 }, (_, index) =>
      sender.send(webTag, announcements(2, { first: 2 * index + 1 }), inTime()),
    );
    await Promise.all([...sends, sender.check(inTime())]);
    await sender.send(webTag, announcements(1), inTime());
    expect(bus.proxy.accepted).toBe(1);
    expect(await receivedIds()).toHaveLength(40);
  });

  it('splits what one transfer cannot hold, in order', async () => {
    const arrivals = Array.from({ length: 400 }, () => ({
      region: fourRegions[0] ?? fail(),
      arrivedAt: 0,
      lagMs: 0,
      source: 'reconciled' as const,
    }));
    const large = Array.from({ length: 12 }, (_, index) => announcementOf({ id: `large-${index}`, arrivals }));
    await sender.send(webTag, large, inTime());
    expect(await receivedIds()).toEqual(idsOf(large));
  });

  it('ends by its signal when the bus takes the connection and never answers', async () => {
    bus.proxy.isSilent = true;
    const control = new AbortController();
    const calls = [sender.send(webTag, announcements(2), control.signal), sender.check(control.signal)];
    const outcomes = Promise.allSettled(calls);
    control.abort();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
    }
  });

  it('gives up an attempt in time, long before a patient signal', async () => {
    bus.proxy.isSilent = true;
    const impatient = senderTo(bus.connectionString, { attemptTimeoutMs: 300 });
    await expect(impatient.send(webTag, announcements(1), inTime())).rejects.toThrow(
      'Expected topic replication-events to take 1 message, got no answer in time',
    );
    expect(bus.proxy.accepted).toBe(2);
    await impatient.close();
  });

  it('sends at the next call on a new client when the bus answers again', async () => {
    bus.proxy.isSilent = true;
    await expect(sender.check(AbortSignal.timeout(1_050))).rejects.toBeInstanceOf(Unavailable);
    bus.proxy.isSilent = false;
    await sender.send(webTag, announcements(1), inTime());
    expect(await receivedIds()).toEqual(['web-1']);
  });

  it('sends in the same call on a new client when the connection drops while it authenticates', async () => {
    bus.proxy.cutAt = 'put-token';
    await sender.send(webTag, announcements(2), inTime());
    expect(await receivedIds()).toEqual(['web-1', 'web-2']);
    expect(bus.proxy.accepted).toBe(2);
  });

  it('sends in the same call, once, when the connection drops under way', async () => {
    await sender.send(webTag, announcements(1), inTime());
    const sending = sender.send(webTag, announcements(2), inTime());
    bus.proxy.drop();
    await sending;
    expect(await receivedIds()).toEqual(['web-1', 'web-2']);
  });

  it('finds out by a check that the connection is dead, and connects anew', async () => {
    await sender.send(webTag, announcements(1), inTime());
    bus.proxy.freeze();
    await sender.check(inTime());
    expect(bus.proxy.accepted).toBe(2);
    await sender.send(webTag, announcements(2), inTime());
    expect(bus.proxy.accepted).toBe(2);
    expect(await receivedIds()).toEqual(['web-1', 'web-2']);
  });

  it('keeps its client when calls are cut short', async () => {
    await sender.send(webTag, announcements(1), inTime());
    for (let first = 2; first < 8; first += 1) {
      const control = new AbortController();
      const sending = sender.send(webTag, announcements(2, { first }), control.signal);
      control.abort();
      await expect(sending).rejects.toBeInstanceOf(Unavailable);
    }
    await sender.send(webTag, announcements(9), inTime());
    expect(bus.proxy.accepted).toBe(1);
    expect(await receivedIds()).toHaveLength(9);
  });

  it('finds a topic that does not exist unavailable, and says so', async () => {
    const lost = senderTo(bus.connectionString, { topic: 'elsewhere' });
    await expect(lost.check(inTime())).rejects.toThrow(/^Expected topic elsewhere to be reachable, got Messaging/);
    await expect(lost.send(webTag, announcements(1), inTime())).rejects.toMatchObject({
      name: 'Unavailable',
      cause: { code: 'MessagingEntityNotFound' },
    });
    await lost.close();
  });

  it('closes the client that it replaced', async () => {
    const lost = senderTo(bus.connectionString, { topic: 'elsewhere' });
    await expect(lost.check(inTime())).rejects.toBeInstanceOf(Unavailable);
    expect(bus.proxy.accepted).toBe(2);
    await vi.waitFor(() => expect(bus.proxy.openCount).toBe(0));
    await lost.close();
  });

  it('is unavailable with a connection string that is none', async () => {
    const broken = senderTo('SharedAccessKey=hush');
    const error: unknown = await broken.check(inTime()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Unavailable);
    expect(String(error)).not.toContain('hush');
    await broken.close();
  });

  it.for([
    { name: 'by the identity of the environment', clientId: undefined },
    { name: 'by a user-assigned identity', clientId: '3d78b540-ab61-4f75-807f-7ca9ecf445d4' },
  ])('is unavailable, not broken, when a namespace cannot be reached $name', async ({ clientId }) => {
    const lost = senderTo('', { connection: { fullyQualifiedNamespace: 'localhost' }, clientId });
    await expect(lost.check(inTime())).rejects.toBeInstanceOf(Unavailable);
    await lost.close();
  });

  it('takes no call after it was closed, and may be closed twice', async () => {
    await sender.send(webTag, announcements(1), inTime());
    await sender.close();
    await sender.close();
    await expect(sender.send(webTag, announcements(1), inTime())).rejects.toBeInstanceOf(Unavailable);
    await expect(sender.check(inTime())).rejects.toBeInstanceOf(Unavailable);
    expect(bus.proxy.accepted).toBe(1);
  });
});

describe('the sender, when the broker itself restarts on its port', () => {
  const topics = [{ name: TOPIC, duplicateDetectionSeconds: 60, subscriptions: [{ name: 'test' }] }];

  it.for([
    { name: 'with a farewell', hard: false },
    { name: 'without one', hard: true },
  ])('sends to the new one, $name', async ({ hard }) => {
    const first = await startBroker({ topics });
    const sender = senderTo(first.connectionString);
    await sender.send(webTag, announcements(2), inTime());
    await first.close({ hard });
    const second = await startBroker({ topics, port: first.port });
    await sender.send(webTag, announcements(2, { first: 3 }), inTime());
    expect(second.stats(TOPIC)).toEqual({ sent: 2, duplicates: 0 });
    await sender.close();
    await second.close();
  });
});

function fail(): never {
  throw new TypeError('Expected the builders to know a region');
}
