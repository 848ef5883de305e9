import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { RequestHandler } from './http.ts';

export interface WebServer {
  /** Resolves with the port, which is a free one where 0 was asked for. */
  listen(port: number, address: string): Promise<number>;
  /** Takes no more connections, and resolves when the requests in flight are answered to the last byte. */
  close(): Promise<void>;
}

/** As Kestrel does; Node's own five seconds would close connections under a proxy that keeps them. */
const KEEP_ALIVE_MS = 130_000;
const HEADERS_LIMIT_BYTES = 32 * 1024;

export function createWebServer(handle: RequestHandler): WebServer {
  const open = new Set<ServerResponse>();
  let isClosing = false;
  let onDrained = (): void => {};

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADERS_LIMIT_BYTES });
  server.on('request', (request, response) => {
    open.add(response);
    if (isClosing) {
      response.setHeader('connection', 'close');
    }
    response.on('close', () => {
      open.delete(response);
      if (open.size === 0) {
        onDrained();
      }
    });
    void handle(request, response);
  });

  async function close(): Promise<void> {
    isClosing = true;
    for (const response of open) {
      if (!response.headersSent) {
        response.setHeader('connection', 'close');
      }
    }
    // Not `server.close()`: Node's HTTP server also destroys connections whose answer is written but not yet sent.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    if (open.size > 0) {
      await new Promise<void>((resolve) => {
        onDrained = resolve;
      });
    }
    server.closeAllConnections();
    await closed;
  }

  function listen(port: number, address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  return { listen, close };
}
