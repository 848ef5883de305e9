// Asks the management API with its SDK, in such a way that every request of a call, those for further pages too, ends by
// the call's signal, a refusal keeps what it said, and what the SDK would cut short can be read as it came.
import { AsyncLocalStorage } from 'node:async_hooks';
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import type { AccessToken, TokenCredential } from '@azure/identity';
import { endedBy } from '../ended-by.ts';
import type { RegistryAddress } from './management-address.ts';
import { firstLine, type Question, Refusal, TokenFailure, toPortError, Unreadable } from './management-errors.ts';

export interface ManagementEndpoint {
  /** `https://management.azure.com`, a sovereign cloud's, or that of this machine. */
  readonly endpoint: string;
  readonly credential: TokenCredential;
  /** Whom to trust besides the usual ones. */
  readonly tlsOptions?: { readonly ca: string };
}

/** A registry to be asked: the SDK's operations, and the two names that they take first. */
export interface RegistryHandle
  extends Pick<ContainerRegistryManagementClient, 'registries' | 'replications' | 'webhooks'> {
  readonly names: readonly [resourceGroup: string, registry: string];
}

/** What a request that the SDK makes belongs to. */
interface Exchange {
  readonly signal: AbortSignal;
  /** Given the body of a page; what it returns is what the SDK gets. */
  readonly takePage?: (body: string | null | undefined) => string;
}

interface Pages {
  byPage(): { next(): Promise<{ done?: boolean | undefined }> };
}

type Policy = Parameters<ContainerRegistryManagementClient['pipeline']['addPolicy']>[0];

export class ManagementConnection {
  readonly #endpoint: ManagementEndpoint;
  readonly #clients = new Map<string, ContainerRegistryManagementClient>();
  /** The SDK does not hand its options on to the requests for further pages. */
  readonly #exchanges = new AsyncLocalStorage<Exchange>();

  constructor(endpoint: ManagementEndpoint) {
    this.#endpoint = endpoint;
  }

  /** Rejects with `Throttled`, `Forbidden` or `Unavailable`. */
  async ask<T>(
    address: RegistryAddress,
    question: Question,
    work: (registry: RegistryHandle) => Promise<T>,
  ): Promise<T> {
    const { signal } = question;
    return await this.#converse({ signal }, question, () => work(this.#handle(address)));
  }

  /** The entries of a list as they came, page by page; the next page is read when it is asked for. Rejects as `ask`. */
  async *pages(
    address: RegistryAddress,
    question: Question,
    list: (registry: RegistryHandle) => Pages,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    const pages = list(this.#handle(address)).byPage();
    for (;;) {
      let entries: readonly unknown[] = [];
      const takePage = (body: string | null | undefined) => {
        const page = readPage(body);
        entries = page.value;
        return JSON.stringify({ value: [], nextLink: page.nextLink });
      };
      const { done } = await this.#converse({ signal: question.signal, takePage }, question, () => pages.next());
      if (done === true) {
        return;
      }
      yield entries;
    }
  }

  async #converse<T>(exchange: Exchange, question: Question, work: () => Promise<T>): Promise<T> {
    try {
      exchange.signal.throwIfAborted();
      return await endedBy(this.#exchanges.run(exchange, work), exchange.signal);
    } catch (error) {
      throw toPortError(error, question);
    }
  }

  #handle({ subscriptionId, resourceGroup, resourceName }: RegistryAddress): RegistryHandle {
    const client = this.#clients.get(subscriptionId) ?? this.#open(subscriptionId);
    this.#clients.set(subscriptionId, client);
    const { registries, replications, webhooks } = client;
    return { registries, replications, webhooks, names: [resourceGroup, resourceName] };
  }

  #open(subscriptionId: string): ContainerRegistryManagementClient {
    const { endpoint, credential, tlsOptions } = this.#endpoint;
    const client = new ContainerRegistryManagementClient(explained(credential), subscriptionId, {
      endpoint: endpoint.replace(/\/+$/, ''),
      // Whoever asked decides what is worth a second try, and when.
      retryOptions: { maxRetries: 0 },
      ...(tlsOptions && { tlsOptions }),
    });
    client.pipeline.addPolicy(this.#policy(), { beforePolicies: ['bearerTokenAuthenticationPolicy'] });
    return client;
  }

  #policy(): Policy {
    return {
      name: 'exchange',
      sendRequest: async (request, next) => {
        const exchange = this.#exchanges.getStore();
        if (exchange !== undefined) {
          request.abortSignal = exchange.signal;
        }
        const response = await next(request).catch((error: unknown) => {
          if (!isReset(error)) {
            throw error;
          }
          // The connection was kept from an earlier request, and the other side has closed it since.
          request.disableKeepAlive = true;
          return next(request);
        });
        if (response.status >= 400) {
          throw new Refusal(response.status, response.bodyAsText, response.headers.get('retry-after'));
        }
        return exchange?.takePage === undefined
          ? response
          : { ...response, bodyAsText: exchange.takePage(response.bodyAsText) };
      },
    };
  }
}

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

function readPage(body: string | null | undefined): { value: readonly unknown[]; nextLink: unknown } {
  const page = JSON.parse(body ?? '') as { value?: unknown; nextLink?: unknown } | null;
  if (!Array.isArray(page?.value)) {
    throw new Unreadable(['expected a list in "value"']);
  }
  return { value: page.value, nextLink: page.nextLink };
}

/** Tells a token that could not be had from an answer that could not be read. */
function explained(credential: TokenCredential): TokenCredential {
  return {
    getToken: async (scopes, options) => {
      let token: AccessToken | null;
      try {
        token = await credential.getToken(scopes, options);
      } catch (error) {
        const reason =
          error instanceof Error ? `${error.name}: ${firstLine(error.message).replace(/\.$/, '')}` : String(error);
        throw new TokenFailure(`no token: ${reason}`, { cause: error });
      }
      if (token === null) {
        throw new TokenFailure('no token');
      }
      return token;
    },
  };
}
