// A table service that answers as it is told, for what the emulator never does: fail, throttle, and give pages that are
// empty although there are more.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTables } from '../../../src/adapters/table/client.ts';
import type { OpenTable } from '../../../src/adapters/table/table.ts';

export interface Answer {
  /** 0 breaks the connection instead. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** @param request method and path, `GET /account/tags(PartitionKey='…',RowKey='…')` */
type Script = (request: string, index: number) => Answer | 'silence';

export interface ScriptedService {
  readonly tables: OpenTable;
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export const written: Answer = { status: 204, headers: { etag: 'W/"1"' } };

export function refused(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: { 'odata.error': { code, message: { lang: 'en-US', value: `${code}.` } } } };
}

export async function startScriptedService(script: Script): Promise<ScriptedService> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    await request.toArray();
    const text = decodeURIComponent(`${request.method} ${request.url}`);
    requests.push(text);
    answer(request, response, script(text, requests.length - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/account`;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=account;AccountKey=c2VjcmV0;TableEndpoint=${endpoint}`;
  return {
    tables: openTables({ type: 'connection string', connectionString }),
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, given: Answer | 'silence'): void {
  if (given === 'silence') {
    return;
  }
  if (given.status === 0) {
    request.socket.destroy();
    return;
  }
  const { status, headers = {}, body } = given;
  const isJson = typeof body === 'object';
  response.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers });
  response.end(isJson ? JSON.stringify(body) : body);
}
