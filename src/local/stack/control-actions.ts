// What companions may do with a running stack.
import type { Broker } from '../broker/broker.ts';
import type { PushInFlight, RegistryModel } from '../registry/model.ts';
import type { ControlActions } from './control.ts';
import type { Ready } from './events.ts';
import { parsePushOrder } from './push-order.ts';
import { registryControl } from './registry-control.ts';
import { describeRegistry } from './registry-description.ts';
import { carryOut, parseRegistryOrder } from './registry-order.ts';
import type { RegistryService } from './registry-service.ts';

interface Parts {
  readonly ready: Ready;
  readonly lagAfterSeconds: number;
  readonly broker: Broker;
  readonly service: RegistryService;
}

/** The ready line, and what a companion tells a person. */
export interface StackDescription extends Ready {
  readonly lagAfterSeconds: number;
  readonly replicas: RegistryModel['replicas'];
  /** Gives tokens that the management API takes. */
  readonly identity: { readonly url: string; readonly header: string; readonly clientId: string };
}

/** What a push order has become. */
export interface PushAnswer extends Pick<PushInFlight, 'repository' | 'tag' | 'digest' | 'region'> {
  /** Regions whose webhook gets lost. */
  readonly lost: readonly string[];
}

export function controlActions({ ready, lagAfterSeconds, broker, service }: Parts): ControlActions {
  const {
    model,
    registry,
    identity: { url, header, clientId },
  } = service;
  const identity = { url, header, clientId };
  const control = registryControl(service);
  let subscriptions = 0;
  return {
    describe: () => ({ ...ready, lagAfterSeconds, replicas: model.replicas, identity }) satisfies StackDescription,
    describeRegistry: () => describeRegistry(service),
    orderRegistry: (body) => {
      const order = parseRegistryOrder(body, model);
      return order.type === 'invalid' ? order : { type: 'valid', value: carryOut(order.value, control) };
    },
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
