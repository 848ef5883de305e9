import rhea, { type EventContext, type Receiver, type Sender } from 'rhea';
import type { Entities } from './entities.ts';
import { type Fault, isFault, notAllowed } from './faults.ts';
import { OutboundLink } from './outbound-link.ts';
import { MessageQueue } from './queue.ts';
import { isTokenAddress, managedAddress, Requests } from './requests.ts';
import { answerAttachWith, holdAttach } from './rhea-internals.ts';
import type { Session, SessionQueue, SessionRequest } from './sessions.ts';
import { decodeDelivery, MAX_MESSAGE_BYTES, ticks } from './wire.ts';

const SESSION_FILTER = 'com.microsoft:session-filter';
const DEFAULT_SESSION_WAIT_MS = 60_000;
/** How far a client may send ahead of our answers. */
const CREDIT = 1000;

/** Decides, for each link that a client attaches, what stands at our end. Their senders are our receivers. */
export class Links {
  readonly #entities: Entities;
  readonly #requests: Requests;
  readonly #now: () => number;
  /** What to do when the client has gone from a link of ours. */
  readonly #onGone = new Map<Sender, () => void>();

  constructor(entities: Entities, now: () => number) {
    this.#entities = entities;
    this.#requests = new Requests(entities);
    this.#now = now;
  }

  /** A client wants to send: tokens, management requests or messages of a topic. */
  openReceiver(receiver: Receiver): void {
    const address = receiver.target?.address ?? '';
    receiver.set_source(receiver.source ?? { address: '' });
    receiver.set_target({ address });
    answerAttachWith(receiver, { max_message_size: MAX_MESSAGE_BYTES });
    const fault = this.#whyNotSendTo(address);
    if (fault === undefined) {
      receiver.add_credit(CREDIT);
    } else {
      receiver.close(fault);
    }
  }

  receive({ receiver, delivery, message, connection }: EventContext): void {
    if (receiver === undefined || delivery === undefined || message === undefined) {
      return;
    }
    receiver.add_credit(1);
    const address = receiver.target?.address ?? '';
    const managed = managedAddress(address);
    if (isTokenAddress(address)) {
      delivery.accept();
      this.#requests.acceptToken(connection, message);
    } else if (managed !== undefined) {
      delivery.accept();
      this.#requests.manage(connection, managed, message);
    } else {
      const fault = this.#publish(address, delivery.format, message as typeof message | Buffer);
      fault === undefined ? delivery.accept() : delivery.reject(fault);
    }
  }

  /** A client wants to receive: answers to its requests, or messages of a subscription or dead-letter queue. */
  openSender(sender: Sender): void {
    const address = sender.source?.address ?? '';
    sender.set_source({ address });
    sender.set_target(sender.target ?? {});
    if (isTokenAddress(address) || managedAddress(address) !== undefined) {
      this.#requests.addReplyLink(sender);
      return;
    }
    const entity = this.#entities.find(address);
    if (isFault(entity)) {
      sender.close(entity);
    } else if (entity.type === 'topic') {
      sender.close(notAllowed(`Expected to receive from a subscription, got topic '${entity.topic.name}'.`));
    } else {
      this.#receiveFrom(entity.type === 'subscription' ? entity.subscription.queue : entity.queue, sender);
    }
  }

  /** A link ended by itself, or with the session or connection that it was part of. */
  end(isEnded: (sender: Sender) => boolean): void {
    for (const [sender, onGone] of [...this.#onGone]) {
      if (isEnded(sender)) {
        this.#onGone.delete(sender);
        onGone();
      }
    }
  }

  #whyNotSendTo(address: string): Fault | undefined {
    if (isTokenAddress(address)) {
      return undefined;
    }
    const managed = managedAddress(address);
    const entity = this.#entities.find(managed ?? address);
    if (isFault(entity)) {
      return entity;
    }
    const isSendable = managed !== undefined || entity.type === 'topic';
    return isSendable ? undefined : notAllowed(`Expected to send to a topic, got the ${entity.type} '${address}'.`);
  }

  #publish(address: string, format: number, content: Parameters<typeof decodeDelivery>[1]): Fault | undefined {
    const messages = decodeDelivery(format, content);
    if (isFault(messages)) {
      return messages;
    }
    const topic = this.#entities.topic(address);
    for (const message of messages) {
      topic.publish(message);
    }
    return undefined;
  }

  #receiveFrom(queue: MessageQueue | SessionQueue, sender: Sender): void {
    const filter = sender.source?.filter ?? {};
    const wantsSession = SESSION_FILTER in filter;
    if (queue instanceof MessageQueue) {
      if (wantsSession) {
        sender.close(notAllowed(`Expected a plain receiver of '${queue.path}', got one that accepts a session.`));
      } else {
        this.#openLink(new OutboundLink(sender, queue));
      }
    } else if (wantsSession) {
      this.#acceptSession(queue, sender, filter[SESSION_FILTER]);
    } else {
      sender.close(notAllowed('Expected a receiver that accepts a session, since the subscription requires them.'));
    }
  }

  #acceptSession(queue: SessionQueue, sender: Sender, id: string | null): void {
    if (id !== null) {
      const session = queue.accept(id);
      isFault(session) ? sender.close(session) : this.#openSession(queue, sender, session);
      return;
    }
    holdAttach(sender);
    const request: SessionRequest = {
      deadlineAt: this.#now() + Number(sender.properties?.['com.microsoft:timeout'] ?? DEFAULT_SESSION_WAIT_MS),
      accepted: (session) => {
        this.#openSession(queue, sender, session);
        sender.open();
      },
      refused: (fault) => {
        sender.open();
        sender.close(fault);
      },
    };
    this.#onGone.set(sender, () => queue.withdraw(request));
    queue.acceptNext(request);
  }

  /** The answer to the attach tells which session it is and until when it is held. */
  #openSession(queue: SessionQueue, sender: Sender, session: Session): void {
    sender.set_source({ address: sender.source.address, filter: { [SESSION_FILTER]: session.id } });
    const lockedUntil = rhea.types.wrap_long(ticks(session.lockedUntil));
    answerAttachWith(sender, { properties: { 'com.microsoft:locked-until-utc': lockedUntil } });
    this.#openLink(new OutboundLink(sender, session.queue, () => queue.release(session)));
  }

  #openLink(link: OutboundLink): void {
    this.#onGone.set(link.sender, () => link.gone());
    link.open();
  }
}
