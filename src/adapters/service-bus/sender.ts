// Sends announcements to a Service Bus topic with the SDK. The SDK's own retries stay on the connection that failed, and
// a connection that drops at the wrong moment keeps a client from sending for a minute; a new client sends at once. So
// every attempt has a time limit, and a client on which nothing gets through is replaced.
// What was sent twice by that has the same message id, and the topic drops it (duplicate detection).
import { type RetryOptions, ServiceBusClient, type ServiceBusMessage, type ServiceBusSender } from '@azure/service-bus';
import type { Announcement } from '../../core/announcements.ts';
import type { Registry, TagName } from '../../core/names.ts';
import type { ReplicaAnnouncement } from '../../core/replica-announcements.ts';
import { type AnnouncementSender, Unavailable } from '../../usecases/ports.ts';
import { azureCredential } from '../credential.ts';
import { type Endpoints, Link } from './link.ts';
import { toMessage } from './message.ts';
import { toReplicaMessage } from './replica-message.ts';

export interface SenderOptions {
  /** A connection string, or a namespace to connect to with the identity that the app runs as. */
  readonly connection: { readonly connectionString: string } | { readonly fullyQualifiedNamespace: string };
  /** Of the user-assigned identity; without it the environment decides which one it is. */
  readonly clientId?: string | undefined;
  readonly topic: string;
  /** Where the images of a registry are pulled from. */
  readonly loginServerOf: (registry: Registry) => string;
  /** An attempt that takes longer than this is given up; the default leaves room for a second one in 10 s. */
  readonly attemptTimeoutMs?: number;
}

const ATTEMPT_TIMEOUT_MS = 4_000;
const ATTEMPTS = 2;
/** A call that its own signal ended sooner than this says nothing about the client. */
const SUSPECT_AFTER_MS = 1_000;
/** Closing waits this long for what is under way to be closed in order. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Below the limit of every tier. The link tells that of a message, which on the premium tier is above that of a batch. */
const BATCH_LIMIT_BYTES = 192 * 1024;
/** The bus has answered, only not with yes: a new client would hear the same. */
const ANSWERS: ReadonlySet<unknown> = new Set(['MessageSizeExceeded', 'QuotaExceeded', 'ServiceBusy']);

export class ServiceBusAnnouncementSender implements AnnouncementSender {
  readonly #options: SenderOptions;
  #link: Link | undefined;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send(tag: TagName, announcements: readonly Announcement[], signal: AbortSignal): Promise<void> {
    const registry = { loginServer: this.#options.loginServerOf(tag.registry) };
    await this.#send(
      announcements.map((announcement) => toMessage(tag, announcement, registry)),
      signal,
    );
  }

  async sendOfReplicas(
    registry: Registry,
    announcements: readonly ReplicaAnnouncement[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#send(
      announcements.map((announcement) => toReplicaMessage(registry, announcement)),
      signal,
    );
  }

  /** Opens another sender on the client, which takes a round trip, and sends nothing. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#attempt('to be reachable', signal, async ({ client }, abortSignal) => {
      const probe = client.createSender(this.#options.topic);
      try {
        await probe.createMessageBatch({ abortSignal });
      } finally {
        probe.close().catch(() => {});
      }
    });
  }

  /** Calls after this reject. Closing twice does nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const link = this.#link;
    this.#link = undefined;
    const closing = link?.close().catch(() => {});
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref())]);
  }

  async #send(messages: readonly ServiceBusMessage[], signal: AbortSignal): Promise<void> {
    const count = messages.length;
    if (count > 0) {
      await this.#attempt(`to take ${count} message${count === 1 ? '' : 's'}`, signal, (endpoints, abortSignal) =>
        sendAll(endpoints, messages, abortSignal),
      );
    }
  }

  async #attempt(
    expected: string,
    signal: AbortSignal,
    work: (endpoints: Endpoints, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.#isClosed || signal.aborted) {
        throw this.#unavailable(expected, this.#isClosed ? 'a sender that was closed' : signal.reason);
      }
      this.#link ??= new Link(() => this.#open());
      const link = this.#link;
      const before = { successes: link.successes, at: performance.now() };
      const limit = AbortSignal.any([
        signal,
        AbortSignal.timeout(this.#options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS),
      ]);
      try {
        return await link.use((endpoints) => work(endpoints, limit), limit);
      } catch (error) {
        const isCutShort = signal.aborted && performance.now() - before.at < SUSPECT_AFTER_MS;
        const isBlameless = isCutShort || link.successes > before.successes || ANSWERS.has(codeOf(error));
        if (!isBlameless) {
          this.#replace(link);
        }
        if (isBlameless || signal.aborted || attempt === ATTEMPTS) {
          throw this.#unavailable(expected, error);
        }
      }
    }
  }

  #replace(link: Link): void {
    if (this.#link === link) {
      this.#link = undefined;
    }
    link.retire();
  }

  async #open(): Promise<Endpoints> {
    const { connection, clientId, topic, attemptTimeoutMs: timeoutInMs = ATTEMPT_TIMEOUT_MS } = this.#options;
    const retryOptions: RetryOptions = { maxRetries: 0, timeoutInMs };
    const client =
      'connectionString' in connection
        ? new ServiceBusClient(connection.connectionString, { retryOptions })
        : new ServiceBusClient(connection.fullyQualifiedNamespace, azureCredential(clientId), { retryOptions });
    return { client, sender: client.createSender(topic) };
  }

  #unavailable(expected: string, error: unknown): Unavailable {
    return new Unavailable(`Expected topic ${this.#options.topic} ${expected}, got ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** In order, in as few transfers as the limit of a batch allows. */
async function sendAll(
  { sender }: Endpoints,
  messages: readonly ServiceBusMessage[],
  abortSignal: AbortSignal,
): Promise<void> {
  for (let rest = messages; rest.length > 0; ) {
    rest = rest.slice(await sendFirst(sender, rest, abortSignal));
  }
}

/** One transfer: the bus takes it whole or not at all. @returns how many messages were in it */
async function sendFirst(
  sender: ServiceBusSender,
  messages: readonly ServiceBusMessage[],
  abortSignal: AbortSignal,
): Promise<number> {
  const [first] = messages;
  if (first !== undefined && messages.length === 1) {
    await sender.sendMessages(first, { abortSignal });
    return 1;
  }
  const batch = await sender.createMessageBatch({ abortSignal, maxSizeInBytes: BATCH_LIMIT_BYTES });
  const tooMuch = messages.findIndex((message) => !batch.tryAddMessage(message));
  // One that is too large for a batch may still be small enough alone.
  await sender.sendMessages(tooMuch === 0 && first !== undefined ? first : batch, { abortSignal });
  return tooMuch === -1 ? messages.length : Math.max(1, tooMuch);
}

/** When its retries are exhausted the SDK throws an AggregateError without a code of its own. */
function lastOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors.at(-1) : error;
}

function codeOf(error: unknown): unknown {
  const last = lastOf(error);
  return last instanceof Error && 'code' in last ? last.code : undefined;
}

function reasonOf(error: unknown): string {
  const last = lastOf(error);
  if (last instanceof DOMException) {
    return 'no answer in time';
  }
  return last instanceof Error ? `${codeOf(last) ?? last.name}: ${last.message}` : String(last);
}
