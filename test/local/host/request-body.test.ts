import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES, readBody } from '../../../src/local/host/request-body.ts';

/** As much of a request as is looked at. */
function requestOf(chunks: string[], contentLength?: number) {
  const headers = contentLength === undefined ? {} : { 'content-length': String(contentLength) };
  const request = Object.assign(new PassThrough(), { headers });
  for (const chunk of chunks) {
    request.write(chunk);
  }
  return request;
}
const read = (request: ReturnType<typeof requestOf>, limitBytes: number) =>
  readBody(request as unknown as IncomingMessage, limitBytes);

describe('a body', () => {
  it('may have 100 MiB', () => {
    expect(BODY_LIMIT_BYTES).toBe(100 * 1024 * 1024);
  });

  it.for([
    { name: 'below the limit is whole', chunks: ['abc', 'd'], expected: 'abcd' },
    { name: 'at the limit is whole', chunks: ['abc', 'de'], expected: 'abcde' },
    { name: 'above the limit is too large', chunks: ['abc', 'def'], expected: 'too-large' },
    { name: 'of nothing is whole', chunks: [], expected: '' },
  ])('$name', async ({ chunks, expected }) => {
    const request = requestOf(chunks);
    request.end();
    const body = await read(request, 5);
    expect(body.type === 'whole' ? body.bytes.toString() : body.type).toBe(expected);
  });

  it.for([
    { name: 'at the limit is waited for', announced: 5, expected: 'whole' },
    { name: 'above the limit is not', announced: 6, expected: 'too-large' },
  ])('announced $name', async ({ announced, expected }) => {
    const request = requestOf([], announced);
    const body = read(request, 5);
    if (expected === 'whole') {
      request.end('abcde');
    }
    expect(await body).toMatchObject({ type: expected });
    expect(request.listenerCount('data') > 0).toBe(expected === 'whole');
  });

  it('whose client goes away is aborted', async () => {
    const request = requestOf(['abc']);
    const body = read(request, 5);
    request.destroy();
    expect(await body).toEqual({ type: 'aborted' });
  });
});
