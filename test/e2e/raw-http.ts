// HTTP as bytes, on a connection of its own: what a client library would put right goes over the wire as it is.
import { connect } from 'node:net';

export interface RawRequest {
  /** What goes over the wire; it asks for the connection to be closed after the answer. */
  readonly bytes: Buffer;
  /** False: no server has to answer this. */
  readonly isHttp: boolean;
}

export interface RawAnswer {
  readonly status: number | 'closed without an answer' | 'hangs';
  readonly body: string;
}

/** What no server has to answer is followed by the end of the connection. */
export function sendRaw(port: number, { bytes, isHttp }: RawRequest, timeoutMs: number): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setTimeout(timeoutMs, () => {
      resolve({ status: 'hangs', body: '' });
      socket.destroy();
    });
    // A server that has seen enough may drop the connection while there is still more to come.
    socket.on('error', () => {});
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(received).toString('latin1'))));
    if (isHttp) {
      socket.write(bytes);
    } else {
      socket.end(bytes);
    }
  });
}

function parseAnswer(text: string): RawAnswer {
  const final = text.replace(/^HTTP\/1\.1 1\d\d .*\r\n\r\n/, '');
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(final) ?? [];
  return {
    status: status === undefined ? 'closed without an answer' : Number(status),
    body: Buffer.from(final.slice(final.indexOf('\r\n\r\n') + 4), 'latin1').toString('utf8'),
  };
}
