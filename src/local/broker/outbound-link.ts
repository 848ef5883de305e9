import { randomBytes } from 'node:crypto';
import type { Delivery, EventContext, Sender } from 'rhea';
import { type Fault, isFault, notImplemented } from './faults.ts';
import type { Consumer, Lock, MessageQueue, Properties, Settlement, StoredMessage } from './queue.ts';
import { answerAttachWith, endDrain, freeCredit, outcomes, settleFinally } from './rhea-internals.ts';
import { encodeMessage, propertiesFrom } from './wire.ts';

/** Sender settle mode of receivers that receive and delete. */
const SETTLED_WHEN_SENT = 1;

type Disposition = {
  readonly error?: { readonly info?: Properties };
  readonly undeliverable_here?: boolean;
  readonly message_annotations?: Properties;
};

type Decision = {
  settlement(disposition: Disposition): Settlement | Fault;
  outcome(): ReturnType<typeof outcomes.accepted>;
};

/** The link from a queue to one receiver of a client: carries messages out and brings their settlement back. */
export class OutboundLink implements Consumer {
  readonly isPeekLock: boolean;
  readonly sender: Sender;
  readonly #queue: MessageQueue;
  readonly #onGone: () => void;
  #isGone = false;

  /** `onGone` is called once if the client ends the link, never if the queue does. */
  constructor(sender: Sender, queue: MessageQueue, onGone: () => void = () => {}) {
    this.sender = sender;
    this.#queue = queue;
    this.#onGone = onGone;
    this.isPeekLock = sender.snd_settle_mode !== SETTLED_WHEN_SENT;
  }

  open(): void {
    const sender = this.sender;
    if (!this.isPeekLock) {
      answerAttachWith(sender, { snd_settle_mode: SETTLED_WHEN_SENT });
    }
    sender.on('sender_flow', () => this.#queue.pump());
    // The turn has to end first: only then has rhea written what the pump has sent.
    sender.on('sender_draining', () => setImmediate(() => sender.is_open() && endDrain(sender)));
    for (const [disposition, decision] of Object.entries<Decision>(DECISIONS)) {
      sender.on(disposition, ({ delivery }: EventContext) => this.#settle(delivery, decision));
    }
    this.#queue.attach(this);
  }

  credit(): number {
    return freeCredit(this.sender);
  }

  deliver(message: StoredMessage, lock: Lock | undefined): void {
    const tag = lock === undefined ? randomBytes(16) : Buffer.from(lock.token, 'hex');
    this.sender.send(encodeMessage(message, lock?.until), tag, 0);
  }

  close(fault: Fault): void {
    this.#isGone = true;
    this.sender.close(fault);
  }

  /** The client has closed the link, its session or the connection. */
  gone(): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#queue.detach(this);
      this.#onGone();
    }
  }

  #settle(delivery: Delivery | undefined, decision: Decision): void {
    if (delivery === undefined || delivery.settled) {
      return;
    }
    const settlement = decision.settlement(delivery.remote_state ?? {});
    const token = Buffer.from(delivery.tag).toString('hex');
    const fault = isFault(settlement) ? settlement : this.#queue.settle(token, settlement);
    settleFinally(delivery, fault === undefined ? decision.outcome() : outcomes.rejected({ error: fault }));
  }
}

/** What the client asks for with each kind of disposition, and the outcome that tells it that this was done. */
const DECISIONS = {
  accepted: { settlement: () => ({ type: 'complete' }), outcome: outcomes.accepted },
  released: { settlement: () => ({ type: 'release' }), outcome: outcomes.released },
  rejected: {
    settlement: ({ error }) => ({ type: 'deadLetter', properties: propertiesFrom(error?.info) }),
    outcome: () => outcomes.rejected({}),
  },
  modified: {
    // With this flag it is a deferral.
    settlement: ({ undeliverable_here, message_annotations }) =>
      undeliverable_here
        ? notImplemented('deferring messages')
        : { type: 'abandon', properties: propertiesFrom(message_annotations) },
    outcome: outcomes.modified,
  },
} satisfies Record<string, Decision>;
