// What is known of a registry, with one of everything that a store has to give back.
import type { Region } from '../../src/core/names.ts';
import type { ReplicaAnnouncement } from '../../src/core/replica-announcements.ts';
import type { ReplicaSight } from '../../src/core/replicas.ts';
import type { RegistrySight, WebhookSight, WebhooksSight } from '../../src/usecases/ports.ts';
import { at, eventAt, fourRegions, optedIn, westeurope, westus } from '../builders.ts';

/** A ready one. */
export function replicaSightOf(overrides: Partial<ReplicaSight> = {}): ReplicaSight {
  return {
    name: 'westus',
    region: westus,
    isHome: false,
    provisioningState: 'Succeeded',
    displayStatus: 'Ready',
    isRouted: true,
    isReady: true,
    ...overrides,
  };
}

/** `replica.not-ready` of West Europe. */
export function replicaAnnouncementOf(overrides: Partial<ReplicaAnnouncement> = {}): ReplicaAnnouncement {
  return {
    id: 'contoso-1',
    type: 'replica.not-ready',
    sequence: 1,
    decidedAt: at(1_800),
    region: westeurope,
    condition: 'Creating, Syncing',
    notReadySince: at(0),
    ...overrides,
  };
}

/** Of four regions, seen once, of which nothing was announced. */
export function registrySightOf(overrides: Partial<RegistrySight> = {}): RegistrySight {
  return {
    optedIn: optedIn(...fourRegions),
    revision: 3,
    sweptRevision: 2,
    replicas: [],
    idPrefix: 'k3v9',
    sequence: 0,
    outbox: [],
    ...overrides,
  };
}

const NOT_READY: ReplicaSight = replicaSightOf({
  name: 'replica2',
  region: westeurope,
  provisioningState: 'Failed',
  displayStatus: 'Failed',
  message: 'Missing permission to approve the private endpoint – “contoso-pe”.',
  isRouted: false,
  isReady: false,
  notReadySince: at(60),
  isNotReadyAnnounced: true,
});

const { name: _, displayStatus: __, ...HOME } = replicaSightOf({ isHome: true });

export const eventfulSight: RegistrySight = registrySightOf({
  replicas: [HOME, NOT_READY],
  seenAt: at(300),
  failure: { since: at(330), reason: 'expected the management API to answer, got status 503 – “Überlastet”' },
  sequence: Number.MAX_SAFE_INTEGER,
  outbox: [
    replicaAnnouncementOf({ condition: 'Failed, Failed: “why”' }),
    replicaAnnouncementOf({ id: 'contoso-2', sequence: 2, type: 'replica.ready' }),
    replicaAnnouncementOf({ id: 'contoso-3', sequence: 3, type: 'replica.removed' }),
  ],
});

/** As many replicas as Azure has regions, all of which have a lot to say in letters that take six characters each. */
export const largestSight: RegistrySight = registrySightOf({
  replicas: Array.from({ length: 70 }, (_, index) => ({
    ...NOT_READY,
    name: `n${'x'.repeat(49)}`,
    region: `${'r'.repeat(38)}${index + 10}` as Region,
    message: '\u{6f22}'.repeat(500),
  })),
  outbox: Array.from({ length: 70 }, (_, index) =>
    replicaAnnouncementOf({ id: `${'k'.repeat(40)}-${index}`, sequence: index, condition: 'w'.repeat(500) }),
  ),
});

export function webhookSightOf(overrides: Partial<WebhookSight> = {}): WebhookSight {
  return {
    name: 'landfallwestus',
    region: westus,
    isEnabled: true,
    scope: '',
    actions: ['push', 'delete'],
    ownership: 'ours',
    ...overrides,
  };
}

export const eventfulWebhooks: WebhooksSight = {
  webhooks: [
    webhookSightOf({ lastStatusCode: 202, lastEventAt: eventAt(9), cursor: eventAt(5) }),
    webhookSightOf({ name: 'other', isEnabled: false, scope: 'web:*', actions: [], ownership: 'other' }),
    webhookSightOf({ name: 'hidden', ownership: 'unknown' }),
  ],
  reconciledAt: at(300),
  failure: { since: at(330), reason: 'expected the management API to answer, got status 503 – “Überlastet”' },
};

/** As many webhooks as a registry may have, each for one tag of a repository, with names as long as they may be. */
export const largestWebhooks: WebhooksSight = {
  webhooks: Array.from({ length: 500 }, (_, index) =>
    webhookSightOf({
      name: `${'w'.repeat(47)}${index + 100}`,
      region: 'r'.repeat(40) as Region,
      scope: `${'s'.repeat(256)}:${'t'.repeat(128)}`,
      actions: ['push', 'delete', 'quarantine', 'chart_push', 'chart_delete'],
      lastStatusCode: 504,
      lastEventAt: eventAt(9),
      cursor: eventAt(5),
    }),
  ),
};
