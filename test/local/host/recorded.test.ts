// The local host against the real one: host-probe's app on it has to answer every recorded request in the same way.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningHost, startHost } from '../../../src/local/host/host.ts';

interface Answer {
  request: string;
  status: number;
  headers: Record<string, unknown>;
  bytes: number;
  body: unknown;
}

const probe = path.resolve(import.meta.dirname, '../../fixtures/host-probe');
const recorded: Record<string, Answer> = JSON.parse(readFileSync(path.join(probe, 'recorded.json'), 'utf8'));
const keys = { host: 'the-host-key', master: 'the-master-key' };

/** What recorded.json holds of an answer; the length only where no key, port or time is part of it. */
function comparable({ status, headers, bytes, body }: Answer) {
  const text = JSON.stringify(body);
  return { status, headers, body: text, ...(!/HOST|KEY|MASTER|TIME/.test(text) && { bytes }) };
}

/** README.md of host-probe says why these are not what the real host answered. It allows two more, not needed here. */
const exceptions: Record<string, (answer: Answer) => void> = {
  root: ({ status }) => expect(status).toBe(404),
  'body chunked': ({ body }) => expect(body).toMatchObject({ bodyBytes: 7, bodyStart: '{"a":2}' }),
};

describe('as the real host answers', () => {
  let host: RunningHost;
  let answers: Record<string, Answer> = {};

  beforeAll(async () => {
    host = await startHost({ entry: path.join(probe, 'app/main.js'), port: 0, keys, log: () => {} });
    const script = [path.join(probe, 'record.mjs'), host.url, keys.host, keys.master];
    const { stdout } = await promisify(execFile)(process.execPath, script);
    answers = JSON.parse(stdout);
  });
  afterAll(() => host.close());

  it('to as many requests as were recorded', () => {
    expect(Object.keys(answers)).toEqual(Object.keys(recorded));
    expect(Object.keys(recorded)).toHaveLength(93);
  });

  it.for(Object.keys(recorded).map((name) => ({ name })))('$name', ({ name }) => {
    const [answer, expected] = [answers[name], recorded[name]];
    if (answer === undefined || expected === undefined) {
      throw new Error(`Expected an answer for ${name}, got none`);
    }
    const isAsAgreed = exceptions[name];
    if (isAsAgreed) {
      isAsAgreed(answer);
    } else {
      expect(comparable(answer)).toEqual(comparable(expected));
    }
  });
});
