// Pushes as the registry tells them: four regional webhooks each, in an order that says how far apart they come.
import { createHash } from 'node:crypto';
import { toEventTime } from '../src/core/instant.ts';
import type { Region, Registry } from '../src/core/names.ts';
import type { Call } from './load.ts';

export const REGISTRY = 'contoso' as Registry;
export const REGIONS = ['westus', 'eastus', 'canadacentral', 'westeurope'] as readonly string[] as readonly Region[];
const REPOSITORIES = 50;

/** The regions of so many pushes are interleaved: with 8 they come together, with 500 far apart. */
export const TOGETHER = 8;
export const FAR_APART = 500;

export interface Push {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

let lastNumber = 0;

/** Each of a tag that was never pushed before. */
export function newPushes(count: number): readonly Push[] {
  return Array.from({ length: count }, () => {
    lastNumber += 1;
    const repository = `public/products/web${lastNumber % REPOSITORIES}`;
    const digest = `sha256:${createHash('sha256').update(String(lastNumber)).digest('hex')}`;
    return { repository, tag: `1.${lastNumber}`, digest, at: Date.now() };
  });
}

/** One notification, with everything that Azure Container Registry puts into it. */
export function webhook({ repository, tag, digest, at }: Push, region: Region, key: string): Call {
  const body = JSON.stringify({
    id: 'cb8c3971-9adc-488b-bdd8-43cbb4974ff5',
    timestamp: toEventTime(at + REGIONS.indexOf(region)),
    action: 'push',
    target: {
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      size: 524,
      digest,
      length: 524,
      repository,
      tag,
    },
    request: {
      id: '3cbb6949-7549-4fa1-86cd-a6d5451dffc7',
      host: `${REGISTRY}.azurecr.io`,
      method: 'PUT',
      useragent:
        'docker/27.3.1 go/go1.22.7 git-commit/41ca978 os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1)',
    },
  });
  const bytes = Buffer.from(body);
  return {
    method: 'POST',
    path: `/api/webhooks/${REGISTRY}/${region}`,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': bytes.length,
      'user-agent': 'AzureContainerRegistry/1.0',
      'x-functions-key': key,
    },
    body: bytes,
    expected: 202,
  };
}

/** Groups of so many pushes one after the other; in a group, the first region of all, then the second, and so on. */
export function inOrder<T>(pushes: readonly Push[], interleaved: number, each: (push: Push, region: Region) => T): T[] {
  const ordered: T[] = [];
  for (let start = 0; start < pushes.length; start += interleaved) {
    const group = pushes.slice(start, start + interleaved);
    for (const region of REGIONS) {
      ordered.push(...group.map((push) => each(push, region)));
    }
  }
  return ordered;
}
