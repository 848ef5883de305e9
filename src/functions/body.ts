import type { HttpRequest } from '@azure/functions';

/** ACR's notifications are about 1 KB; a tag and a repository of the greatest length make 3 KB. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** Reads a body up to the limit and not a chunk more. @returns 'too large' for what exceeds it */
export async function readBody(request: HttpRequest, limitBytes = BODY_LIMIT_BYTES): Promise<Uint8Array | 'too large'> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) {
    return 'too large';
  }
  if (request.body === null) {
    return new Uint8Array();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limitBytes) {
      return 'too large';
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}
