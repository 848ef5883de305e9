// What every AnnouncementSender keeps to, run against the fake and against the SDK with a broker.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnnouncementSender, Unavailable } from '../../src/usecases/ports.ts';
import { announcements, idsOf, replicaAnnouncements, tagNamed } from '../adapters/service-bus/announcements.ts';
import { webTag } from '../builders.ts';

export interface SenderUnderTest {
  readonly sender: AnnouncementSender;
  /** Ids of all messages that a subscriber has had since the beginning, in that order. */
  received(): Promise<readonly string[]>;
  /** The bus drops its connections and cannot be reached. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const { registry } = webTag;
const apiTag = tagNamed('public/products/api');
const soon = () => AbortSignal.timeout(200);
const inTime = () => AbortSignal.timeout(20_000);

export function senderContract(name: string, open: () => Promise<SenderUnderTest>): void {
  describe(`${name}: a sender of announcements`, () => {
    let bus: SenderUnderTest;
    beforeEach(async () => {
      bus = await open();
    });
    afterEach(async () => {
      await bus.close();
    });

    it('sends in the order it is given, call after call', async () => {
      await bus.sender.send(webTag, announcements(3), inTime());
      await bus.sender.send(webTag, announcements(1, { first: 4 }), inTime());
      await bus.sender.send(webTag, announcements(2, { first: 5 }), inTime());
      expect(await bus.received()).toEqual(idsOf(announcements(6)));
    });

    it('sends as many as there are, more than one transfer holds', async () => {
      await bus.sender.send(webTag, announcements(700), inTime());
      expect(await bus.received()).toEqual(idsOf(announcements(700)));
    });

    it('sends nothing when it is given nothing', async () => {
      await bus.sender.send(webTag, [], inTime());
      expect(await bus.received()).toEqual([]);
    });

    it('adds no message when the same ones are sent again, whole or in part', async () => {
      await bus.sender.send(webTag, announcements(3), inTime());
      await bus.sender.send(webTag, announcements(3), inTime());
      await bus.sender.send(webTag, announcements(1, { first: 2 }), inTime());
      await bus.sender.send(webTag, announcements(4), inTime());
      expect(await bus.received()).toEqual(idsOf(announcements(4)));
    });

    it('keeps the order of each tag when many are sent at the same time', async () => {
      const tags = [webTag, apiTag];
      const prefixes = ['web', 'api'] as const;
      const sends = prefixes.map((prefix, index) =>
        bus.sender.send(tags[index] ?? webTag, announcements(40, { prefix }), inTime()),
      );
      await Promise.all(sends);
      const received = await bus.received();
      for (const prefix of prefixes) {
        expect(received.filter((id) => id.startsWith(prefix))).toEqual(idsOf(announcements(40, { prefix })));
      }
      expect(received).toHaveLength(80);
    });

    it('sends what is said of replicas as what is said of tags: in order, once, nothing for nothing', async () => {
      await bus.sender.sendOfReplicas(registry, [], inTime());
      await bus.sender.sendOfReplicas(registry, replicaAnnouncements(2), inTime());
      await bus.sender.sendOfReplicas(registry, replicaAnnouncements(400), inTime());
      await bus.sender.send(webTag, announcements(1), inTime());
      await bus.sender.sendOfReplicas(registry, replicaAnnouncements(1, { first: 400 }), inTime());
      expect(await bus.received()).toEqual([...idsOf(replicaAnnouncements(400)), 'web-1']);
    });

    it('finds the bus reachable without sending anything', async () => {
      await bus.sender.check(inTime());
      await bus.sender.send(webTag, announcements(1), inTime());
      await bus.sender.check(inTime());
      expect(await bus.received()).toEqual(['web-1']);
    });

    it('does not begin after its signal', async () => {
      const aborted = AbortSignal.abort();
      await expect(bus.sender.send(webTag, announcements(1), aborted)).rejects.toBeInstanceOf(Unavailable);
      const ofReplicas = bus.sender.sendOfReplicas(registry, replicaAnnouncements(1), aborted);
      await expect(ofReplicas).rejects.toBeInstanceOf(Unavailable);
      await expect(bus.sender.check(aborted)).rejects.toBeInstanceOf(Unavailable);
      expect(await bus.received()).toEqual([]);
    });

    it('says by its signal that the bus cannot be reached', async () => {
      await bus.goDown();
      await expect(bus.sender.send(webTag, announcements(2), soon())).rejects.toBeInstanceOf(Unavailable);
      const ofReplicas = bus.sender.sendOfReplicas(registry, replicaAnnouncements(2), soon());
      await expect(ofReplicas).rejects.toBeInstanceOf(Unavailable);
      await expect(bus.sender.check(soon())).rejects.toBeInstanceOf(Unavailable);
      await bus.comeBack();
    });

    it('says so too when it had reached the bus before', async () => {
      await bus.sender.send(webTag, announcements(1), inTime());
      await bus.goDown();
      await expect(bus.sender.send(webTag, announcements(2), soon())).rejects.toBeInstanceOf(Unavailable);
      await expect(bus.sender.check(soon())).rejects.toBeInstanceOf(Unavailable);
      await bus.comeBack();
    });

    it('sends at the next call once the bus is back', async () => {
      await bus.sender.send(webTag, announcements(1), inTime());
      await bus.goDown();
      await expect(bus.sender.send(webTag, announcements(1, { first: 2 }), soon())).rejects.toBeInstanceOf(Unavailable);
      await bus.comeBack();
      await bus.sender.send(webTag, announcements(2, { first: 2 }), inTime());
      await bus.sender.check(inTime());
      expect(await bus.received()).toEqual(idsOf(announcements(3)));
    });

    it('does not notice that the bus restarted between two calls', async () => {
      await bus.sender.send(webTag, announcements(2), inTime());
      await bus.goDown();
      await bus.comeBack();
      await bus.sender.send(webTag, announcements(2, { first: 3 }), inTime());
      expect(await bus.received()).toEqual(idsOf(announcements(4)));
    });

    it('loses, repeats and mixes up nothing when the bus goes down under way and what failed is sent again', async () => {
      const all = announcements(60);
      const restart = async () => {
        await bus.goDown();
        await bus.comeBack();
      };
      let restarting: Promise<void> | undefined;
      for (const [index, announcement] of all.entries()) {
        const sending = untilSent(() => bus.sender.send(webTag, [announcement], AbortSignal.timeout(1_000)));
        if (index === 20) {
          restarting = restart();
        }
        await sending;
      }
      await restarting;
      expect(await bus.received()).toEqual(idsOf(all));
    });
  });
}

async function untilSent(call: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unavailable)) {
        throw error;
      }
    }
  }
}
