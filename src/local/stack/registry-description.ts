// The simulated registry, for `npm run registry -- show`.
import type { ManagementFault } from '../registry/management-faults.ts';
import type { Replica, Webhook } from '../registry/model.ts';
import type { RegistryService } from './registry-service.ts';

export interface RegistryDescription {
  readonly registry: string;
  readonly replicas: readonly Replica[];
  readonly webhooks: readonly WebhookDescription[];
  readonly management: ManagementFault;
}

/** Without its headers, which are secrets. */
export interface WebhookDescription
  extends Pick<Webhook, 'name' | 'region' | 'status' | 'scope' | 'actions' | 'serviceUri'> {
  /** What its last delivery was answered, `202 Accepted`. */
  readonly lastAnswer?: string;
}

export function describeRegistry({ model, management }: RegistryService): RegistryDescription {
  const webhooks = model.webhooks.map(({ name, region, status, scope, actions, serviceUri }): WebhookDescription => {
    const last = model.history[name]?.[0];
    const lastAnswer = last === undefined ? {} : { lastAnswer: `${last.statusCode} ${last.reasonPhrase}` };
    return { name, region, status, scope, actions, serviceUri, ...lastAnswer };
  });
  return { registry: model.name, replicas: model.replicas, webhooks, management: management.faults.current };
}
