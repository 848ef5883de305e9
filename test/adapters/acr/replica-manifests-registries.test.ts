// Real registries stand in for replicas, and a real client pushes to them.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplicaManifests } from '../../../src/adapters/acr/replica-manifests.ts';
import type { Region, Registry, Repository, Tag, TagName } from '../../../src/core/names.ts';
import { type Certificate, newCertificate } from '../../../src/local/registry/certificate.ts';
import { Forbidden, Unavailable } from '../../../src/usecases/ports.ts';
import { reasonToSkip } from '../../registries/debian-packages.ts';
import { DockerRegistry } from '../../registries/docker-registry.ts';
import { GuardedReplica, IDENTITY_TOKEN } from '../../registries/guarded-replica.ts';
import { type Descriptor, ImageLayout } from '../../registries/image.ts';
import { push } from '../../registries/push.ts';

const skipped = reasonToSkip();
if (skipped !== undefined) {
  console.warn(`Verification is not tested against real registries: it ${skipped}.`);
}

const web: TagName = {
  ...{ registry: 'contoso' as Registry, repository: 'public/products/web' as Repository, tag: '1.2' as Tag },
};
const region = (name: string) => name as Region;
const inTime = () => AbortSignal.timeout(30_000);

let folder = '';
let certificate: Certificate;
let layout: ImageLayout;
const closers: (() => Promise<void>)[] = [];

async function startRegistry(name: string): Promise<DockerRegistry> {
  const registry = await DockerRegistry.start({ folder: path.join(folder, name), certificate });
  closers.push(() => registry.stop());
  return registry;
}

function manifestsAt(hosts: Readonly<Record<string, string>>, identityToken = IDENTITY_TOKEN): ReplicaManifests {
  return new ReplicaManifests({
    loginServer: () => 'contoso.azurecr.io',
    credential: { getToken: async () => ({ token: identityToken, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    hostOf: (_, name) => hosts[name],
    tlsOptions: { ca: certificate.cert },
  });
}

beforeAll(async () => {
  if (skipped === undefined) {
    folder = mkdtempSync(path.join(tmpdir(), 'landfall-registries-'));
    certificate = await newCertificate(Date.now());
    layout = new ImageLayout(path.join(folder, 'layout'));
  }
});

afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  if (folder !== '') {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(skipped !== undefined)('of real registries', () => {
  const hosts: Record<string, string> = {};
  let older: Descriptor;
  let newer: Descriptor;

  beforeAll(async () => {
    const [upToDate, behind, empty, stopped] = await Promise.all(
      ['westeurope', 'eastus', 'westus', 'japaneast'].map(startRegistry),
    );
    older = layout.image('release 1.1');
    newer = layout.image('release 1.2');
    const name = `${web.repository}:${web.tag}`;
    await push({ layout, image: older, to: `${upToDate?.host}/${name}` });
    await push({ layout, image: older, to: `${behind?.host}/${name}` });
    await push({ layout, image: newer, to: `${upToDate?.host}/${name}` });
    await stopped?.stop();
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const sockets: { destroy(): void }[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    closers.push(async () => {
      silent.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    });
    const address = silent.address();
    Object.assign(hosts, {
      ...{ westeurope: upToDate?.host, eastus: behind?.host, westus: empty?.host, japaneast: stopped?.host },
      brazilsouth: typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '',
    });
  });

  it('the one that has the push holds its digest', async () => {
    expect(await manifestsAt(hosts).digest(web, region('westeurope'), inTime())).toBe(newer.digest);
  });

  it('the one that is behind holds the digest before', async () => {
    expect(older.digest).not.toBe(newer.digest);
    expect(await manifestsAt(hosts).digest(web, region('eastus'), inTime())).toBe(older.digest);
  });

  it.for([
    { name: 'an empty one holds nothing', of: web, at: 'westus' },
    { name: 'one with other tags holds nothing under this one', of: { ...web, tag: '9' as Tag }, at: 'westeurope' },
    {
      name: 'one with other repositories holds nothing in this one',
      of: { ...web, repository: 'public/products/api' as Repository },
      at: 'westeurope',
    },
  ])('$name', async ({ of, at }) => {
    expect(await manifestsAt(hosts).digest(of, region(at), inTime())).toBe(undefined);
  });

  it('one that has stopped is unreachable, never without the image', async () => {
    const asked = manifestsAt(hosts).digest(web, region('japaneast'), inTime());
    await expect(asked).rejects.toThrow(Unavailable);
    await expect(asked).rejects.toThrow(/replica japaneast of registry contoso .*ECONNREFUSED/);
  });

  it('one that does not answer is given up by the signal', async () => {
    const asked = manifestsAt(hosts).digest(web, region('brazilsouth'), AbortSignal.timeout(300));
    await expect(asked).rejects.toThrow(Unavailable);
    await expect(asked).rejects.toThrow('got no answer in time');
  });

  it('a multi-platform image has the digest of its index', async () => {
    const index = layout.multiPlatformImage('release 1.3');
    await push({ layout, image: index, to: `${hosts['westeurope']}/${web.repository}:1.3` });
    const tag = { ...web, tag: '1.3' as Tag };
    expect(await manifestsAt(hosts).digest(tag, region('westeurope'), inTime())).toBe(index.digest);
  });

  it('one whose certificate is not trusted is not believed', async () => {
    const credential = { getToken: async () => null };
    const hostOf = () => hosts['westeurope'];
    const manifests = new ReplicaManifests({ loginServer: () => 'contoso.azurecr.io', credential, hostOf });
    await expect(manifests.digest(web, region('westeurope'), inTime())).rejects.toThrow(Unavailable);
  });
});

describe.skipIf(skipped !== undefined)('of a real registry that wants tokens', () => {
  let replica: GuardedReplica;
  let image: Descriptor;

  beforeAll(async () => {
    replica = await GuardedReplica.start(path.join(folder, 'guarded'), certificate);
    closers.push(() => replica.close());
    image = layout.image('release 2.0');
    const to = `${replica.registryHost}/${web.repository}:${web.tag}`;
    await push({ layout, image, to, token: replica.tokens.pushToken(web.repository) });
  });

  const open = (identityToken?: string) => {
    replica.tokens.granted.clear();
    replica.tokens.granted.add(web.repository);
    replica.tokens.asked.length = 0;
    replica.answers.length = 0;
    const manifests = manifestsAt({ westeurope: replica.host }, identityToken);
    return (of: TagName = web) => manifests.digest(of, region('westeurope'), inTime());
  };

  it('the digest is told once the identity has its tokens', async () => {
    const ask = open();
    expect(await ask()).toBe(image.digest);
    expect(replica.tokens.asked).toEqual(['/oauth2/exchange', '/oauth2/token']);
    expect(replica.answers).toEqual(['HEAD 401', 'HEAD 200']);
  });

  it('a tag is asked for with one request while the tokens are good', async () => {
    const ask = open();
    await ask();
    expect(await ask({ ...web, tag: '9' as Tag })).toBe(undefined);
    expect(await ask()).toBe(image.digest);
    expect(replica.tokens.asked).toEqual(['/oauth2/exchange', '/oauth2/token']);
    expect(replica.answers.slice(2)).toEqual(['HEAD 404', 'HEAD 200']);
  });

  it('another repository takes another access token, and no exchange', async () => {
    const ask = open();
    replica.tokens.granted.add('public/products/api');
    await ask();
    expect(await ask({ ...web, repository: 'public/products/api' as Repository })).toBe(undefined);
    expect(replica.tokens.asked).toEqual(['/oauth2/exchange', '/oauth2/token', '/oauth2/token']);
  });

  it('tokens that are no longer taken are fetched anew', async () => {
    const ask = open();
    await ask();
    await replica.trust(await newCertificate(Date.now()));
    expect(await ask()).toBe(image.digest);
    expect(replica.tokens.asked.slice(2)).toEqual(['/oauth2/token', '/oauth2/exchange', '/oauth2/token']);
    expect(replica.answers.slice(2)).toEqual(['HEAD 401', 'HEAD 200']);
  });

  it('who may not pull is forbidden, by the name of the permission', async () => {
    const ask = open();
    replica.tokens.granted.clear();
    const refused = await ask().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Forbidden);
    expect(refused).toMatchObject({ permission: 'Microsoft.ContainerRegistry/registries/pull/read' });
    expect(String(refused)).toContain('401 insufficient_scope');
    expect(replica.answers).toEqual(['HEAD 401', 'HEAD 401']);
  });

  it('who may pull since then is answered with new tokens', async () => {
    const ask = open();
    replica.tokens.granted.clear();
    await expect(ask()).rejects.toThrow(Forbidden);
    replica.tokens.granted.add(web.repository);
    expect(await ask()).toBe(image.digest);
    expect(replica.tokens.asked).toEqual(['/oauth2/exchange', '/oauth2/token', '/oauth2/exchange', '/oauth2/token']);
  });

  it('an identity that the registry does not know is forbidden', async () => {
    const refused = await open('the-token-of-a-stranger')().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Forbidden);
    expect(String(refused)).toContain('401 UNAUTHORIZED');
    expect(String(refused)).not.toContain('stranger');
  });
});
