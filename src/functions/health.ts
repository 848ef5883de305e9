// GET /api/health: 200 when storage and bus can be reached, else 503; the body says the rest.
import type { HttpHandler } from '@azure/functions';
import type { CheckHealth, Health } from '../usecases/check-health.ts';

export function health(checkHealth: CheckHealth): HttpHandler {
  return async () => {
    const found = await checkHealth.check();
    const isReachable = found.isStorageReachable && found.isBusReachable;
    return {
      status: isReachable ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
      jsonBody: body(found, isReachable),
    };
  };
}

function body(found: Health, isReachable: boolean): object {
  const ageSeconds = (at: number) => Math.max(0, Math.round((found.checkedAt - at) / 1000));
  const seen = (at: number | undefined) =>
    at === undefined ? null : { at: new Date(at).toISOString(), ageSeconds: ageSeconds(at) };
  return {
    status: isReachable ? (found.isSweepLate ? 'degraded' : 'healthy') : 'unhealthy',
    storage: found.isStorageReachable ? 'reachable' : 'unreachable',
    bus: found.isBusReachable ? 'reachable' : 'unreachable',
    lastSweep: seen(found.lastSweepAt),
    registries: found.lastWebhooks.map(({ registry, receivedAt }) => ({
      registry,
      lastWebhooks: Object.fromEntries([...receivedAt].sort().map(([region, at]) => [region, seen(at)])),
    })),
  };
}
