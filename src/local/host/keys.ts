// Who may call what: https://learn.microsoft.com/azure/azure-functions/function-keys-how-to
// A key is compared by its digest and in constant time, so that neither its length nor its first characters leak.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a key is good for; each level includes the ones before it. */
export const AUTH_LEVELS = ['anonymous', 'function', 'admin'] as const;
export type AuthLevel = (typeof AUTH_LEVELS)[number];

export interface HostKeys {
  /** Opens functions of level `function`. */
  host: string;
  /** Opens everything, `/admin` included. */
  master: string;
}

export interface KeyRing {
  /** The level that a given key opens; an unknown or absent one opens what is anonymous. */
  levelOf(key: string | undefined): AuthLevel;
  /** Whether it is the system key of this extension, which opens nothing else. */
  isExtensionKey(extension: string, key: string | undefined): boolean;
}

/**
 * The system key with which an extension's own endpoint is called, for Event Grid
 * `/runtime/webhooks/eventgrid?functionName=NAME&code=KEY`. The real host makes one up and keeps it as
 * `eventgrid_extension`; here it follows from the master key, which cannot be told from it.
 */
export const extensionKey = ({ master }: HostKeys, extension: string): string =>
  createHmac('sha256', master).update(`${extension.toLowerCase()}_extension`).digest('base64url');

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

export function createKeyRing(keys: HostKeys): KeyRing {
  for (const name of ['host', 'master'] as const) {
    if (keys[name] === '') {
      throw new TypeError(`Expected the ${name} key to be a non-empty string, got ""`);
    }
  }
  const [host, master] = [digest(keys.host), digest(keys.master)];
  return {
    levelOf(key) {
      if (key === undefined) {
        return 'anonymous';
      }
      const given = digest(key);
      const [isHost, isMaster] = [timingSafeEqual(given, host), timingSafeEqual(given, master)];
      return isMaster ? 'admin' : isHost ? 'function' : 'anonymous';
    },
    isExtensionKey: (extension, key) =>
      key !== undefined && timingSafeEqual(digest(key), digest(extensionKey(keys, extension))),
  };
}

export const isAllowed = (required: AuthLevel, level: AuthLevel): boolean =>
  AUTH_LEVELS.indexOf(level) >= AUTH_LEVELS.indexOf(required);
