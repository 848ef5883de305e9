// Which webhook tells what, and the webhooks that lead to the app.
import type { Region, Repository, Tag } from '../../core/names.ts';
import type { AppAddress, RegistryModel, Webhook } from './model.ts';

/** What happened in a region. */
export interface Happening {
  readonly region: Region;
  readonly action: 'push' | 'delete';
  readonly repository: Repository;
  /** A deletion names none. */
  readonly tag?: Tag;
}

/** The webhooks that tell of it. */
export function webhooksThatTell(model: RegistryModel, { region, action, repository, tag }: Happening): Webhook[] {
  return model.webhooks.filter(
    (webhook) =>
      webhook.region === region &&
      webhook.status === 'enabled' &&
      webhook.actions.some((name) => name.toLowerCase() === action) &&
      isInScope(webhook.scope, repository, tag),
  );
}

/**
 * A scope with a tag hides what has none. That `foo:*` does not is a guess: it is documented nowhere.
 * https://learn.microsoft.com/azure/container-registry/container-registry-webhook
 */
export function isInScope(scope: string, repository: Repository, tag: Tag | undefined): boolean {
  if (scope === '') {
    return true;
  }
  const [scopedRepository = '', scopedTag = 'latest'] = scope.split(':');
  return scopedRepository === repository && (scopedTag === '*' || scopedTag === tag);
}

/** As Landfall's documentation says to make them. */
export function webhookFor({ name: registry, app }: RegistryModel, region: Region, now: number): Webhook {
  return {
    name: `landfall${region}`,
    ...{ region, createdAt: now, modifiedAt: now, status: 'enabled', scope: '', actions: ['push', 'delete'] },
    serviceUri: `${app.url}/api/webhooks/${registry}/${region}`,
    customHeaders: { 'x-functions-key': app.key },
  };
}

/** The app is at another address now: the webhooks that led to it follow. */
export function moveApp(model: RegistryModel, app: AppAddress): void {
  const former = `${model.app.url}/`;
  model.app = app;
  model.webhooks = model.webhooks.map((webhook) =>
    webhook.serviceUri.startsWith(former)
      ? {
          ...webhook,
          serviceUri: `${app.url}/${webhook.serviceUri.slice(former.length)}`,
          customHeaders: { ...webhook.customHeaders, 'x-functions-key': app.key },
        }
      : webhook,
  );
}
