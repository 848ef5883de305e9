// What the replicas themselves hold, by the registry's own protocol: a HEAD of the manifest at the region's endpoint.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry
import { createHash } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import { type Digest, imageName, parseDigest, type Region, type Registry, type TagName } from '../../core/names.ts';
import type { ManifestReader, Timing } from '../../usecases/ports.ts';
import { endedBy } from '../ended-by.ts';
import { machineTiming } from '../timing.ts';
import { Unreadable } from './management-errors.ts';
import { parseBearerChallenge } from './replica-manifests-challenge.ts';
import { ReplicaRefusal, toReplicaPortError } from './replica-manifests-errors.ts';
import { geoHost } from './replica-manifests-host.ts';
import { LONGEST_BODY, type ReplicaAnswer, ReplicaHttps } from './replica-manifests-https.ts';
import { type ReplicaAddress, ReplicaTokens } from './replica-manifests-tokens.ts';

export interface ReplicaManifestsOptions {
  /** `contoso.azurecr.io`, in lower case. */
  readonly loginServer: (registry: Registry) => string;
  readonly credential: TokenCredential;
  /** Where a region's replica answers, with a port where it is not 443; its regional endpoint unless given. */
  readonly hostOf?: (loginServer: string, region: Region) => string | undefined;
  /** Whom to trust instead of the usual ones. */
  readonly tlsOptions?: { readonly ca: string };
  readonly timing?: Pick<Timing, 'now' | 'timeout'>;
}

/** As a role definition writes it; AcrPull has it. */
export const PULL_PERMISSION = 'Microsoft.ContainerRegistry/registries/pull/read';

/** All that a tag may point to: a registry answers 404 for, or converts, what the client does not claim to know. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  '*/*',
].join(', ');

export class ReplicaManifests implements ManifestReader {
  readonly #options: ReplicaManifestsOptions;
  readonly #https: ReplicaHttps;
  readonly #tokens: ReplicaTokens;

  constructor(options: ReplicaManifestsOptions) {
    this.#options = options;
    this.#https = new ReplicaHttps(options.tlsOptions?.ca);
    this.#tokens = new ReplicaTokens({
      ...{ credential: options.credential, https: this.#https, timing: options.timing ?? machineTiming },
    });
  }

  /** Rejects with `Unavailable`, `Throttled` or `Forbidden`. */
  async digest(tag: TagName, region: Region, signal: AbortSignal): Promise<Digest | undefined> {
    const expected = `replica ${region} of registry ${tag.registry} to tell what it holds under ${imageName(tag)}`;
    try {
      return await endedBy(this.#digest(this.#address(tag.registry, region), tag, signal), signal);
    } catch (error) {
      throw toReplicaPortError(error, { expected, permission: PULL_PERMISSION, signal });
    }
  }

  async #digest(address: ReplicaAddress, tag: TagName, signal: AbortSignal): Promise<Digest | undefined> {
    const head = await this.#ask('HEAD', address, tag, signal);
    const named = head && digestIn(head);
    if (head === undefined || named !== undefined) {
      return named;
    }
    if (Number(head.headers['content-length'] ?? 0) > LONGEST_BODY) {
      throw new Unreadable([`a manifest of ${head.headers['content-length']} bytes without its digest`]);
    }
    const manifest = await this.#ask('GET', address, tag, signal);
    return manifest && (digestIn(manifest) ?? hashOf(manifest.body));
  }

  /** @returns undefined if there is no such manifest, else an answer with 200 */
  async #ask(
    method: 'HEAD' | 'GET',
    address: ReplicaAddress,
    { repository, tag }: TagName,
    signal: AbortSignal,
  ): Promise<ReplicaAnswer | undefined> {
    const question = { method, host: address.host, path: `/v2/${repository}/manifests/${tag}` } as const;
    const ask = async (token: string | undefined) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return await this.#https.ask({ ...question, headers: { accept: MANIFEST_TYPES, ...authorization } }, signal);
    };
    const first = await ask(this.#tokens.known(address, repository));
    const answer = first.status === 401 ? await this.#askAgain(first, address, repository, ask) : first;
    if (answer.status === 404) {
      return undefined;
    }
    if (answer.status !== 200) {
      throw new ReplicaRefusal(answer);
    }
    return answer;
  }

  /** With a new token, once. What was refused with one is refused for good, until somebody asks afresh. */
  async #askAgain(
    refused: ReplicaAnswer,
    address: ReplicaAddress,
    repository: string,
    ask: (token: string) => Promise<ReplicaAnswer>,
  ): Promise<ReplicaAnswer> {
    const challenge = parseBearerChallenge(refused.headers['www-authenticate']);
    if (challenge === undefined) {
      throw new ReplicaRefusal(refused, false, 'without a word where a token is to be had');
    }
    const answer = await ask(await this.#tokens.fetch(address, repository, challenge));
    if (answer.status !== 401) {
      return answer;
    }
    this.#tokens.forget(address, repository);
    const error = parseBearerChallenge(answer.headers['www-authenticate'])?.error;
    const isWord = error !== undefined && /^\w{1,80}$/.test(error);
    // A token that the replica cannot verify says nothing of what the identity may do.
    throw new ReplicaRefusal(answer, error !== 'invalid_token', isWord ? error : 'for a new token');
  }

  #address(registry: Registry, region: Region): ReplicaAddress {
    const { hostOf = geoHost, loginServer: loginServerOf } = this.#options;
    const loginServer = loginServerOf(registry);
    const host = hostOf(loginServer, region);
    if (host === undefined) {
      throw new Unreadable([`expected a login server like contoso.azurecr.io, got ${loginServer}`]);
    }
    return { host, loginServer };
  }
}

function digestIn({ headers }: ReplicaAnswer): Digest | undefined {
  const [text] = [headers['docker-content-digest']].flat();
  const digest = text === undefined ? undefined : parseDigest(text);
  if (digest?.type === 'invalid') {
    throw new Unreadable([digest.message]);
  }
  return digest?.value;
}

function hashOf(manifest: Buffer): Digest {
  const digest = parseDigest(`sha256:${createHash('sha256').update(manifest).digest('hex')}`);
  if (digest.type === 'invalid') {
    throw new Error(digest.message);
  }
  return digest.value;
}
