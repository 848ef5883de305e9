// An HTTP server on loopback that answers as told and keeps what it got.
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class Receiver {
  readonly got: Got[] = [];
  readonly #server = createServer((request, response) => this.#take(request, response));
  readonly #answers: readonly number[];
  readonly #wakers: (() => void)[] = [];

  private constructor(answers: readonly number[]) {
    this.#answers = answers;
  }

  /** @param answers statuses in turn; after the last one, 200. A redirect leads back here. */
  static async start(answers: readonly number[] = []): Promise<Receiver> {
    const receiver = new Receiver(answers);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async until(count: number): Promise<readonly Got[]> {
    while (this.got.length < count) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
    return this.got;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(...[request, response]: Parameters<RequestListener>): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const status = this.#answers[this.got.length] ?? 200;
      this.got.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, status >= 300 && status < 400 ? { location: '/elsewhere' } : {}).end('answered');
      for (const wake of this.#wakers.splice(0)) {
        wake();
      }
    });
  }
}
