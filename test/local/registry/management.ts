// A management API to ask, by the SDK that the app uses.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import { afterEach } from 'vitest';
import type { EventTime } from '../../../src/core/instant.ts';
import type { Digest, Repository, Tag } from '../../../src/core/names.ts';
import { SUBSCRIPTION } from '../../../src/local/registry/arm.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import {
  type ManagementApi,
  type ManagementApiOptions,
  startManagementApi,
} from '../../../src/local/registry/management-api.ts';
import { type Notification, type RegistryModel, recordDelivery } from '../../../src/local/registry/model.ts';

export const GROUP = 'registries';
export const REGISTRY = 'contoso';

export interface ManagementWorld {
  readonly model: RegistryModel;
  readonly api: ManagementApi;
  readonly client: ContainerRegistryManagementClient;
  readonly requests: string[];
  /** What is asked for, below the registry; `api-version` is added. */
  ask(below: string, init?: AskInit): Promise<Answer>;
}

export interface AskInit {
  readonly method?: string;
  readonly body?: unknown;
  /** Of the header Authorization; a good one unless given. */
  readonly authorization?: string;
  readonly query?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Record<string, unknown>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
});

/** Ends with the test. */
export async function startManagement(options: Partial<ManagementApiOptions> = {}): Promise<ManagementWorld> {
  const { model = newContoso() } = options;
  const requests: string[] = [];
  const api = await startManagementApi({
    ...{ model, onChange: () => {} },
    onRequest: ({ method, path: asked }) => requests.push(`${method} ${asked.split('/registries/contoso')[1]}`),
    ...options,
  });
  closers.push(() => api.close());
  const client = new ContainerRegistryManagementClient(api.credential, SUBSCRIPTION, {
    endpoint: api.url,
    tlsOptions: { ca: api.ca },
    retryOptions: { maxRetries: 0 },
  });
  return { ...{ model, api, client, requests }, ask: (below, init) => ask(api, below, init) };
}

async function ask(api: ManagementApi, below: string, init: AskInit = {}): Promise<Answer> {
  const { method = 'GET', body, query = 'api-version=2025-11-01' } = init;
  const { authorization = `Bearer ${(await api.credential.getToken()).token}` } = init;
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}`;
  const url = `${api.url}${group}/providers/Microsoft.ContainerRegistry/registries/${REGISTRY}${below}?${query}`;
  return await new Promise((resolve, reject) => {
    const outgoing = request(url, { method, ca: api.ca, agent: false, headers: { authorization } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const headers = response.headers as Record<string, string>;
        resolve({ status: response.statusCode ?? 0, headers, body: text === '' ? {} : JSON.parse(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
  });
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

/** An answer of Azure, with names changed. */
export function recorded(name: string) {
  return JSON.parse(readFileSync(path.resolve(`test/fixtures/arm/${name}.json`), 'utf8'));
}

/** Its nanoseconds are its number. */
export function notification(number: number): Notification {
  return {
    ...{ id: `n${number}`, action: 'push' },
    timestamp: `2026-11-17T16:52:01.${String(number).padStart(9, '0')}Z` as EventTime,
    target: {
      ...{ mediaType: 'a/b', size: 1, length: 1, digest: 'sha256:0' as Digest },
      ...{ repository: 'web' as Repository, tag: '1' as Tag },
    },
    request: { id: 'r', host: 'contoso.azurecr.io', method: 'PUT', useragent: 'docker/28.0' },
  };
}

/** The registry remembers that this webhook delivered these notifications. */
export function remember(model: RegistryModel, webhookName: string, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) {
    recordDelivery(model, webhookName, {
      ...{ at: number, notification: notification(number), requestUri: 'https://landfall.example/api' },
      ...{ traceparent: '00-0-0-00', statusCode: '202', reasonPhrase: 'Accepted' },
    });
  }
}
