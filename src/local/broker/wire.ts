import rhea, { type Message } from 'rhea';
import { type Fault, messageTooLarge } from './faults.ts';
import type { Properties, StoredMessage } from './queue.ts';

/** Of the Standard tier, with all properties: 256 KiB. */
export const MAX_MESSAGE_BYTES = 262_144;

/** Message format of a batch: each data section of its body is an encoded message. */
const BATCH_FORMAT = 0x80013700;

/** A delivery as rhea hands it over: decoded if it is one message, as bytes if it is a batch. */
export function decodeDelivery(format: number, content: Message | Buffer): readonly Message[] | Fault {
  const bytes = Buffer.isBuffer(content) ? content : rhea.message.encode(content);
  if (bytes.length > MAX_MESSAGE_BYTES) {
    return messageTooLarge(bytes.length, MAX_MESSAGE_BYTES);
  }
  if (!Buffer.isBuffer(content)) {
    return [content];
  }
  if (format !== BATCH_FORMAT) {
    return { condition: 'amqp:not-implemented', description: `Expected message format 0 or a batch, got ${format}.` };
  }
  const { body } = rhea.message.decode(content) as unknown as { body: { content: Buffer | Buffer[] } };
  return [body.content].flat().map(decodeMessage);
}

export function decodeMessage(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message;
}

/** Numbers and instants of annotations have to have the types that Service Bus gives them. */
export function encodeMessage(message: StoredMessage, lockedUntil?: number): Buffer {
  const { content, sequenceNumber, enqueuedAt, deadLetterSource, deliveryCount } = message;
  const number = rhea.types.wrap_long(sequenceNumber);
  const annotations: Record<string, unknown> = {
    ...content.message_annotations,
    'x-opt-sequence-number': number,
    'x-opt-enqueue-sequence-number': number,
    'x-opt-enqueued-time': rhea.types.wrap_timestamp(enqueuedAt),
  };
  if (lockedUntil !== undefined) {
    annotations['x-opt-locked-until'] = rhea.types.wrap_timestamp(lockedUntil);
  }
  if (deadLetterSource !== undefined) {
    annotations['x-opt-deadletter-source'] = deadLetterSource;
  }
  return rhea.message.encode({ ...content, delivery_count: deliveryCount, message_annotations: annotations });
}

/** GUIDs have their first three groups in little-endian order; the delivery tag has the bytes in the order written here. */
const GUID_BYTE_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** The lock token of a management request as the delivery tag it came from. */
export function tokenFromGuid(guid: Buffer): string {
  return Buffer.from(GUID_BYTE_ORDER.map((index) => guid[index] ?? 0)).toString('hex');
}

/** .NET ticks: 100 ns since year 1. More than a JavaScript number holds exactly, hence bytes. */
export function ticks(instant: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(Math.round(instant)) * 10_000n + 621_355_968_000_000_000n);
  return bytes;
}

/** The SDK writes null for what the application left out. */
export function propertiesFrom(map: unknown): Properties {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([, value]) => value !== undefined && value !== null));
}
