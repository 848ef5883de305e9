import { readFileSync } from 'node:fs';
import { AppRefused, shown } from './faults.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readJson = (hostJsonPath: string): unknown => JSON.parse(readFileSync(hostJsonPath, 'utf8'));

/** What stands under `extensions.http`, the one part of host.json that decides what a request meets. */
function httpSettings(hostJson: unknown): Record<string, unknown> {
  const extensions = isRecord(hostJson) ? hostJson['extensions'] : undefined;
  const http = isRecord(extensions) ? extensions['http'] : undefined;
  return isRecord(http) ? http : {};
}

/** The prefix of all routes, `api` unless host.json says otherwise, without slashes around it. */
export function readRoutePrefix(hostJsonPath: string | undefined): string {
  if (hostJsonPath === undefined) {
    return 'api';
  }
  const { routePrefix = 'api', ...others } = httpSettings(readJson(hostJsonPath));
  const faults = Object.keys(others).map(
    (key) => `host.json: expected only routePrefix in extensions.http, got ${shown(key)}`,
  );
  if (typeof routePrefix !== 'string') {
    throw new AppRefused([...faults, `host.json: expected routePrefix to be a string, got ${shown(routePrefix)}`]);
  }
  if (faults.length > 0) {
    throw new AppRefused(faults);
  }
  return routePrefix.replace(/^\/+|\/+$/g, '');
}

/**
 * Every trigger but HTTP and timer comes with an extension. Without a bundle of them the real host starts and leaves the
 * function out, so this one refuses.
 */
export function requireExtensionBundle(hostJsonPath: string, type: string): void {
  const hostJson = readJson(hostJsonPath);
  const bundle = isRecord(hostJson) ? hostJson['extensionBundle'] : undefined;
  if (!isRecord(bundle) || typeof bundle['id'] !== 'string' || typeof bundle['version'] !== 'string') {
    throw new AppRefused([
      `host.json: expected an extensionBundle with id and version, for ${type}, got ${shown(bundle)}`,
    ]);
  }
}
