// A replica that answers what a test says, over TLS, and remembers what it was asked.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ReplicaManifests, type ReplicaManifestsOptions } from '../../src/adapters/acr/replica-manifests.ts';
import type { Region, Registry, Repository, Tag, TagName } from '../../src/core/names.ts';
import { type Certificate, newCertificate } from '../../src/local/registry/certificate.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type Script = (asked: Asked) => Answer | 'no answer' | 'reset';

export const DIGEST = `sha256:${'a1'.repeat(32)}`;
export const HELD: Answer = { headers: { 'docker-content-digest': DIGEST } };
export const web: TagName = {
  ...{ registry: 'contoso' as Registry, repository: 'public/products/web' as Repository, tag: '1.2' as Tag },
};
export const westEurope = 'westeurope' as Region;
export const inTime = () => AbortSignal.timeout(20_000);

/** Made once: it takes longer than a test. */
const certificate = newCertificate(Date.now());

export class ScriptedReplica {
  readonly asked: Asked[] = [];
  readonly tokensAskedFor: unknown[] = [];
  script: Script;
  readonly #server: Server;
  readonly #ca: string;
  readonly #sockets = new Set<Duplex>();

  static async start(script: Script): Promise<ScriptedReplica> {
    const started = new ScriptedReplica(await certificate, script);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  private constructor({ key, cert }: Certificate, script: Script) {
    this.#ca = cert;
    this.script = script;
    this.#server = createServer({ key, cert }, async (request, response) => {
      const { method = '', url = '', headers } = request;
      const form = Object.fromEntries(new URLSearchParams(await text(request)));
      const asked = { method, path: url, authorization: headers.authorization, accept: headers.accept, form };
      this.asked.push(asked);
      const answer = this.script(asked);
      if (answer === 'reset') {
        request.socket.destroy();
      } else if (answer !== 'no answer') {
        response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
      }
    });
    this.#server.on('connection', (socket) => this.#sockets.add(socket));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo | null)?.port ?? 0}`;
  }

  /** `HEAD /v2/…`, in order. */
  get questions(): readonly string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  manifests(options: Partial<ReplicaManifestsOptions> = {}): ReplicaManifests {
    const getToken = async (scopes: string | string[]) => {
      this.tokensAskedFor.push(scopes);
      return { token: 'identity-token', expiresOnTimestamp: Date.now() + 3_600_000 };
    };
    return new ReplicaManifests({
      loginServer: () => 'contoso.azurecr.io',
      ...{ credential: { getToken }, hostOf: () => this.host, tlsOptions: { ca: this.#ca } },
      ...options,
    });
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
