// One request to a replica and its answer. Always TLS; redirects are not followed, so that what is sent to a host stays
// there. Built on the platform, because a cold start loads it: no package, and a test can say whom to trust.
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { Unreadable } from './management-errors.ts';

export interface ReplicaQuestion {
  readonly method: 'HEAD' | 'GET' | 'POST';
  /** `contoso.westeurope.geo.azurecr.io`, with a port where it is not 443. */
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface ReplicaAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A longer answer is not read: the registry itself takes no manifest above this. */
export const LONGEST_BODY = 4 * 1024 * 1024;

/** Well below the time after which Azure's load balancers forget a connection without a word. */
const IDLE_MS = 30_000;

export class ReplicaHttps {
  readonly #agent: Agent;
  readonly #ca: string | undefined;

  /** @param ca whom to trust instead of the usual ones */
  constructor(ca?: string) {
    this.#ca = ca;
    this.#agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  }

  /** Rejects with the platform's error if there is no answer, with `Unreadable` if it is too long. */
  async ask(question: ReplicaQuestion, signal: AbortSignal): Promise<ReplicaAnswer> {
    const sent = this.#send(question, signal, this.#agent);
    try {
      return await answerTo(sent);
    } catch (error) {
      if (!sent.reusedSocket || !isReset(error)) {
        throw error;
      }
      // The connection was kept from an earlier request, and the other side has closed it since.
      return await answerTo(this.#send(question, signal, false));
    }
  }

  #send({ method, host, path, headers, form }: ReplicaQuestion, signal: AbortSignal, agent: Agent | false) {
    const sent = request(`https://${host}${path}`, {
      ...{ method, signal, agent },
      headers: {
        'user-agent': 'landfall',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    });
    // Who asks hears of it by `answerTo`; what comes after the answer's head concerns its body.
    sent.on('error', () => undefined);
    sent.end(form && new URLSearchParams(form).toString());
    return sent;
  }
}

async function answerTo(sent: ReturnType<typeof request>): Promise<ReplicaAnswer> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) {
      throw new Unreadable([`longer than ${LONGEST_BODY} bytes`]);
    }
    chunks.push(chunk);
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
}

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
