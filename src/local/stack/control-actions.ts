// What companions may do with a running stack.
import type { Broker } from '../broker/broker.ts';
import type { PushInFlight, RegistryModel } from '../registry/model.ts';
import type { SimulatedRegistry } from '../registry/registry.ts';
import type { ControlActions } from './control.ts';
import type { Ready } from './events.ts';
import { parsePushOrder } from './push-order.ts';

interface Parts {
  readonly ready: Ready;
  readonly lagAfterSeconds: number;
  readonly broker: Broker;
  readonly model: RegistryModel;
  readonly registry: SimulatedRegistry;
}

/** The ready line, and what a companion tells a person. */
export interface StackDescription extends Ready {
  readonly lagAfterSeconds: number;
  readonly replicas: RegistryModel['replicas'];
}

/** What a push order has become. */
export interface PushAnswer extends Pick<PushInFlight, 'repository' | 'tag' | 'digest' | 'region'> {
  /** Regions whose webhook gets lost. */
  readonly lost: readonly string[];
}

export function controlActions({ ready, lagAfterSeconds, broker, model, registry }: Parts): ControlActions {
  let subscriptions = 0;
  return {
    describe: () => ({ ...ready, lagAfterSeconds, replicas: model.replicas }) satisfies StackDescription,
    push: (body) => {
      const order = parsePushOrder(body, model.replicas);
      return order.type === 'invalid' ? order : { type: 'valid', value: toAnswer(registry.push(order.value)) };
    },
    subscribe: (type) => {
      subscriptions += 1;
      const name = `subscribe-${subscriptions}`;
      broker.addSubscription(ready.topic, { name, ...(type && { rule: { sql: `type = '${type}'` } }) });
      return { name, remove: () => broker.removeSubscription(ready.topic, name) };
    },
  };
}

function toAnswer({ repository, tag, digest, region, deliveries }: PushInFlight): PushAnswer {
  const lost = new Set(deliveries.filter(({ isLost }) => isLost).map((delivery) => delivery.region));
  return { repository, tag, digest, region, lost: [...lost] };
}
