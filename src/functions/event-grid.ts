// The Event Grid trigger: one event of a registry, recorded as the webhook records a notification; whichever comes first
// counts, the other is a repeat. What the handler throws on, Event Grid delivers again, for up to 24 hours
// (https://learn.microsoft.com/azure/event-grid/delivery-and-retry); so only what may succeed later is thrown.
import type { EventGridHandler } from '@azure/functions';
import { parseRegistryEvent, type RegistryEvent } from '../adapters/acr/event-grid.ts';
import type { Instant } from '../core/instant.ts';
import { Unavailable } from '../usecases/ports.ts';
import { type NotificationDependencies, noteOutcome, type Taken, takeNotification } from './take-notification.ts';

interface Outcome {
  readonly outcome: string;
  readonly fields: object;
}

/** For events of either schema: the library hands over what came. */
export function eventGrid(dependencies: NotificationDependencies): EventGridHandler<unknown> {
  return async (event, context) => {
    const receivedAt = dependencies.timing.now();
    const parsed = parseRegistryEvent(event);
    const note = (outcome: string, fields: object) => {
      const region = parsed.type === 'notification' ? parsed.region : undefined;
      const tookMs = dependencies.timing.now() - receivedAt;
      const told = { registry: parsed.registry, region };
      noteOutcome(dependencies, context, 'event-grid', outcome, { ...told, ...fields, tookMs });
    };
    const { outcome, fields } = await take(dependencies, parsed, receivedAt).catch((error: unknown) => {
      note('failed', { reason: String(error) });
      throw error;
    });
    note(outcome, fields);
    if (outcome === 'unavailable') {
      throw new Unavailable('the event is not stored; deliver it again');
    }
  };
}

async function take(
  dependencies: NotificationDependencies,
  parsed: RegistryEvent,
  receivedAt: Instant,
): Promise<Outcome> {
  const { registry } = parsed;
  if (registry !== undefined && !dependencies.registryNames.includes(registry)) {
    const reason = `expected one of ${dependencies.registryNames.join(', ')}`;
    return { outcome: 'refused', fields: { reason } };
  }
  switch (parsed.type) {
    case 'malformed':
      return { outcome: 'refused', fields: { issues: parsed.issues } };
    case 'ignored':
      return { outcome: 'ignored', fields: { reason: parsed.reason } };
    case 'notification': {
      const receipt = { registry: parsed.registry, region: parsed.region, receivedAt };
      return toOutcome(await takeNotification(dependencies, receipt, parsed.notification));
    }
  }
}

function toOutcome(taken: Taken): Outcome {
  switch (taken.type) {
    case 'malformed':
      return { outcome: 'refused', fields: { issues: taken.issues } };
    case 'ping':
      return { outcome: 'ping', fields: {} };
    case 'ignored':
      return { outcome: 'ignored', fields: { reason: taken.reason } };
    case 'stored':
      return { outcome: taken.outcome, fields: taken.fields };
    case 'unavailable':
      return { outcome: 'unavailable', fields: { ...taken.fields, reason: taken.reason } };
  }
}
