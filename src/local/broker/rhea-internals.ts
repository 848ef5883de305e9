import rhea, { type Delivery, type Sender } from 'rhea';

// What rhea has and its typings leave out. All that leans on the inside of rhea 3.0.5 is in this file.

type LinkState = { local_open: boolean; open_requests: number };
type LocalLink = {
  readonly local: { readonly attach: Record<string, unknown> };
  readonly state: LinkState;
  readonly credit: number;
  readonly session: { readonly outgoing: Outgoing };
};
type Outgoing = {
  readonly next_delivery_id: number;
  readonly next_pending_delivery: number;
  available(): number;
};
type Outcome = { described(): unknown };
type Outcomes = {
  accepted(): Outcome;
  rejected(fields: object): Outcome;
  modified(): Outcome;
  released(): Outcome;
};

const inside = (link: object) => link as unknown as LocalLink;

export const outcomes = rhea.message as unknown as Outcomes;

/**
 * Messages that can be sent without waiting: the credit that the client gave, less what rhea has not written yet, and
 * never more than its buffer of unsettled deliveries holds (it throws when that overflows).
 */
export function freeCredit(sender: Sender): number {
  if (!sender.is_open()) {
    return 0;
  }
  const { credit, session } = inside(sender);
  const unwritten = session.outgoing.next_delivery_id - session.outgoing.next_pending_delivery;
  return Math.min(credit - unwritten, session.outgoing.available());
}

/** Sets a field of the attach frame that answers the client's. Only before that is written, in the same turn. */
export function answerAttachWith(link: object, fields: Record<string, unknown>): void {
  Object.assign(inside(link).local.attach, fields);
}

/** Keeps rhea from answering the attach of the client until `open` is called: it would do so when this turn ends. */
export function holdAttach(sender: Sender): void {
  const { state } = inside(sender);
  state.local_open = false;
  state.open_requests -= 1;
}

/** The client waits for this to know that it got all there was. */
export function endDrain(sender: Sender): void {
  sender.set_drained(true);
  sender.connection['_register']();
}

/** Our disposition is the last word (receivers settle second), so rhea must not wait for another and keep the delivery. */
export function settleFinally(delivery: Delivery, outcome: Outcome): void {
  delivery.update(true, outcome.described());
  Object.assign(delivery, { remote_settled: true });
}
