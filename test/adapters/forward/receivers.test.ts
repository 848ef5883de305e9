// What the tools that take the registry's webhook read from it, each as its source says, applied to our notification.
import { describe, expect, it } from 'vitest';
import { parseCompletedEvent } from '../../../src/adapters/forward/completed-event.ts';
import { HttpNotificationPoster } from '../../../src/adapters/forward/poster.ts';
import { toMessage } from '../../../src/adapters/service-bus/message.ts';
import { toPushNotification } from '../../../src/core/forward.ts';
import { digestA, MANIFEST_MEDIA_TYPE, webTag } from '../../builders.ts';
import { announcementOfType } from '../service-bus/announcements.ts';
import { type Got, Receiver } from './receiver.ts';

/** The answer, and what the tool goes on with. */
type Parsed = { readonly status: number; readonly read?: unknown };
type Body = { readonly [key: string]: unknown };

/** A Go field of type string: absent is empty, another type fails the whole body. */
function text(object: unknown, key: string): string {
  const value = (object as Body | undefined)?.[key] ?? '';
  if (typeof value !== 'string') {
    throw new TypeError(`cannot unmarshal ${key}`);
  }
  return value;
}

/** fluxcd/notification-controller, internal/server/receiver_handlers.go (030df757), `case apiv1.ACRReceiver`. */
function flux({ body }: Got): Parsed {
  const payload = JSON.parse(body) as Body;
  text(payload, 'action');
  return { status: 200, read: [text(payload['target'], 'repository'), text(payload['target'], 'tag')] };
}

/** akuity/kargo, pkg/webhook/external/azure.go (0a6f1108): getHandler and handleACREvent. */
function kargo({ headers, body }: Got): Parsed {
  if (!headers['user-agent']?.startsWith('AzureContainerRegistry')) {
    return { status: 400 };
  }
  const event = JSON.parse(body) as Body;
  const { target, request } = event;
  return text(event, 'action') === 'push'
    ? {
        status: 200,
        read: [
          `${text(request, 'host')}/${text(target, 'repository')}`,
          text(target, 'mediaType'),
          text(target, 'tag'),
        ],
      }
    : { status: 400 };
}

/** argoproj-labs/argocd-image-updater, pkg/webhook/acr.go: Parse, the same in a8432c8e and 5ebe1dfe. */
function parseForArgo(got: Got): Parsed {
  const payload = JSON.parse(got.body) as Body;
  const { target, request } = payload;
  for (const key of ['size', 'length']) {
    const value = (target as Body)[key] ?? 0;
    if (!Number.isInteger(value)) {
      throw new TypeError(`cannot unmarshal ${key}`);
    }
  }
  text(request, 'id');
  text(request, 'method');
  if (text(payload, 'action') !== 'push' || text(target, 'repository') === '') {
    return { status: 400 };
  }
  const read = [text(request, 'host'), text(target, 'repository'), text(target, 'tag'), text(target, 'digest')];
  return { status: 200, read };
}

/** The same file at a8432c8e: Validate takes the secret from the header Authorization, and JSON only. */
function argoByHeader(got: Got): Parsed {
  const isJson = got.headers['content-type']?.includes('application/json');
  return got.method === 'POST' && isJson && got.headers.authorization === 'Basic c2VjcmV0'
    ? parseForArgo(got)
    : { status: 400 };
}

/** At 5ebe1dfe: from the query. */
function argoByQuery(got: Got): Parsed {
  const query = new URL(got.url ?? '', 'http://host').searchParams;
  return got.method === 'POST' && query.get('secret') === 'c2VjcmV0' ? parseForArgo(got) : { status: 400 };
}

async function delivered(query = ''): Promise<Got> {
  const message = toMessage(webTag, announcementOfType('replication.completed'), { loginServer: 'contoso.azurecr.io' });
  const event = parseCompletedEvent(message.body);
  if (event.type !== 'completed') {
    throw new Error(`expected a completed push, got ${event.type}`);
  }
  const receiver = await Receiver.start();
  const header = { name: 'Authorization', value: 'Basic c2VjcmV0' };
  const poster = new HttpNotificationPoster([{ name: 'tool', url: `${receiver.url}${query}`, header }]);
  await poster.post('tool', toPushNotification(event.push), AbortSignal.timeout(5_000));
  await receiver.close();
  const [got] = receiver.got;
  if (got === undefined) {
    throw new Error('expected a request, got none');
  }
  return got;
}

describe('a notification of ours', () => {
  const argo = ['contoso.azurecr.io', 'public/products/web', '1.2', digestA];
  it.for([
    { name: 'Flux', parse: flux, query: '', expected: ['public/products/web', '1.2'] },
    {
      name: 'Kargo',
      parse: kargo,
      query: '',
      expected: ['contoso.azurecr.io/public/products/web', MANIFEST_MEDIA_TYPE, '1.2'],
    },
    { name: 'Argo CD Image Updater, secret in a header', parse: argoByHeader, query: '?type=acr', expected: argo },
    {
      name: 'Argo CD Image Updater, secret in the query',
      parse: argoByQuery,
      query: '?type=acr&secret=c2VjcmV0',
      expected: argo,
    },
  ])('is taken by $name', async ({ parse, query, expected }) => {
    expect(parse(await delivered(query))).toEqual({ status: 200, read: expected });
  });
});
