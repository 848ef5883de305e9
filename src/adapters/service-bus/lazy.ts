// The sender, loaded at its first use: the SDK takes longer to load than ACR waits for a webhook's answer on a cold start
// can spare, and most webhooks announce nothing.
import type { Announcement } from '../../core/announcements.ts';
import type { Registry, TagName } from '../../core/names.ts';
import type { ReplicaAnnouncement } from '../../core/replica-announcements.ts';
import { type AnnouncementSender, Unavailable } from '../../usecases/ports.ts';
import { endedBy } from '../ended-by.ts';
import type { SenderOptions, ServiceBusAnnouncementSender } from './sender.ts';

type Load = () => Promise<{ readonly ServiceBusAnnouncementSender: typeof ServiceBusAnnouncementSender }>;

export class LazySender implements AnnouncementSender {
  readonly #options: SenderOptions;
  readonly #load: Load;
  #sender: Promise<ServiceBusAnnouncementSender> | undefined;

  constructor(options: SenderOptions, load: Load = () => import('./sender.ts')) {
    this.#options = options;
    this.#load = load;
  }

  async send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    const sender = await this.#loaded(signal);
    await sender.send(tag, announcements, signal);
  }

  async sendOfReplicas(
    registry: Registry,
    announcements: readonly ReplicaAnnouncement[],
    signal: AbortSignal,
  ): Promise<void> {
    const sender = await this.#loaded(signal);
    await sender.sendOfReplicas(registry, announcements, signal);
  }

  async check(signal: AbortSignal): Promise<void> {
    const sender = await this.#loaded(signal);
    await sender.check(signal);
  }

  async close(): Promise<void> {
    const sender = await this.#sender?.catch(() => undefined);
    await sender?.close();
  }

  /** A load that fails is tried again by the next call. */
  async #loaded(signal: AbortSignal): Promise<ServiceBusAnnouncementSender> {
    const loading = this.#sender ?? this.#begin();
    try {
      return await endedBy(loading, signal);
    } catch (error) {
      throw new Unavailable(`Expected the Service Bus SDK to load in time, got ${String(error)}`, { cause: error });
    }
  }

  #begin(): Promise<ServiceBusAnnouncementSender> {
    const loading = this.#load().then(({ ServiceBusAnnouncementSender: Sender }) => new Sender(this.#options));
    this.#sender = loading;
    loading.catch(() => {
      this.#sender = undefined;
    });
    return loading;
  }
}
