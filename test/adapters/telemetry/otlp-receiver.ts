// Receives metrics as an OTLP collector does, on the loopback interface: POST /v1/metrics, protobuf
// (https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto).
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from '../../../src/local/registry/certificate.ts';
import { Message } from './protobuf.ts';

export interface ReceivedPoint {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly buckets?: Readonly<Record<string, number>>;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: 'gauge' | 'counter' | 'up-down counter' | 'histogram';
  readonly points: readonly ReceivedPoint[];
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** How it answers from now on; a function for an answer that is to wait. */
  answer: { status: number; body: Buffer | string } | (() => Promise<void>);
  close(): Promise<void>;
}

/** Any HTTP server that keeps what is posted to it; with a certificate, by HTTPS. */
export async function startReceiver(certificate?: Certificate): Promise<Receiver> {
  const requests: Received[] = [];
  const listener: RequestListener = async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    requests.push({ path: request.url ?? '', headers: request.headers, body });
    const { answer } = receiver;
    if (typeof answer === 'function') {
      await answer();
      response.end();
    } else {
      response.writeHead(answer.status).end(answer.body);
    }
  };
  const server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: { status: 200, body: '' },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}

export interface ReceivedResource {
  readonly resource: Readonly<Record<string, string>>;
  readonly metrics: readonly ReceivedMetric[];
}

export function readOtlp({ body }: Received): readonly ReceivedResource[] {
  return new Message(body).messages(1).map((resourceMetrics) => ({
    resource: attributesOf(resourceMetrics.message(1), 1),
    metrics: resourceMetrics.messages(2).flatMap((scope) => scope.messages(2).map(metricOf)),
  }));
}

function metricOf(metric: Message): ReceivedMetric {
  const told = { name: metric.text(1), description: metric.text(2), unit: metric.text(3) };
  if (metric.has(5)) {
    return { ...told, kind: 'gauge', points: metric.message(5).messages(1).map(numberPoint) };
  }
  if (metric.has(7)) {
    const isMonotonic = metric.message(7).number(3) === 1;
    const points = metric.message(7).messages(1).map(numberPoint);
    return { ...told, kind: isMonotonic ? 'counter' : 'up-down counter', points };
  }
  if (metric.has(9)) {
    return { ...told, kind: 'histogram', points: metric.message(9).messages(1).map(histogramPoint) };
  }
  throw new Error(`expected a gauge, a sum or a histogram, got another kind: ${told.name}`);
}

function numberPoint(point: Message): ReceivedPoint {
  return { attributes: attributesOf(point, 7), value: point.has(4) ? point.double(4) : point.fixed64(6) };
}

/** Buckets by their upper bound, and only those that hold something. */
function histogramPoint(point: Message): ReceivedPoint {
  const counts = point.packed(6, (bytes) => Number(bytes.readBigUInt64LE()));
  const bounds = [...point.packed(7, (bytes) => bytes.readDoubleLE()), Number.POSITIVE_INFINITY];
  const filled = counts.flatMap((count, index) => (count === 0 ? [] : [[String(bounds[index]), count] as const]));
  return {
    attributes: attributesOf(point, 9),
    count: point.fixed64(4),
    sum: point.double(5),
    buckets: Object.fromEntries(filled),
  };
}

function attributesOf(message: Message, field: number): Readonly<Record<string, string>> {
  return Object.fromEntries(message.messages(field).map((pair) => [pair.text(1), pair.message(2).text(1)]));
}
