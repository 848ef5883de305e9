// The registry's management API on loopback, as Azure Resource Manager serves it: over TLS, for bearer tokens only.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessTokens } from './access-tokens.ts';
import { armTime } from './arm.ts';
import { type ArmAnswer, badRequest, refusal } from './arm-answer.ts';
import { newCertificate } from './certificate.ts';
import { deliver } from './deliver.ts';
import { type ManagementFault, ManagementFaults } from './management-faults.ts';
import { answerArm, remainingHeader } from './management-request.ts';
import type { PingNotification, RegistryModel } from './model.ts';
import { RemainingRequests } from './remaining-requests.ts';
import { READY_AFTER_MS, settleReplicas } from './replicas.ts';

const BODY_LIMIT_CHARACTERS = 64 * 1024;
const EVENTS_PAGE_SIZE = 100;
/** Tokens for Azure itself are taken too, as the app may ask for them whatever its endpoint. */
const AZURE = ['https://management.azure.com', 'https://management.core.windows.net'];

export interface ManagementApiOptions {
  readonly model: RegistryModel;
  /** Called after each request that may have changed the model. */
  readonly onChange: () => void;
  /** Whose tokens are taken; of its own unless given. */
  readonly tokens?: AccessTokens;
  /** How long a replica is being created; 5 s unless given. */
  readonly readyAfterMs?: number;
  /** Of a webhook's events; 100 unless given. */
  readonly eventsPageSize?: number;
  /** Told of each request before it is answered, also of those that are refused. */
  readonly onRequest?: (request: { readonly method: string; readonly path: string }) => void;
  readonly onFault?: (fault: ManagementFault) => void;
}

export interface ManagementApi {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM of what a client has to trust. */
  readonly ca: string;
  readonly faults: ManagementFaults;
  /** For clients in this process. */
  readonly credential: { getToken(): Promise<{ token: string; expiresOnTimestamp: number }> };
  /** Resolves when pings on their way are answered too. */
  close(): Promise<void>;
}

export async function startManagementApi(options: ManagementApiOptions): Promise<ManagementApi> {
  const { tokens = new AccessTokens(), onFault = () => {} } = options;
  const { cert, key } = await newCertificate(Date.now());
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key });
  const faults = new ManagementFaults((fault) => {
    if (fault.mode === 'off') {
      for (const socket of sockets) {
        socket.resetAndDestroy();
      }
    }
    onFault(fault);
  });
  server.on('connection', (socket: Socket) => {
    if (faults.current.mode === 'off') {
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = new Handler(options, { url, tokens, faults });
  server.on('request', (request, response) => {
    // Fails only where the client has gone, or was reset.
    handler.handle(request, response).catch(() => response.destroy());
  });
  return {
    ...{ url, ca: cert, faults },
    credential: {
      getToken: async () => {
        const { token, expiresOn } = tokens.issue(url, Date.now());
        return { token, expiresOnTimestamp: expiresOn * 1000 };
      },
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await handler.pingsAnswered();
    },
  };
}

interface Parts {
  readonly url: string;
  readonly tokens: AccessTokens;
  readonly faults: ManagementFaults;
}

class Handler {
  readonly #options: ManagementApiOptions;
  readonly #parts: Parts;
  readonly #remaining = new RemainingRequests();
  readonly #pings = new Set<Promise<void>>();

  constructor(options: ManagementApiOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', this.#parts.url);
    this.#options.onRequest?.({ method, path: url.pathname });
    const body = await readJson(request);
    await sleep(this.#parts.faults.current.delayMs ?? 0);
    const answer = this.#isAllowed(headers.authorization) ? this.#answer(method, url, body) : unauthorized();
    const remaining = { [remainingHeader(method)]: String(this.#remaining.after(method, Date.now())) };
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'x-ms-request-id': randomUUID(),
      ...remaining,
      ...answer.headers,
    });
    response.end(text);
  }

  async pingsAnswered(): Promise<void> {
    await Promise.all(this.#pings);
  }

  #isAllowed(authorization = ''): boolean {
    const { tokens, url } = this.#parts;
    return /^Bearer /i.test(authorization) && tokens.isValid(authorization.slice(7), [url, ...AZURE], Date.now());
  }

  #answer(method: string, { pathname: path, searchParams: query }: URL, body: unknown): ArmAnswer {
    const { model, onChange, readyAfterMs = READY_AFTER_MS, eventsPageSize = EVENTS_PAGE_SIZE } = this.#options;
    const { url, faults } = this.#parts;
    if (body === NOT_JSON) {
      return badRequest('expected JSON');
    }
    const now = Date.now();
    settleReplicas(model, now);
    const ping = (name: string) => this.#ping(name);
    const call = { model, query, body, now, url, fault: faults.current, readyAfterMs, eventsPageSize, ping };
    const answer = answerArm({ method, path }, call);
    if (method !== 'GET') {
      onChange();
    }
    return answer;
  }

  #ping(webhookName: string): string {
    const { model, onChange } = this.#options;
    const notification: PingNotification = { id: randomUUID(), timestamp: armTime(Date.now()), action: 'ping' };
    const webhook = model.webhooks.find(({ name }) => name === webhookName);
    if (webhook !== undefined) {
      const posted = deliver(model, webhook, notification).then(onChange);
      this.#pings.add(posted);
      void posted.finally(() => this.#pings.delete(posted));
    }
    return notification.id;
  }
}

function unauthorized(): ArmAnswer {
  const message = "The access token is missing or invalid: expected one of this machine's identity endpoint.";
  const challenge = 'Bearer error="invalid_token", error_description="The access token is missing or invalid."';
  return refusal(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': challenge });
}

const NOT_JSON = Symbol('not JSON');

/** @returns undefined for none, NOT_JSON for something else, or too much */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BODY_LIMIT_CHARACTERS) {
      return NOT_JSON;
    }
  }
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
