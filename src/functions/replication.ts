// GET /api/replications/{registry}/{*image}: where is my tag?
import { createHash } from 'node:crypto';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { isoTime } from '../core/instant.ts';
import { type Image, imageName, parseImage, parseRegistry, type Registry, type TagName } from '../core/names.ts';
import { condition } from '../core/replicas.ts';
import type { RegionStatus, Status } from '../core/status.ts';
import { type RegistrySight, SchemaTooNew, type Timing, Unavailable } from '../usecases/ports.ts';
import type { ReadStatus, TagStatus } from '../usecases/read-status.ts';
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
    const verifyText = request.query.get('verify');
    const isVerified = verifyText === '' || verifyText === 'true';
    if (verifyText !== null && !isVerified && verifyText !== 'false') {
      const detail = `expected ?verify= to be true or false, got ${JSON.stringify(verifyText)}`;
      return problem(400, 'Not a switch', detail);
    }
    if (isVerified && !dependencies.readStatus.canVerify(registry.value)) {
      const detail = `expected a registry with "verify": true in REGISTRIES, got ${registry.value} without it`;
      return problem(400, 'Verification is off', detail);
    }
    return await read(dependencies, request, registry.value, image.value, { waitSeconds, isVerified });
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
  { waitSeconds, isVerified }: { readonly waitSeconds: number; readonly isVerified: boolean },
): Promise<HttpResponseInit> {
  const name = { registry, repository, tag };
  try {
    const waitUntil = timing.now() + waitSeconds * 1000;
    const found = await readStatus.read(name, { ...(digest && { digest }), waitUntil, isVerified });
    if (found === undefined) {
      const asked = digest === undefined ? imageName(name) : `${imageName(name)}@${digest}`;
      return problem(404, 'Unknown push', `no region of ${registry} has reported a push of ${asked}`);
    }
    return answer(request, name, found);
  } catch (error) {
    if (error instanceof Unavailable || error instanceof SchemaTooNew) {
      return unavailable(error.message);
    }
    throw error;
  }
}

function answer(request: HttpRequest, name: TagName, found: TagStatus): HttpResponseInit {
  const { status } = found.status;
  const etag = etagOf(found);
  const headers = {
    etag,
    'cache-control': 'no-cache',
    ...(status === 'replicating' ? { 'retry-after': '5' } : {}),
  };
  const known = request.headers.get('if-none-match')?.split(',') ?? [];
  if (known.some((text) => text.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))) {
    return { status: 304, headers };
  }
  return { status: HTTP_STATUS[status], headers, jsonBody: body(name, found) };
}

/** Changes with what is known, not with the mere passing of time. */
function etagOf({ status, sight, verification }: TagStatus): string {
  const lasting = status.regions.map(({ lagMs, ...region }) =>
    region.arrivedAt === undefined ? region : { ...region, lagMs },
  );
  const known = { status: { ...status, regions: lasting }, ...registryBody(sight), ...verificationBody(verification) };
  const hash = createHash('sha256').update(JSON.stringify(known));
  return `W/"${hash.digest('base64url').slice(0, 22)}"`;
}

function body(name: TagName, { status, sight, verification }: TagStatus): object {
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
    ...verificationBody(verification),
    ...registryBody(sight),
    replicasSeenAt: sight?.seenAt === undefined ? undefined : isoTime(sight.seenAt),
  };
}

/** What of the registry bears on the answer: replicas that are not waited for, and that it cannot be asked. */
function registryBody(sight: RegistrySight | undefined): object {
  const notReady = sight?.replicas.filter(({ isReady }) => !isReady) ?? [];
  return {
    notReadyReplicas:
      notReady.length === 0
        ? undefined
        : notReady.map((replica) => ({
            region: replica.region,
            condition: condition(replica),
            since: replica.notReadySince === undefined ? undefined : isoTime(replica.notReadySince),
          })),
    managementFailure:
      sight?.failure === undefined ? undefined : { since: isoTime(sight.failure.since), reason: sight.failure.reason },
  };
}

function verificationBody(verification: TagStatus['verification']): object {
  return { verification: verification === undefined ? undefined : Object.fromEntries([...verification].sort()) };
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
