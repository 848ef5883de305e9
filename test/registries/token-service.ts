// A registry's token service as Azure's has it: an identity's token is exchanged for a refresh token, and that for access
// tokens, which a real registry verifies. https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
import { createPrivateKey, randomUUID, sign, verify, X509Certificate } from 'node:crypto';
import type { Certificate } from '../../src/local/registry/certificate.ts';

export const ISSUER = 'Azure Container Registry';

export interface TokenServiceOptions {
  readonly service: string;
  /** The one token of an identity that it knows. */
  readonly identityToken: string;
  readonly certificate: Certificate;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const REFUSED: TokenAnswer = {
  status: 401,
  body: { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
};
const LIFETIME_SECONDS = 600;

export class TokenService {
  readonly #options: TokenServiceOptions;
  /** Signs from now on; tokens that another one signed are no longer taken. */
  certificate: Certificate;
  /** The repositories that the identity may pull from. */
  readonly granted = new Set<string>();
  /** The paths of all that it was asked. */
  readonly asked: string[] = [];

  constructor(options: TokenServiceOptions) {
    this.#options = options;
    this.certificate = options.certificate;
  }

  answer(path: string, form: URLSearchParams): TokenAnswer {
    this.asked.push(path);
    const grant = form.get('grant_type');
    if (form.get('service') !== this.#options.service) {
      return REFUSED;
    }
    if (path === '/oauth2/exchange' && grant === 'access_token') {
      const isKnown = form.get('access_token') === this.#options.identityToken;
      return isKnown ? { status: 200, body: { refresh_token: this.#issue({ grant_type: 'refresh_token' }) } } : REFUSED;
    }
    if (path === '/oauth2/token' && grant === 'refresh_token') {
      const isGood = this.#isGood(form.get('refresh_token') ?? '');
      return isGood ? { status: 200, body: { access_token: this.#redeem(form.get('scope') ?? '') } } : REFUSED;
    }
    return { status: 404, body: {} };
  }

  /** For a client that pushes. */
  pushToken(repository: string): string {
    return this.#issue({ access: [{ type: 'repository', name: repository, actions: ['pull', 'push'] }] });
  }

  /** Whoever may not pull gets a token that opens nothing. */
  #redeem(scope: string): string {
    const [type = '', name = ''] = scope.split(':');
    const isGranted = scope === `repository:${name}:pull` && this.granted.has(name);
    const access: readonly Access[] = isGranted ? [{ type, name, actions: ['pull'] }] : [];
    return this.#issue({ access });
  }

  #issue(claims: Readonly<Record<string, unknown>>): string {
    const { cert, key } = this.certificate;
    const now = Math.floor(Date.now() / 1000);
    const chain = [new X509Certificate(cert).raw.toString('base64')];
    const signed = [
      { typ: 'JWT', alg: 'ES256', x5c: chain },
      {
        ...{ iss: ISSUER, sub: 'landfall', aud: this.#options.service, jti: randomUUID() },
        ...{ iat: now, nbf: now - 10, exp: now + LIFETIME_SECONDS, ...claims },
      },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const text = signed.join('.');
    const signature = sign('sha256', Buffer.from(text), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  #isGood(refreshToken: string): boolean {
    const [header = '', claims = '', signature = ''] = refreshToken.split('.');
    const { publicKey } = new X509Certificate(this.certificate.cert);
    const isSigned = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    return isSigned && JSON.parse(Buffer.from(claims, 'base64url').toString()).grant_type === 'refresh_token';
  }
}
