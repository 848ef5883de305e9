import http from 'node:http';
import type { RunningHost } from '../../../src/local/host/host.ts';

export interface Sent {
  method?: string;
  path: string;
  headers?: http.OutgoingHttpHeaders;
  /** Sent chunk by chunk, without a content-length unless the headers have one. */
  body?: readonly string[];
  /** A connection of its own unless given. */
  agent?: http.Agent;
}

export interface Received {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** No `fetch`, which has its own mind about bodies and headers. */
export function send(
  host: RunningHost,
  { method = 'GET', path, headers = {}, body = [], agent }: Sent,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${host.url}${path}`, { method, headers, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status, headers: answered } = response;
        resolve({ status, headers: answered, body: Buffer.concat(chunks).toString() });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    for (const chunk of body) {
      request.write(chunk);
    }
    request.end();
  });
}
