// The Service Bus trigger: tells targets of a completed push as the registry would. The host completes the message when the
// handler returns and gives it back when it throws; after as many deliveries as the subscription allows it goes to the dead
// letters. The trigger has no other way to get it there, so a message that no delivery can help takes that way too, fast.
import type { InvocationContext, ServiceBusTopicHandler } from '@azure/functions';
import { parseCompletedEvent } from '../adapters/forward/completed-event.ts';
import type { Forward } from '../usecases/forward.ts';

/** The message is not done with. */
class NotForwarded extends Error {
  override readonly name = 'NotForwarded';
}

export function forward(useCase: Pick<Forward, 'run'>): ServiceBusTopicHandler {
  return async (message, context) => {
    const delivery = deliveryOf(context);
    const parsed = parseCompletedEvent(message);
    switch (parsed.type) {
      case 'malformed':
        context.error(line('refused', { delivery, issues: parsed.issues }));
        throw new NotForwarded(`Expected a message of the topic, got ${parsed.issues.join('; ')}`);
      case 'ignored':
        context.info(line('ignored', { id: parsed.id, type: parsed.eventType }));
        return;
      case 'completed': {
        const { id, repository, tag, digest } = parsed.push;
        const targets = await useCase.run(parsed.push, delivery);
        const left = targets.filter(({ outcome }) => outcome === 'refused' || outcome === 'later');
        const fields = { id, repository, tag, digest, delivery, targets };
        if (left.length > 0) {
          context.error(line('failed', fields));
          const names = left.map(({ target, got }) => `${target} (${got})`).join(', ');
          throw new NotForwarded(`Expected every target to take ${id}, got no 2xx from ${names}`);
        }
        context.info(line('forwarded', fields));
      }
    }
  };
}

const line = (outcome: string, fields: object) => JSON.stringify({ event: 'forward', outcome, ...fields });

/** From 1. A host that does not say gives it out for the first time, as far as we can know. */
function deliveryOf({ triggerMetadata }: InvocationContext): number {
  const count = triggerMetadata?.['deliveryCount'];
  return typeof count === 'number' ? count : 1;
}
