// The bearer tokens of this machine: given by the identity endpoint, taken by the management API.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** As long as Azure's. */
const LIFETIME_SECONDS = 86_400;

export interface AccessToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresOn: number;
}

/** Good for as long as this object is; they look like Azure's, a JSON Web Token with an audience. */
export class AccessTokens {
  readonly #secret = randomBytes(32);

  /** @param audience the resource that it is for, like `https://management.azure.com` */
  issue(audience: string, now: number): AccessToken {
    const expiresOn = Math.floor(now / 1000) + LIFETIME_SECONDS;
    const claims = { aud: withoutSlash(audience), exp: expiresOn };
    const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
    return { token: `${signed}.${this.#sign(signed)}`, expiresOn };
  }

  /** Whether it was issued here, for one of these audiences, and still holds. */
  isValid(token: string, audiences: readonly string[], now: number): boolean {
    const [header = '', claims = '', signature = ''] = token.split('.');
    const [given, expected] = [Buffer.from(signature), Buffer.from(this.#sign(`${header}.${claims}`))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return false;
    }
    const { aud, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string; exp: number };
    return audiences.map(withoutSlash).includes(aud) && exp * 1000 > now;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const withoutSlash = (audience: string): string => audience.replace(/\/+$/, '');
