// Stands between the app and Table Storage and notes every request: what goes over the wire counts, not what a client
// believes that it asked.
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Storage } from './processes.ts';

export interface Operation {
  readonly method: string;
  /** Name of the table, or `Tables` for the creation of one. */
  readonly table: string;
}

export interface StorageProxy extends Storage {
  /** Since the last time. */
  take(): readonly Operation[];
  close(): void;
}

export async function startStorageProxy({ connectionString, pid }: Storage): Promise<StorageProxy> {
  const endpoint = /TableEndpoint=(?<url>[^;]+)/.exec(connectionString)?.groups?.['url'] ?? '';
  const { hostname, port: storagePort } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true });
  let operations: Operation[] = [];
  const server = createServer((incoming, outgoing) => {
    operations.push({ method: incoming.method ?? '', table: tableOf(incoming.url ?? '') });
    forward(incoming, outgoing, { agent, hostname, port: storagePort });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    pid,
    connectionString: connectionString.replace(`:${storagePort}/`, `:${port}/`),
    take: () => {
      const taken = operations;
      operations = [];
      return taken;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: { readonly agent: Agent; readonly hostname: string; readonly port: string },
): void {
  const { method = '', url = '', headers } = incoming;
  const onward = request({ ...target, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

/** `/devstoreaccount1/tags(PartitionKey='…',RowKey='…')` */
function tableOf(url: string): string {
  return /^\/[^/]+\/(?<table>\$?\w+)/.exec(url)?.groups?.['table'] ?? url;
}
