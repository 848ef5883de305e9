// Posts notifications as the registry posts its own
// (https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference#http-headers). Kargo takes
// what comes from a user agent of this name only; nobody else looks.
import type { PushNotification } from '../../core/forward.ts';
import { type NotificationPoster, Unavailable } from '../../usecases/ports.ts';

const USER_AGENT = 'AzureContainerRegistry/1.0 (Landfall)';

/** Address and header hold secrets: neither may get into a message or a log. */
export interface PostAddress {
  readonly name: string;
  readonly url: string;
  readonly header?: { readonly name: string; readonly value: string };
}

export class HttpNotificationPoster implements NotificationPoster {
  readonly #addresses: ReadonlyMap<string, PostAddress>;

  constructor(addresses: readonly PostAddress[]) {
    this.#addresses = new Map(addresses.map((address) => [address.name, address]));
  }

  async post(target: string, notification: PushNotification, signal: AbortSignal): Promise<number> {
    const address = this.#addresses.get(target);
    if (address === undefined) {
      throw new Error(`Expected a target of the configuration, got ${target}`);
    }
    const { url, header } = address;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          ...(header === undefined ? {} : { [header.name]: header.value }),
          'content-type': 'application/json; charset=utf-8',
          'user-agent': USER_AGENT,
        },
        body: JSON.stringify(notification),
        // Followed, a redirect would take the secret to wherever it leads.
        redirect: 'manual',
        signal,
      });
      // What it says besides is not for us, and an unread body keeps the connection.
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      throw new Unavailable(`Expected ${target} to answer, got ${reasonOf(error)}`);
    }
  }
}

/** Messages of `fetch` and of the sockets below it can show the address; codes and names cannot. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') {
    return cause.code;
  }
  return cause instanceof DOMException || cause instanceof Error ? cause.name : 'no answer';
}
