import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpNotificationPoster } from '../../../src/adapters/forward/poster.ts';
import { toPushNotification } from '../../../src/core/forward.ts';
import { Unavailable } from '../../../src/usecases/ports.ts';
import { digestA } from '../../builders.ts';
import { Receiver } from './receiver.ts';

const notification = toPushNotification({
  ...{ id: 'web-1', completedAt: '2026-08-21T12:00:03.000Z', loginServer: 'contoso.azurecr.io' },
  ...{ repository: 'public/products/web', tag: '1.2', digest: digestA },
});
const signal = new AbortController().signal;
const receivers: Receiver[] = [];
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function open(answers: readonly number[] = []) {
  const receiver = await Receiver.start(answers);
  receivers.push(receiver);
  const header = { name: 'Authorization', value: 'Bearer hunter2' };
  return { receiver, poster: new HttpNotificationPoster([{ name: 'argo', url: `${receiver.url}?type=acr`, header }]) };
}

describe('posting a notification', () => {
  it('looks as if the registry posted it, with the header of the target', async () => {
    const { receiver, poster } = await open();
    expect(await poster.post('argo', notification, signal)).toBe(200);
    expect(receiver.got).toMatchObject([
      {
        method: 'POST',
        url: '/hook?type=acr',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': expect.stringMatching(/^AzureContainerRegistry\//),
          authorization: 'Bearer hunter2',
        },
      },
    ]);
    expect(JSON.parse(receiver.got[0]?.body ?? '')).toEqual(notification);
  });

  it.for([204, 302, 401, 503])('gives the status of the answer, whatever it is: %i', async (status) => {
    const { poster } = await open([status]);
    expect(await poster.post('argo', notification, signal)).toBe(status);
  });

  it('follows no redirect, which would take the header along', async () => {
    const { receiver, poster } = await open([307]);
    await poster.post('argo', notification, signal);
    expect(receiver.got).toHaveLength(1);
  });

  it('rejects when nobody listens, and shows neither address nor header', async () => {
    const { receiver, poster } = await open();
    await receiver.close();
    const error = await poster.post('argo', notification, signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Unavailable);
    expect(String(error)).toBe('Unavailable: Expected argo to answer, got ECONNREFUSED');
  });

  it('ends by its signal', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const poster = new HttpNotificationPoster([{ name: 'flux', url: `http://127.0.0.1:${port}` }]);
    await expect(poster.post('flux', notification, AbortSignal.timeout(20))).rejects.toThrow(
      'Expected flux to answer, got TimeoutError',
    );
    silent.close();
  });
});
