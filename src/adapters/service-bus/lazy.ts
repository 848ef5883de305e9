// The sender, loaded at its first use: the SDK takes longer to load than ACR waits for a webhook's answer on a cold start
// can spare, and most webhooks announce nothing.
import type { Announcement } from '../../core/announcements.ts';
import type { Registry, TagName } from '../../core/names.ts';
import type { ReplicaAnnouncement } from '../../core/replica-announcements.ts';
import type { AnnouncementSender } from '../../usecases/ports.ts';
import { Lazily } from '../lazily.ts';
import type { SenderOptions, ServiceBusAnnouncementSender } from './sender.ts';

type Load = () => Promise<{ readonly ServiceBusAnnouncementSender: typeof ServiceBusAnnouncementSender }>;

export class LazySender implements AnnouncementSender {
  readonly #sender: Lazily<ServiceBusAnnouncementSender>;

  constructor(options: SenderOptions, load: Load = () => import('./sender.ts')) {
    this.#sender = new Lazily('Service Bus SDK', async () => {
      const { ServiceBusAnnouncementSender: Sender } = await load();
      return new Sender(options);
    });
  }

  async send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    const sender = await this.#sender.get(signal);
    await sender.send(tag, announcements, signal);
  }

  async sendOfReplicas(
    registry: Registry,
    announcements: readonly ReplicaAnnouncement[],
    signal: AbortSignal,
  ): Promise<void> {
    const sender = await this.#sender.get(signal);
    await sender.sendOfReplicas(registry, announcements, signal);
  }

  async check(signal: AbortSignal): Promise<void> {
    const sender = await this.#sender.get(signal);
    await sender.check(signal);
  }

  async close(): Promise<void> {
    await (await this.#sender.ifLoaded())?.close();
  }
}
