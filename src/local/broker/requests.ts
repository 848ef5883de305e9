import type { Connection, EventContext, Message, Sender } from 'rhea';
import type { Entities } from './entities.ts';
import { type Fault, isFault } from './faults.ts';
import { manage } from './management.ts';

const MANAGEMENT_SUFFIX = '/$management';

/** The address of the entity that is managed, or undefined if requests to this address are not about an entity. */
export function managedAddress(address: string): string | undefined {
  return address.toLowerCase().endsWith(MANAGEMENT_SUFFIX) ? address.slice(0, -MANAGEMENT_SUFFIX.length) : undefined;
}

export function isTokenAddress(address: string): boolean {
  return address.toLowerCase() === '$cbs';
}

const STATUS_CODES: ReadonlyMap<string, number> = new Map([
  ['amqp:not-found', 404],
  ['com.microsoft:message-not-found', 404],
  ['com.microsoft:message-lock-lost', 410],
  ['com.microsoft:session-lock-lost', 410],
  ['amqp:not-implemented', 501],
]);

/** Answers requests, each on the link that the client opened for its answers. */
export class Requests {
  readonly #entities: Entities;
  readonly #replyLinks = new WeakMap<Connection, Map<string, Sender>>();

  constructor(entities: Entities) {
    this.#entities = entities;
  }

  /** The client gives its end of the link an address, and names it in each request. */
  addReplyLink(sender: Sender): void {
    const links = this.#replyLinks.get(sender.connection) ?? new Map<string, Sender>();
    this.#replyLinks.set(sender.connection, links);
    const replyTo = sender.target?.address ?? sender.name;
    links.set(replyTo, sender);
    // Nothing settles for us here, and rhea's buffer of unsettled deliveries is small.
    sender.on('settled', ({ delivery }: EventContext) => delivery?.update(true));
    sender.on('sender_close', () => links.get(replyTo) === sender && links.delete(replyTo));
  }

  /** Any token will do: the broker listens on this machine only. */
  acceptToken(connection: Connection, request: Message): void {
    this.#reply(connection, request, { 'status-code': 202, 'status-description': 'Accepted' }, undefined);
  }

  manage(connection: Connection, address: string, request: Message): void {
    const entity = this.#entities.find(address);
    const answer = isFault(entity) ? entity : manage(entity, request);
    if (isFault(answer)) {
      this.#reply(connection, request, faultProperties(answer), {});
    } else {
      const statusCode = answer === undefined ? 204 : 200;
      this.#reply(connection, request, { statusCode, statusDescription: 'OK' }, answer ?? {});
    }
  }

  #reply(connection: Connection, request: Message, properties: Record<string, unknown>, body: unknown): void {
    const link = this.#replyLinks.get(connection)?.get(request.reply_to ?? '');
    const id = request.message_id;
    link?.send({ ...(id === undefined ? {} : { correlation_id: id }), application_properties: properties, body });
  }
}

function faultProperties({ condition, description }: Fault): Record<string, unknown> {
  return {
    statusCode: STATUS_CODES.get(condition) ?? 400,
    statusDescription: description,
    errorCondition: condition,
  };
}
