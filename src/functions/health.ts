// GET /api/health: 200 when storage and bus can be reached, else 503; the body says the rest. `degraded` means that it
// works, and that somebody should have a look.
import type { HttpHandler } from '@azure/functions';
import { isoTime } from '../core/instant.ts';
import type { Registry } from '../core/names.ts';
import { condition, type ReplicaSight } from '../core/replicas.ts';
import type { WebhookFinding } from '../core/webhooks.ts';
import type { CheckHealth, Health, RegistryHealth } from '../usecases/check-health.ts';
import type { Failure } from '../usecases/ports.ts';

type Repair = (registry: Registry) => string;

/** @param repair the command that repairs a registry's webhooks */
export function health(checkHealth: CheckHealth, repair: Repair): HttpHandler {
  return async () => {
    const found = await checkHealth.check();
    const isReachable = found.isStorageReachable && found.isBusReachable;
    return {
      status: isReachable ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
      jsonBody: body(found, isReachable, repair),
    };
  };
}

function body(found: Health, isReachable: boolean, repair: Repair): object {
  const isDegraded = found.isSweepLate || found.registries.some(needsALook);
  return {
    status: isReachable ? (isDegraded ? 'degraded' : 'healthy') : 'unhealthy',
    storage: found.isStorageReachable ? 'reachable' : 'unreachable',
    bus: found.isBusReachable ? 'reachable' : 'unreachable',
    lastSweep: seen(found.lastSweepAt, found.checkedAt),
    registries: found.registries.map((registry) => registryBody(registry, found.checkedAt, repair)),
  };
}

function needsALook({ sight, webhooks, findings }: RegistryHealth): boolean {
  const isStuck = sight?.replicas.some(({ isNotReadyAnnounced }) => isNotReadyAnnounced) ?? false;
  // While no region counts, no push is announced, and none is late.
  const isWaitingForNone = sight !== undefined && sight.optedIn !== 'unknown' && sight.optedIn.size === 0;
  const isNoneReady = sight?.seenAt !== undefined && !sight.replicas.some(({ isReady }) => isReady);
  return (
    isStuck ||
    isWaitingForNone ||
    isNoneReady ||
    sight?.failure !== undefined ||
    webhooks?.failure !== undefined ||
    findings.length > 0
  );
}

function registryBody(health: RegistryHealth, now: number, repair: Repair): object {
  const { registry, lastWebhooks, sight, webhooks, findings } = health;
  const optedIn = sight === undefined || sight.optedIn === 'unknown' ? null : [...sight.optedIn.keys()].sort();
  return {
    registry,
    optedInRegions: optedIn,
    lastWebhooks: Object.fromEntries([...lastWebhooks].sort().map(([region, at]) => [region, seen(at, now)])),
    management: {
      replicasSeen: seen(sight?.seenAt, now),
      reconciled: seen(webhooks?.reconciledAt, now),
      failure: failureBody(sight?.failure ?? webhooks?.failure, now),
    },
    replicas: sight?.replicas.map((replica) => replicaBody(replica, now)) ?? [],
    webhookProblems: findings.map((finding) => findingBody(finding)),
    repair: findings.length === 0 ? undefined : repair(registry),
  };
}

function replicaBody(replica: ReplicaSight, now: number): object {
  const { region, name, isHome, isReady, isRouted, notReadySince } = replica;
  return {
    ...{ region, name: name ?? null, home: isHome, ready: isReady, routed: isRouted },
    condition: condition(replica),
    notReadySince: notReadySince === undefined ? undefined : seen(notReadySince, now),
  };
}

function findingBody({ region, problem, webhook, detail }: WebhookFinding): object {
  return { region, webhook: webhook ?? null, problem, detail };
}

function failureBody(failure: Failure | undefined, now: number): object | null {
  return failure === undefined ? null : { since: seen(failure.since, now), reason: failure.reason };
}

function seen(at: number | undefined, now: number): object | null {
  return at === undefined ? null : { at: isoTime(at), ageSeconds: Math.max(0, Math.round((now - at) / 1000)) };
}
