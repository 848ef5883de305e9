// How the terminal writes things that are not words yet.
import type { NamedRegion } from '../registry/model.ts';

/** `8.1 s`, `72 s`, `3 min 05 s` */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_950) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  const rest = String(seconds % 60).padStart(2, '0');
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** `sha256:80f0d5c8`: enough to tell two apart. */
export function shortDigest(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, 8)}`;
}

export type Clock = (at: string) => string;

/** @param timeZone of this machine unless given */
export function clock(timeZone?: string): Clock {
  const parts = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-GB', timeZone === undefined ? parts : { ...parts, timeZone });
  return (at) => format.format(new Date(at));
}

export type RegionName = (region: string) => string;

/**
 * `West US` for `westus`; a region that nobody has described stays as it is.
 * @param replicas may be added to later
 */
export function regionNames(replicas: readonly Omit<NamedRegion, 'isHome'>[]): RegionName {
  return (region) => replicas.find((replica) => replica.region === region)?.displayName ?? region;
}

/** What asks the app for the status of an image, ready to be pasted into a shell. */
export function curlStatus(
  stack: { readonly url: string; readonly key: string; readonly registry: string },
  image: string,
  waitSeconds: number,
): string {
  const url = `${stack.url}/api/replications/${stack.registry}/${image}?wait=${waitSeconds}`;
  return `curl -H 'x-functions-key: ${stack.key}' '${url}'`;
}
