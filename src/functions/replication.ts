// GET /api/replications/{registry}/{*image}: where is my tag?
import { createHash } from 'node:crypto';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { type Image, imageName, parseImage, parseRegistry, type Registry, type TagName } from '../core/names.ts';
import type { RegionStatus, ReplicationStatus, Status } from '../core/status.ts';
import { SchemaTooNew, type Timing, Unavailable } from '../usecases/ports.ts';
import type { ReadStatus } from '../usecases/read-status.ts';
import { problem, unavailable, unknownRegistry } from './answers.ts';

const MAX_WAIT_SECONDS = 60;
const HTTP_STATUS: Readonly<Record<Status, number>> = {
  replicated: 200,
  replicating: 202,
  superseded: 409,
  abandoned: 409,
};

export interface ReplicationDependencies {
  readonly readStatus: ReadStatus;
  readonly timing: Timing;
  readonly registryNames: readonly Registry[];
}

export function replication(dependencies: ReplicationDependencies): HttpHandler {
  return async (request) => {
    const { registry: registryText = '', image: imageText = '' } = request.params;
    const registry = parseRegistry(registryText);
    if (registry.type === 'invalid' || !dependencies.registryNames.includes(registry.value)) {
      return unknownRegistry(registryText, dependencies.registryNames);
    }
    // The host decodes a path once, except for encoded slashes.
    const image = parseImage(imageText.replaceAll(/%2f/gi, '/'));
    if (image.type === 'invalid') {
      return problem(400, 'Not an image', image.message);
    }
    const waitSeconds = parseWait(request.query.get('wait'));
    if (waitSeconds === undefined) {
      const detail = `expected ?wait= to be seconds from 0 to ${MAX_WAIT_SECONDS}, got ${JSON.stringify(request.query.get('wait'))}`;
      return problem(400, 'Not a time to wait', detail);
    }
    return await read(dependencies, request, registry.value, image.value, waitSeconds);
  };
}

function parseWait(text: string | null): number | undefined {
  if (text === null || text === '') {
    return 0;
  }
  return /^\d{1,9}(\.\d+)?$/.test(text) ? Math.min(Number(text), MAX_WAIT_SECONDS) : undefined;
}

async function read(
  { readStatus, timing }: ReplicationDependencies,
  request: HttpRequest,
  registry: Registry,
  { repository, tag, digest }: Image,
  waitSeconds: number,
): Promise<HttpResponseInit> {
  const name = { registry, repository, tag };
  try {
    const status = await readStatus.read(name, digest, timing.now() + waitSeconds * 1000);
    if (status === undefined) {
      const asked = digest === undefined ? imageName(name) : `${imageName(name)}@${digest}`;
      return problem(404, 'Unknown push', `no region of ${registry} has reported a push of ${asked}`);
    }
    return answer(request, name, status);
  } catch (error) {
    if (error instanceof Unavailable || error instanceof SchemaTooNew) {
      return unavailable(error.message);
    }
    throw error;
  }
}

function answer(request: HttpRequest, name: TagName, status: ReplicationStatus): HttpResponseInit {
  const etag = etagOf(status);
  const headers = {
    etag,
    'cache-control': 'no-cache',
    ...(status.status === 'replicating' ? { 'retry-after': '5' } : {}),
  };
  const known = request.headers.get('if-none-match')?.split(',') ?? [];
  if (known.some((text) => text.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))) {
    return { status: 304, headers };
  }
  return { status: HTTP_STATUS[status.status], headers, jsonBody: body(name, status) };
}

/** Changes with what is known, not with the mere passing of time. */
function etagOf(status: ReplicationStatus): string {
  const lasting = status.regions.map(({ lagMs, ...region }) =>
    region.arrivedAt === undefined ? region : { ...region, lagMs },
  );
  const hash = createHash('sha256').update(JSON.stringify({ ...status, regions: lasting }));
  return `W/"${hash.digest('base64url').slice(0, 22)}"`;
}

function body(name: TagName, status: ReplicationStatus): object {
  return {
    ...name,
    digest: status.digest,
    status: status.status,
    reason: status.reason,
    supersededBy: status.supersededBy,
    mediaType: status.mediaType,
    originRegion: status.origin,
    pushedAt: status.pushedAt,
    firstHeardAt: isoTime(status.firstHeardAt),
    completedAt: status.completedAt === undefined ? undefined : isoTime(status.completedAt),
    expected: status.isExpectationKnown
      ? status.regions.filter(({ isExpected }) => isExpected).map(({ region }) => region)
      : null,
    regions: status.regions.map(regionBody),
  };
}

function regionBody({ region, isExpected, arrivedAt, lagMs, isLagging, source }: RegionStatus): object {
  return {
    region,
    expected: isExpected,
    arrivedAt: arrivedAt === undefined ? null : isoTime(arrivedAt),
    lagMs,
    lagging: isLagging,
    source: source ?? null,
  };
}

const isoTime = (instant: number) => new Date(instant).toISOString();
