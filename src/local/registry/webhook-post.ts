// One delivery as Azure Container Registry makes it: a POST with JSON and the webhook's own headers, 5 s for the answer,
// no retry. https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
import { randomBytes } from 'node:crypto';
import { request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import type { WebhookBody } from './model.ts';

const TIMEOUT_MS = 5_000;
const ANSWER_LIMIT_CHARACTERS = 4_096;

export interface Answer {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** Cut short. */
  readonly body: string;
}

export interface WebhookTarget {
  readonly url: string;
  /** In the custom header `x-functions-key`. */
  readonly key?: string;
  readonly customHeaders?: Readonly<Record<string, string>>;
  /** Made up if absent. */
  readonly traceparent?: string;
}

export const newTraceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;

/** Rejects with an error that says why there is no answer. */
export function postWebhook(target: WebhookTarget, notification: WebhookBody): Promise<Answer> {
  const { url, key, customHeaders, traceparent = newTraceparent() } = target;
  const body = JSON.stringify(notification);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': 'AzureContainerRegistry/1.0',
    traceparent,
    ...(key === undefined ? {} : { 'x-functions-key': key }),
    ...customHeaders,
  };
  return new Promise((resolve, reject) => {
    // A connection for each: several instances of the app, behind one port, get their share.
    const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const request = new URL(url).protocol === 'https:' ? requestByHttps : requestByHttp;
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, ANSWER_LIMIT_CHARACTERS);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ statusCode: response.statusCode ?? 0, reasonPhrase: response.statusMessage ?? '', body: text });
      });
    });
    outgoing.on('error', (error) => {
      const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
      reject(isLate ? new Error(`no answer within ${TIMEOUT_MS / 1000} s`, { cause: error }) : error);
    });
    outgoing.end(body);
  });
}
