// Gets what a replica takes as proof of who asks: the identity's own token is exchanged for a refresh token, and that for
// an access token to one repository. https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
import type { TokenCredential } from '@azure/identity';
import { shown } from '../../core/names.ts';
import type { Timing } from '../../usecases/ports.ts';
import { endedBy } from '../ended-by.ts';
import { firstLine, TokenFailure, Unreadable } from './management-errors.ts';
import type { BearerChallenge } from './replica-manifests-challenge.ts';
import { ReplicaRefusal } from './replica-manifests-errors.ts';
import { tokenScope } from './replica-manifests-host.ts';
import type { ReplicaAnswer, ReplicaHttps } from './replica-manifests-https.ts';
import { type Fetched, RememberedTokens } from './replica-manifests-remembered.ts';

export interface ReplicaAddress {
  /** Of the replica itself. */
  readonly host: string;
  /** Of the whole registry. */
  readonly loginServer: string;
}

interface Dependencies {
  readonly credential: TokenCredential;
  readonly https: ReplicaHttps;
  readonly timing: Pick<Timing, 'now' | 'timeout'>;
}

/** Whoever asks first fetches for all who wait: it must not end with that one's patience, nor last for ever. */
const STEP_TIMEOUT_MS = 10_000;
/** The registry gives refresh tokens for three hours; one that claims more is not believed. */
const LONGEST_LIFE_MS = 3 * 3_600_000;
/** What the specification assumes where nothing is said. */
const UNSAID_LIFE_MS = 60_000;

export class ReplicaTokens {
  readonly #dependencies: Dependencies;
  readonly #refresh: RememberedTokens;
  readonly #access: RememberedTokens;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#refresh = new RememberedTokens(dependencies.timing.now);
    this.#access = new RememberedTokens(dependencies.timing.now);
  }

  /** The access token to this repository that is still good, if there is one. */
  known({ host }: ReplicaAddress, repository: string): string | undefined {
    return this.#access.known(`${host} ${repository}`);
  }

  /**
   * A new access token, as the replica's challenge wants it. The identity's token goes to the replica's own host alone,
   * the refresh token to the challenge's realm, which has to be of that host or of the registry's login server.
   */
  async fetch(address: ReplicaAddress, repository: string, challenge: BearerChallenge): Promise<string> {
    const realm = realmUrl(challenge.realm, address);
    const { service, scope = `repository:${repository}:pull` } = challenge;
    const redeem = async (refreshToken: string) => {
      const form = { grant_type: 'refresh_token', service, scope, refresh_token: refreshToken };
      return await this.#post(realm.host, `${realm.pathname}${realm.search}`, form);
    };
    return await this.#access.fetch(`${address.host} ${repository}`, async () => {
      const known = this.#refresh.known(address.host);
      const answer = known === undefined ? undefined : await redeem(known);
      const isTaken = answer !== undefined && !isRefused(answer);
      return this.#read(isTaken ? answer : await redeem(await this.#exchange(address, service)), 'access_token');
    });
  }

  /** They were refused. The refresh token says what the identity may do: an older one knows nothing of a new role. */
  forget({ host }: ReplicaAddress, repository: string): void {
    this.#access.forget(`${host} ${repository}`);
    this.#refresh.forget(host);
  }

  async #exchange(address: ReplicaAddress, service: string): Promise<string> {
    return await this.#refresh.fetch(address.host, async () => {
      const form = { grant_type: 'access_token', service, access_token: await this.#identityToken(address) };
      return this.#read(await this.#post(address.host, '/oauth2/exchange', form), 'refresh_token');
    });
  }

  async #post(host: string, path: string, form: Readonly<Record<string, string>>): Promise<ReplicaAnswer> {
    return await this.#inTime((signal) => this.#dependencies.https.ask({ method: 'POST', host, path, form }, signal));
  }

  async #identityToken({ loginServer }: ReplicaAddress): Promise<string> {
    const { credential } = this.#dependencies;
    const fetched = this.#inTime(async () => await credential.getToken(tokenScope(loginServer)));
    const token = await fetched.catch((error: unknown) => {
      const reason = error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : String(error);
      throw error instanceof TokenFailure ? error : new TokenFailure(`no token: ${reason}`, { cause: error });
    });
    if (token === null) {
      throw new TokenFailure('no token');
    }
    return token.token;
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.#dependencies.timing.timeout(STEP_TIMEOUT_MS);
    try {
      return await endedBy(work(signal), signal);
    } catch (error) {
      throw signal.aborted ? new TokenFailure(`no token in ${STEP_TIMEOUT_MS / 1000} s`, { cause: error }) : error;
    }
  }

  #read(answer: ReplicaAnswer, kind: 'access_token' | 'refresh_token'): Fetched {
    if (answer.status !== 200) {
      throw new ReplicaRefusal(answer, answer.status === 401 || answer.status === 403);
    }
    const body = objectIn(answer.body.toString());
    const token = body?.[kind];
    if (typeof token !== 'string' || token === '') {
      throw new Unreadable([`expected a text in "${kind}"`]);
    }
    const now = this.#dependencies.timing.now();
    const { expires_in: seconds } = body ?? {};
    const saidMs = typeof seconds === 'number' ? seconds * 1000 : UNSAID_LIFE_MS;
    return { token, goodUntil: Math.min(expiryOf(token) ?? now + saidMs, now + LONGEST_LIFE_MS) };
  }
}

const isRefused = ({ status }: ReplicaAnswer) => status === 400 || status === 401 || status === 403;

function realmUrl(text: string, { host, loginServer }: ReplicaAddress): URL {
  const realm = URL.parse(text);
  const isTrusted = realm?.protocol === 'https:' && (realm.host === host || realm.host === loginServer);
  if (realm === null || !isTrusted) {
    throw new Unreadable([
      `expected tokens to be had at https://${host} or https://${loginServer}, got ${shown(text)}`,
    ]);
  }
  return realm;
}

/** From the token's own claims. */
function expiryOf(token: string): number | undefined {
  const claims = objectIn(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return typeof claims?.['exp'] === 'number' ? claims['exp'] * 1000 : undefined;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
