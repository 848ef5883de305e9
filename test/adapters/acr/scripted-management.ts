// A management API that answers what a test says, over TLS as the SDK wants it, and remembers what it was asked.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { ManagementApi } from '../../../src/adapters/acr/management.ts';
import type { Registry } from '../../../src/core/names.ts';
import { type Certificate, newCertificate } from '../../../src/local/registry/certificate.ts';

export interface Asked {
  readonly method: string;
  /** Behind the registry's resource id, `/webhooks`; without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is. */
  readonly body?: unknown;
}

export type Script = (asked: Asked) => Answer | 'no answer' | 'reset';

export const contoso = 'contoso' as Registry;
export const RESOURCE_ID =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/registries/providers/Microsoft.ContainerRegistry/registries/contoso';

export const inTime = () => AbortSignal.timeout(20_000);

export function armFixture<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(`test/fixtures/arm/${name}.json`, 'utf8')) as T;
}

export const NOT_FOUND: Answer = {
  status: 404,
  body: { error: { code: 'ResourceNotFound', message: 'The Resource was not found.' } },
};

/** Made once: it takes longer than a test. */
const certificate = newCertificate(Date.now());

export class ScriptedManagement {
  readonly asked: Asked[] = [];
  readonly tokensAskedFor: unknown[] = [];
  readonly #server;
  readonly #ca: string;
  readonly #sockets = new Set<Duplex>();
  readonly #hanging = Promise.withResolvers<void>();
  readonly #cutOff = Promise.withResolvers<void>();

  static async start(script: Script): Promise<ScriptedManagement> {
    const started = new ScriptedManagement(await certificate, script);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  private constructor({ key, cert }: Certificate, script: Script) {
    this.#ca = cert;
    this.#server = createServer({ key, cert }, (request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? '', this.url);
      const path = pathname.replace(RESOURCE_ID, '');
      const asked = { method: request.method ?? '', path, query, authorization: request.headers.authorization };
      this.asked.push(asked);
      const answer = script(asked);
      if (answer === 'reset') {
        request.socket.destroy();
        return;
      }
      if (answer === 'no answer') {
        request.once('close', () => this.#cutOff.resolve());
        this.#hanging.resolve();
        return;
      }
      const { status = 200, headers, body } = answer;
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    this.#server.on('connection', (socket) => this.#sockets.add(socket));
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo | null)?.port ?? 0}`;
  }

  /** A request has come that gets no answer. */
  get hanging(): Promise<void> {
    return this.#hanging.promise;
  }

  /** Whoever sent it waits no longer. */
  get cutOff(): Promise<void> {
    return this.#cutOff.promise;
  }

  get endpoint() {
    const getToken = async (scopes: string | string[]) => {
      this.tokensAskedFor.push(scopes);
      return { token: 'test-token', expiresOnTimestamp: Date.now() + 3_600_000 };
    };
    return { endpoint: this.url, credential: { getToken }, tlsOptions: { ca: this.#ca } };
  }

  api(resourceId: string | undefined = RESOURCE_ID): ManagementApi {
    return new ManagementApi({ registries: () => resourceId, ...this.endpoint });
  }

  /** Those who are still connecting are cut off too. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }
}
