// What people and programs are told of the registry.
import { imageName, type Region } from '../../core/names.ts';
import {
  type ArrivedEvent,
  type DeletedEvent,
  type DeletionArrivedEvent,
  type LostEvent,
  nowText,
  type PushedEvent,
  type ReplicaEvent,
} from '../stack/events.ts';
import type { Delivered } from './deliver.ts';
import { type InFlight, isCurrent, type PushInFlight, type RegistryModel, type Replica } from './model.ts';
import { isReady } from './replicas.ts';
import type { Answer } from './webhook-post.ts';

export type RegistryEvent = PushedEvent | ArrivedEvent | LostEvent | DeletedEvent | DeletionArrivedEvent | ReplicaEvent;

/** Of a webhook that was delivered, or was not; notes an arrival that the app acknowledged. */
export function deliveryEvent(
  model: RegistryModel,
  flight: InFlight,
  region: Region,
  { startedAt, answer }: Delivered,
): ArrivedEvent | LostEvent | DeletionArrivedEvent {
  const image = flight.type === 'push' ? imageName(flight) : `${flight.repository}@${flight.digest}`;
  const of = { at: nowText(), image, digest: flight.digest, region };
  if (typeof answer === 'string') {
    return { event: 'lost', ...of, reason: answer };
  }
  if (answer.statusCode < 200 || answer.statusCode > 299) {
    return { event: 'lost', ...of, reason: `the app answered ${answer.statusCode} ${answer.reasonPhrase}` };
  }
  const outcome = outcomeOf(answer);
  return flight.type === 'push'
    ? { event: 'arrived', ...of, ...noteArrival(model, flight, region, startedAt), outcome }
    : { event: 'deletion-arrived', ...of, outcome };
}

function noteArrival(model: RegistryModel, push: PushInFlight, region: Region, startedAt: number) {
  // As the app counts: from when it received the webhooks, not from its answers.
  push.firstArrivedAt = Math.min(push.firstArrivedAt ?? startedAt, startedAt);
  if (!push.arrived.includes(region)) {
    push.arrived.push(region);
  }
  return {
    lagMs: startedAt - push.firstArrivedAt,
    ...{ arrivedCount: push.arrived.length, regionCount: model.replicas.filter(isReady).length },
    isCurrent: isCurrent(model, push),
  };
}

export function replicaEvent(change: ReplicaEvent['change'], replica: Replica): ReplicaEvent {
  const { region, displayName, isHome, provisioningState, displayStatus, message } = replica;
  const said = message === undefined ? {} : { message };
  return {
    ...{ event: 'replica', at: nowText(), change, region, displayName, isHome },
    ...{ provisioningState, displayStatus, ...said },
  };
}

function outcomeOf({ body }: Answer): string {
  try {
    const { outcome } = JSON.parse(body) as { outcome?: unknown };
    return typeof outcome === 'string' ? outcome : 'acknowledged';
  } catch {
    return 'acknowledged';
  }
}
