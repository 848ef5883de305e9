import rhea, { type Message } from 'rhea';
import type { Entity } from './entities.ts';
import { badArgument, type Fault, isFault, lockLost, notAllowed, notImplemented, sessionLockLost } from './faults.ts';
import { MessageQueue, type Settlement, type StoredMessage } from './queue.ts';
import type { Session, SessionQueue } from './sessions.ts';
import type { Topic } from './topic.ts';
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES, propertiesFrom, tokenFromGuid } from './wire.ts';

// Requests to `ENTITY/$management`:
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response

type Body = Readonly<Record<string, unknown>>;
/** The body of the answer; undefined if there is nothing to tell, which has a status code of its own. */
type Answer = object | undefined;
type Queue = MessageQueue | SessionQueue;

const AMQP_LONG = 0x81;
const AMQP_TIMESTAMP = 0x83;
const noSessions = notAllowed('Expected a subscription that requires sessions, got one that does not.');

const TOPIC_OPERATIONS = new Map<string, (topic: Topic, body: Body) => Answer | Fault>([
  ['com.microsoft:schedule-message', scheduleMessages],
  ['com.microsoft:cancel-scheduled-message', cancelScheduled],
]);

const QUEUE_OPERATIONS = new Map<string, (queue: Queue, body: Body) => Answer | Fault>([
  ['com.microsoft:peek-message', peek],
  ['com.microsoft:renew-lock', renewLocks],
  ['com.microsoft:update-disposition', updateDisposition],
  ['com.microsoft:renew-session-lock', renewSessionLock],
  ['com.microsoft:set-session-state', setSessionState],
  ['com.microsoft:get-session-state', getSessionState],
]);

export function manage(entity: Entity, request: Message): Answer | Fault {
  const operation = String(request.application_properties?.['operation']);
  const body: Body = request.body ?? {};
  if (entity.type === 'topic') {
    const handler = TOPIC_OPERATIONS.get(operation);
    return handler === undefined ? notImplemented(`${operation} on a topic`) : handler(entity.topic, body);
  }
  const handler = QUEUE_OPERATIONS.get(operation);
  const queue = entity.type === 'subscription' ? entity.subscription.queue : entity.queue;
  return handler === undefined ? notImplemented(`${operation} on a ${entity.type}`) : handler(queue, body);
}

function scheduleMessages(topic: Topic, body: Body): Answer | Fault {
  const entries = listOf(body['messages']).map((entry) => bytesOf(Object(entry)['message']));
  if (entries.length === 0 || entries.some((bytes) => bytes.length === 0 || bytes.length > MAX_MESSAGE_BYTES)) {
    return badArgument(`Expected messages of 1 to ${MAX_MESSAGE_BYTES} bytes, got ${entries.map((e) => e.length)}.`);
  }
  const numbers = entries.map((bytes) => topic.schedule(decodeMessage(bytes)));
  return { 'sequence-numbers': rhea.types.wrap_array(numbers, AMQP_LONG, undefined) };
}

function cancelScheduled(topic: Topic, body: Body): Answer | Fault {
  const missing = listOf(body['sequence-numbers']).filter((number) => !topic.cancel(Number(number)));
  return missing.length === 0
    ? {}
    : {
        condition: 'com.microsoft:message-not-found',
        description: `Expected sequence numbers of scheduled messages, got ${missing.join(', ')}.`,
      };
}

function peek(queue: Queue, body: Body): Answer | Fault {
  const from = Number(body['from-sequence-number']);
  const count = Number(body['message-count']);
  const sessionId = textOf(body['session-id']);
  if (!(count >= 1) || Number.isNaN(from)) {
    return badArgument(`Expected a sequence number and a count from 1 up, got ${from} and ${count}.`);
  }
  if (body['omit-message-body'] === true) {
    return notImplemented('peeking without the bodies');
  }
  const messages = queue.peek(from, count, sessionId);
  const encode = (message: StoredMessage) => rhea.types.wrap_binary(encodeMessage(message));
  return messages.length === 0
    ? undefined
    : { messages: messages.map((message) => rhea.types.wrap_map({ message: encode(message) })) };
}

function renewLocks(queue: Queue, body: Body): Answer | Fault {
  if (!(queue instanceof MessageQueue)) {
    return notAllowed('Expected to renew the lock of the session, got a request to renew that of a message in it.');
  }
  const untils = tokensOf(body).map((token) => queue.renewLock(token));
  if (untils.length === 0 || untils.includes(undefined)) {
    return lockLost;
  }
  return { expirations: rhea.types.wrap_array(untils, AMQP_TIMESTAMP, undefined) };
}

/** How a receiver settles whose link is gone. */
function updateDisposition(queue: Queue, body: Body): Answer | Fault {
  const settlement = settlementOf(body);
  if (isFault(settlement)) {
    return settlement;
  }
  const sessionId = textOf(body['session-id']) ?? '';
  const target = queue instanceof MessageQueue ? queue : queue.held(sessionId)?.queue;
  if (target === undefined) {
    return sessionLockLost(sessionId);
  }
  return (
    tokensOf(body)
      .map((token) => target.settle(token, settlement))
      .find(isFault) ?? {}
  );
}

function settlementOf(body: Body): Settlement | Fault {
  const status = body['disposition-status'];
  const properties = propertiesFrom(body['properties-to-modify']);
  switch (status) {
    case 'completed':
      return { type: 'complete' };
    case 'abandoned':
      return { type: 'abandon', properties };
    case 'suspended': {
      const reason = propertiesFrom({
        DeadLetterReason: body['deadletter-reason'],
        DeadLetterErrorDescription: body['deadletter-description'],
      });
      return { type: 'deadLetter', properties: { ...properties, ...reason } };
    }
    case 'defered':
      return notImplemented('deferring messages');
    default:
      return badArgument(`Expected a disposition completed, abandoned or suspended, got '${status}'.`);
  }
}

function renewSessionLock(queue: Queue, body: Body): Answer | Fault {
  const until = queue instanceof MessageQueue ? noSessions : queue.renew(textOf(body['session-id']) ?? '');
  return isFault(until) ? until : { expiration: rhea.types.wrap_timestamp(until) };
}

function setSessionState(queue: Queue, body: Body): Answer | Fault {
  const session = heldSession(queue, body);
  if (isFault(session)) {
    return session;
  }
  const state = body['session-state'] ?? undefined;
  session.state = state === undefined ? undefined : bytesOf(state);
  return {};
}

function getSessionState(queue: Queue, body: Body): Answer | Fault {
  const session = heldSession(queue, body);
  if (isFault(session)) {
    return session;
  }
  return { 'session-state': session.state === undefined ? null : rhea.types.wrap_binary(session.state) };
}

function heldSession(queue: Queue, body: Body): Session | Fault {
  const id = textOf(body['session-id']) ?? '';
  return queue instanceof MessageQueue ? noSessions : (queue.held(id) ?? sessionLockLost(id));
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const bytesOf = (value: unknown): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
const tokensOf = (body: Body): string[] => listOf(body['lock-tokens']).map((guid) => tokenFromGuid(bytesOf(guid)));
