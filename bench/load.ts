// The load generator: so many requests in flight over as many kept connections, and little else, because it shares the
// cores with what it measures.
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { percentile } from './statistics.ts';

export const IN_FLIGHT = 32;
/** Any longer and something hangs that a figure must not hide. */
const TIMEOUT_MS = 30_000;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer;
  /** Status of the answer. */
  readonly expected: number;
}

export interface Load {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** How often another answer than the expected one came, by status. */
  readonly unexpected: Readonly<Record<number, number>>;
}

/** Makes the calls in this order, each when one of those before it has been answered. */
export async function load(url: string, calls: readonly Call[]): Promise<Load> {
  return await loadAll(calls.map((call) => ({ url, call })));
}

/** The same for calls that go to several servers. */
export async function loadAll(addressed: readonly { readonly url: string; readonly call: Call }[]): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT, scheduling: 'fifo' });
  const latencies = new Float64Array(addressed.length);
  const unexpected: Record<number, number> = {};
  let next = 0;
  const strand = async () => {
    for (let index = next++; index < addressed.length; index = next++) {
      const { url, call } = addressed[index] as { url: string; call: Call };
      const startedAt = performance.now();
      const status = await send(agent, url, call);
      latencies[index] = performance.now() - startedAt;
      if (status !== call.expected) {
        unexpected[status] = (unexpected[status] ?? 0) + 1;
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, strand)).finally(() => agent.destroy());
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort();
  return {
    calls: addressed.length,
    perSecond: addressed.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    unexpected,
  };
}

function send(agent: Agent, url: string, { method, path, headers, body }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = addressOf(url);
    const outgoing = request({ agent, hostname, port, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('timeout', () => {
      outgoing.destroy(new Error(`expected an answer to ${method} ${path} within ${TIMEOUT_MS} ms, got none`));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const addresses = new Map<string, { readonly hostname: string; readonly port: string }>();

function addressOf(url: string) {
  let address = addresses.get(url);
  if (address === undefined) {
    const { hostname, port } = new URL(url);
    address = { hostname, port };
    addresses.set(url, address);
  }
  return address;
}
