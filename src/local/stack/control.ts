// The endpoint by which companions (`npm run push`, `npm run subscribe`) and a second `npm start` reach a running
// stack. On loopback, and only for who can read its token.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Parsed } from '../../core/names.ts';
import { type AnyAnnouncementType, parseAnnouncementType } from './announcement-type.ts';

const BODY_LIMIT_BYTES = 64 * 1024;

export interface ControlActions {
  /** What the ready line says, and more that companions need. */
  describe(): object;
  push(body: unknown): Parsed<object>;
  /** Replicas, webhooks and the state of the management API. */
  describeRegistry(): object;
  /** Adds or removes a replica, deletes an image, or switches the management API. */
  orderRegistry(body: unknown): Parsed<object>;
  /** All messages, or those of a type, until `remove` is called. */
  subscribe(type: AnyAnnouncementType | undefined): { readonly name: string; remove(): void };
}

export interface Control {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** From now on more is answered than that this stack is alive. */
  open(actions: ControlActions): void;
  /** Ends the subscriptions of companions too. */
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

export async function startControl(token: string): Promise<Control> {
  let actions: ControlActions | undefined;
  const server = createServer((request, response) => {
    void handle(request, response, token, actions).catch((error: Error) =>
      reply(response, { status: 500, body: { message: error.message } }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: (opened) => {
      actions = opened;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isAllowed(request: IncomingMessage, token: string): boolean {
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  actions: ControlActions | undefined,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://127.0.0.1');
  const asked = `${request.method} ${url.pathname}`;
  if (!isAllowed(request, token)) {
    reply(response, { status: 401, body: { message: 'expected the token of this stack, got another or none' } });
  } else if (asked === 'GET /alive') {
    reply(response, { status: 200, body: { pid: process.pid } });
  } else if (actions === undefined) {
    reply(response, { status: 503, body: { message: 'the local stack is still starting; try again in a moment' } });
  } else if (asked === 'POST /subscriptions') {
    subscribe(response, actions, url.searchParams.get('type'));
  } else {
    reply(response, await answer(asked, request, actions));
  }
}

async function answer(asked: string, request: IncomingMessage, actions: ControlActions): Promise<Reply> {
  switch (asked) {
    case 'GET /stack':
      return { status: 200, body: actions.describe() };
    case 'GET /registry':
      return { status: 200, body: actions.describeRegistry() };
    case 'POST /push':
      return replyOf(actions.push(await readJson(request)));
    case 'POST /registry':
      return replyOf(actions.orderRegistry(await readJson(request)));
    default: {
      const known = 'GET /stack, GET /registry, POST /push, POST /registry or POST /subscriptions';
      return { status: 404, body: { message: `expected ${known}, got ${asked}` } };
    }
  }
}

function replyOf(done: Parsed<object>): Reply {
  return done.type === 'valid' ? { status: 200, body: done.value } : { status: 400, body: { message: done.message } };
}

/** The answer does not end: with the connection ends the subscription, however the companion comes to its end. */
function subscribe(response: ServerResponse, actions: ControlActions, typeText: string | null): void {
  const type = typeText === null ? undefined : parseAnnouncementType(typeText);
  if (type?.type === 'invalid') {
    reply(response, { status: 400, body: { message: type.message } });
    return;
  }
  const { name, remove } = actions.subscribe(type?.value);
  response.once('close', remove);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write(`${JSON.stringify({ name })}\n`);
}

function reply(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** @returns undefined for what is not JSON, or too long */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > BODY_LIMIT_BYTES) {
      return undefined;
    }
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
