// Runs the functions with a Service Bus trigger on a topic's subscription, in the manner of the real host's listener
// (Azure/azure-sdk-for-net, sdk/servicebus/Microsoft.Azure.WebJobs.Extensions.ServiceBus: ServiceBusListener,
// MessageProcessor, ServiceBusTriggerBindingStrategy): peek-lock, complete when the function ends well, abandon when it
// fails, sixteen messages at a time, locks renewed for up to five minutes. Not recorded but read.
import type {
  ProcessErrorArgs,
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from '@azure/service-bus';
import { stackOf } from './faults.ts';
import type { ServiceBusFunction } from './functions.ts';
import type { LogSink, TypedInput } from './functions-core.ts';
import type { Invoke } from './invocation.ts';

/** Defaults of `maxConcurrentCalls` and `maxAutoLockRenewalDuration`, which host.json may not change here. */
const MOST_AT_ONCE = 16;
const LOCK_RENEWAL_MS = 5 * 60_000;

interface ListenerParts {
  readonly invoke: Invoke;
  readonly log: LogSink;
}

/** Receives for every one of the functions until it is closed. Connects in the background, as the real host does. */
export class ServiceBusListeners {
  readonly #listeners: readonly Listener[];

  private constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners;
  }

  static async start(functions: readonly ServiceBusFunction[], parts: ListenerParts): Promise<ServiceBusListeners> {
    if (functions.length === 0) {
      return new ServiceBusListeners([]);
    }
    // An app without such a function does without the time that this takes to load.
    const { ServiceBusClient: Client } = await import('@azure/service-bus');
    return new ServiceBusListeners(functions.map((fn) => new Listener(fn, new Client(fn.connectionString), parts)));
  }

  /** Takes no more messages and waits for those in flight. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

class Listener {
  readonly #fn: ServiceBusFunction;
  readonly #client: ServiceBusClient;
  readonly #receiver: ServiceBusReceiver;
  readonly #subscribed: { close(): Promise<void> };
  readonly #parts: ListenerParts;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(fn: ServiceBusFunction, client: ServiceBusClient, parts: ListenerParts) {
    this.#fn = fn;
    this.#client = client;
    this.#parts = parts;
    this.#receiver = client.createReceiver(fn.topicName, fn.subscriptionName, {
      maxAutoLockRenewalDurationInMs: LOCK_RENEWAL_MS,
      // The real host hands over the text, and the library reads it.
      skipParsingBodyAsJson: true,
    });
    this.#subscribed = this.#receiver.subscribe(
      {
        processMessage: (message) => this.#counted(this.#process(message)),
        processError: async (args) => this.#logFault(args),
      },
      { autoCompleteMessages: false, maxConcurrentCalls: MOST_AT_ONCE },
    );
  }

  async close(): Promise<void> {
    await this.#subscribed.close();
    await Promise.all(this.#inFlight);
    await this.#client.close();
  }

  async #counted(work: Promise<void>): Promise<void> {
    this.#inFlight.add(work);
    try {
      await work;
    } finally {
      this.#inFlight.delete(work);
    }
  }

  async #process(message: ServiceBusReceivedMessage): Promise<void> {
    const { registration, bindingName } = this.#fn;
    try {
      await this.#parts.invoke(registration, bindingName, toInput(message), toMetadata(message));
    } catch (error) {
      this.#logFailure(error);
      await this.#settle(() => this.#receiver.abandonMessage(message));
      return;
    }
    await this.#settle(() => this.#receiver.completeMessage(message));
  }

  /** A lock that was lost brings the message again, whatever became of this delivery. */
  async #settle(settle: () => Promise<void>): Promise<void> {
    try {
      await settle();
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #logFailure(error: unknown): void {
    const category = `Function.${this.#fn.name}`;
    this.#parts.log({ level: 'error', category, message: `Failed: ${stackOf(error)}` });
  }

  #logFault({ error, errorSource, entityPath }: ProcessErrorArgs): void {
    const message = `Message processing error (Action=${errorSource}, EntityPath=${entityPath}): ${error.message}`;
    this.#parts.log({ level: 'error', category: 'Host.Triggers.ServiceBus', message });
  }
}

/** Always as text, whatever the content type; the library reads JSON from it where it can. */
function toInput({ body }: ServiceBusReceivedMessage): TypedInput {
  const text: unknown = Buffer.isBuffer(body) ? body.toString() : body;
  if (typeof text !== 'string') {
    throw new TypeError('Expected a message of bytes or text, got one that cannot be bound to a string');
  }
  return { string: text };
}

function toMetadata(message: ServiceBusReceivedMessage): Record<string, TypedInput> {
  const { messageId, contentType, correlationId, subject, replyTo, to, applicationProperties = {} } = message;
  const values = {
    // The SDK counts the deliveries before this one, the host counts this one too.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    MessageId: messageId,
    ContentType: contentType,
    CorrelationId: correlationId,
    Subject: subject,
    ReplyTo: replyTo,
    To: to,
    SequenceNumber: Number(message.sequenceNumber ?? 0),
    EnqueuedTimeUtc: message.enqueuedTimeUtc?.toISOString(),
    ExpiresAtUtc: message.expiresAtUtc?.toISOString(),
    LockToken: message.lockToken,
    ApplicationProperties: applicationProperties,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, { json: JSON.stringify(value) }]));
}
