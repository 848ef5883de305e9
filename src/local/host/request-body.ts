import type { IncomingMessage } from 'node:http';

/** The real host's limit of a request body: 100 MiB. */
export const BODY_LIMIT_BYTES = 104_857_600;

export type RequestBody = { type: 'whole'; bytes: Buffer } | { type: 'too-large' } | { type: 'aborted' };

/** Never holds more than the limit; a body that announces more isn't read at all. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<RequestBody> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    return Promise.resolve({ type: 'too-large' });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const take = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) {
        request.off('data', take);
        chunks.length = 0;
        resolve({ type: 'too-large' });
        return;
      }
      chunks.push(chunk);
    };
    request.on('data', take);
    request.on('end', () => {
      const [first] = chunks;
      resolve({ type: 'whole', bytes: chunks.length === 1 && first ? first : Buffer.concat(chunks) });
    });
    request.on('close', () => resolve({ type: 'aborted' }));
    request.on('error', () => resolve({ type: 'aborted' }));
  });
}
