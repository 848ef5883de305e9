// A real registry that wants tokens, behind one host with the service that gives them, as a replica has it.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Certificate } from '../../src/local/registry/certificate.ts';
import { DockerRegistry } from './docker-registry.ts';
import { ISSUER, TokenService } from './token-service.ts';

export const IDENTITY_TOKEN = 'the-token-of-an-identity';
const SERVICE = 'contoso.azurecr.io';

export class GuardedReplica {
  readonly tokens: TokenService;
  /** What the registry itself was asked, `HEAD 200`, in order. */
  readonly answers: string[] = [];
  readonly #folder: string;
  readonly #certificate: Certificate;
  readonly #front: Server;
  readonly #sockets = new Set<Duplex>();
  #registry: DockerRegistry | undefined;

  static async start(folder: string, certificate: Certificate): Promise<GuardedReplica> {
    const replica = new GuardedReplica(folder, certificate);
    await new Promise<void>((resolve) => replica.#front.listen(0, '127.0.0.1', resolve));
    await replica.trust(certificate);
    return replica;
  }

  private constructor(folder: string, certificate: Certificate) {
    this.#folder = folder;
    this.#certificate = certificate;
    this.tokens = new TokenService({ service: SERVICE, identityToken: IDENTITY_TOKEN, certificate });
    this.#front = createServer({ key: certificate.key, cert: certificate.cert }, (asked, answer) => {
      this.#route(asked, answer).catch(() => asked.socket.destroy());
    });
    this.#front.on('connection', (socket) => this.#sockets.add(socket));
  }

  get host(): string {
    return `127.0.0.1:${(this.#front.address() as AddressInfo | null)?.port ?? 0}`;
  }

  /** Past the token service, for a client that has its token. */
  get registryHost(): string {
    return this.#registry?.host ?? '';
  }

  /** From now on tokens are signed with this one, and those signed with another one are refused. */
  async trust(trusted: Certificate): Promise<void> {
    await this.#registry?.stop();
    this.tokens.certificate = trusted;
    this.#registry = await DockerRegistry.start({
      ...{ folder: path.join(this.#folder, 'registry'), certificate: this.#certificate },
      tokens: { realm: `https://${this.host}/oauth2/token`, service: SERVICE, issuer: ISSUER, trusted },
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#front.close(resolve));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
    await this.#registry?.stop();
  }

  async #route(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname } = new URL(asked.url ?? '', 'https://replica');
    if (pathname.startsWith('/oauth2/')) {
      const { status, body } = this.tokens.answer(pathname, new URLSearchParams(await text(asked)));
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const { method = '', headers } = asked;
    const passedOn = request(`https://${this.registryHost}${asked.url}`, {
      ...{ method, headers, ca: this.#certificate.cert, agent: false },
    });
    asked.pipe(passedOn);
    const [came] = (await once(passedOn, 'response')) as [IncomingMessage];
    this.answers.push(`${method} ${came.statusCode}`);
    answer.writeHead(came.statusCode ?? 502, came.headers);
    came.pipe(answer);
  }
}
