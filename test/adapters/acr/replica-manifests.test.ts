// What a replica's answers come to.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { ReplicaManifests } from '../../../src/adapters/acr/replica-manifests.ts';
import type { Region, Registry } from '../../../src/core/names.ts';
import { Forbidden, Throttled, Unavailable } from '../../../src/usecases/ports.ts';
import {
  DIGEST,
  HELD,
  inTime,
  type Script,
  ScriptedReplica,
  web,
  westEurope,
} from '../../registries/scripted-replica.ts';

const MANIFEST_PATH = '/v2/public/products/web/manifests/1.2';
const FOUR_MIB = 4 * 1024 * 1024;

const replicas: ScriptedReplica[] = [];
afterEach(async () => {
  for (const replica of replicas.splice(0)) {
    await replica.close();
  }
});
async function start(script: Script): Promise<ScriptedReplica> {
  const replica = await ScriptedReplica.start(script);
  replicas.push(replica);
  return replica;
}

const failure = async (asked: Promise<unknown>): Promise<Error> =>
  await asked.then(
    (value) => new Error(`Expected a failure, got ${String(value)}`),
    (error: Error) => error,
  );

describe('a digest', () => {
  const sha512 = `sha512:${'b2'.repeat(64)}`;
  it.for([
    { name: 'is the one that the replica names', header: DIGEST },
    { name: 'may be of another algorithm', header: sha512 },
  ])('$name', async ({ header }) => {
    const replica = await start(() => ({ headers: { 'docker-content-digest': header } }));
    expect(await replica.manifests().digest(web, westEurope, inTime())).toBe(header);
    expect(replica.questions).toEqual([`HEAD ${MANIFEST_PATH}`]);
  });

  it('is asked for with all types that a tag may point to', async () => {
    const replica = await start(() => HELD);
    await replica.manifests().digest(web, westEurope, inTime());
    expect(replica.asked[0]?.accept?.split(', ')).toEqual(
      expect.arrayContaining([
        'application/vnd.oci.image.index.v1+json',
        'application/vnd.oci.image.manifest.v1+json',
        'application/vnd.docker.distribution.manifest.list.v2+json',
        'application/vnd.docker.distribution.manifest.v2+json',
      ]),
    );
  });

  it('is none when the replica knows no such manifest', async () => {
    const replica = await start(() => ({ status: 404 }));
    expect(await replica.manifests().digest(web, westEurope, inTime())).toBe(undefined);
  });

  it.for(['sha256:a1', `${DIGEST}, ${DIGEST}`, 'md5:d41d8cd98f00b204e9800998ecf8427e'])(
    'that reads %s is not believed',
    async (header) => {
      const replica = await start(() => ({ headers: { 'docker-content-digest': header } }));
      const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
      expect(error).toBeInstanceOf(Unavailable);
      expect(error.message).toContain('expected a digest');
    },
  );
});

describe('without the digest in a header', () => {
  const manifest = '{"schemaVersion":2}';
  const hash = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

  it.for([
    { name: 'the manifest is read and hashed', answer: { body: manifest }, expected: hash },
    { name: 'the one that comes with the manifest is taken', answer: { ...HELD, body: manifest }, expected: DIGEST },
    { name: 'a manifest that has just gone is none', answer: { status: 404 }, expected: undefined },
  ])('$name', async ({ answer, expected }) => {
    const replica = await start(({ method }) => (method === 'HEAD' ? {} : answer));
    expect(await replica.manifests().digest(web, westEurope, inTime())).toBe(expected);
    expect(replica.questions).toEqual([`HEAD ${MANIFEST_PATH}`, `GET ${MANIFEST_PATH}`]);
  });

  it.for([
    { name: 'just below 4 MiB is hashed', length: FOUR_MIB - 1, isRead: true },
    { name: 'of 4 MiB is hashed', length: FOUR_MIB, isRead: true },
    { name: 'above 4 MiB is not read', length: FOUR_MIB + 1, isRead: false },
  ])('a manifest $name', async ({ length, isRead }) => {
    const body = Buffer.alloc(length, ' ');
    for (const headers of [{}, { 'content-length': String(length) }]) {
      const replica = await start(({ method }) => (method === 'HEAD' ? { headers } : { body }));
      const asked = replica.manifests().digest(web, westEurope, inTime());
      if (isRead) {
        expect(await asked).toBe(`sha256:${createHash('sha256').update(body).digest('hex')}`);
      } else {
        expect((await failure(asked)).name).toBe('Unavailable');
        expect(replica.questions).toHaveLength('content-length' in headers ? 1 : 2);
      }
    }
  });
});

describe('a refusal', () => {
  it.for([
    { name: '429 says when to ask again', status: 429, retryAfter: '7', waitMs: 7_000 },
    { name: '429 without a time waits a minute', status: 429, retryAfter: undefined, waitMs: 60_000 },
    { name: '503 with a time says when to ask again', status: 503, retryAfter: '20', waitMs: 20_000 },
  ])('$name', async ({ status, retryAfter, waitMs }) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const replica = await start(() => ({ status, headers }));
    const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ retryAfterMs: waitMs });
    expect(replica.questions).toHaveLength(1);
  });

  it.for([
    { name: '503', status: 503 },
    { name: '500', status: 500 },
    { name: '502', status: 502 },
    { name: '400', status: 400 },
    { name: 'a redirect', status: 307 },
    { name: 'no content', status: 204 },
  ])('by $name is no word on the image, and is not asked for again', async ({ status }) => {
    const elsewhere = await start(() => HELD);
    const location = `https://${elsewhere.host}${MANIFEST_PATH}`;
    const replica = await start(() => ({ status, headers: { location } }));
    const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).not.toBeInstanceOf(Throttled);
    expect(error.message).toContain(
      `Expected replica westeurope of registry contoso to tell what it holds under public/products/web:1.2, got ${status}`,
    );
    expect([replica.questions.length, elsewhere.questions.length]).toEqual([1, 0]);
  });

  it('by 403 names the permission', async () => {
    const replica = await start(() => ({ status: 403 }));
    const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
    expect(error).toBeInstanceOf(Forbidden);
    expect(error).toMatchObject({ permission: 'Microsoft.ContainerRegistry/registries/pull/read' });
  });

  it.for(['', 'Basic realm="contoso"', 'Bearer realm="https://127.0.0.1/oauth2/token"'])(
    'by 401 with the challenge "%s" cannot be followed',
    async (challenge) => {
      const headers: Record<string, string> = challenge === '' ? {} : { 'www-authenticate': challenge };
      const replica = await start(() => ({ status: 401, headers }));
      const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
      expect(error).toBeInstanceOf(Unavailable);
      expect(error.message).toContain('got 401 without a word');
      expect(replica.questions).toHaveLength(1);
    },
  );
});

describe('a connection', () => {
  it('that the replica has closed since is replaced', async () => {
    // Without its length, the platform's server would end the connection at once.
    const kept = { headers: { ...HELD.headers, 'content-length': '512' } };
    const replica = await start(() => (replica.asked.length === 2 ? 'reset' : kept));
    const manifests = replica.manifests();
    await manifests.digest(web, westEurope, inTime());
    expect(await manifests.digest(web, westEurope, inTime())).toBe(DIGEST);
    expect(replica.questions).toHaveLength(3);
  });

  it('that is reset at once is not tried again', async () => {
    const replica = await start(() => 'reset');
    const error = await failure(replica.manifests().digest(web, westEurope, inTime()));
    expect(error).toBeInstanceOf(Unavailable);
    expect(replica.questions).toHaveLength(1);
  });

  it('is not made once the time is over', async () => {
    const replica = await start(() => HELD);
    const error = await failure(replica.manifests().digest(web, westEurope, AbortSignal.abort()));
    expect(error).toBeInstanceOf(Unavailable);
    expect(replica.questions).toEqual([]);
  });
});

it('a registry whose replicas cannot be told from its login server is not asked', async () => {
  const credential = { getToken: async () => null };
  const manifests = new ReplicaManifests({ loginServer: () => 'images.contoso.com', credential });
  const error = await failure(manifests.digest(web, westEurope, inTime()));
  expect(error).toBeInstanceOf(Unavailable);
  expect(error.message).toContain('images.contoso.com');
});

it('each region of each registry is asked at its own host', async () => {
  const replica = await start(() => HELD);
  const told: string[] = [];
  const manifests = replica.manifests({
    loginServer: (registry) => `${registry}.azurecr.io`,
    hostOf: (loginServer, region) => {
      told.push(`${loginServer} ${region}`);
      return replica.host;
    },
  });
  await manifests.digest(web, westEurope, inTime());
  await manifests.digest({ ...web, registry: 'fabrikam' as Registry }, 'eastus' as Region, inTime());
  expect(told).toEqual(['contoso.azurecr.io westeurope', 'fabrikam.azurecr.io eastus']);
});
