// Starts the pipeline deploy-on-message.yml for every image that has landed. Settings of ../subscriber.mjs, and
//
//   AZURE_DEVOPS_URL     https://dev.azure.com/ORGANIZATION
//   WEBHOOK_NAME         of the service connection of type Incoming WebHook
//   WEBHOOK_SECRET       its secret; its HTTP header is X-Landfall-Signature
import { createHmac } from 'node:crypto';
import process from 'node:process';
import { subscribe } from '../subscriber.mjs';

const { AZURE_DEVOPS_URL, WEBHOOK_NAME, WEBHOOK_SECRET = '' } = process.env;

/** https://learn.microsoft.com/azure/devops/pipelines/process/resources#define-a-webhooks-resource */
async function trigger(event) {
  const body = JSON.stringify(event);
  const path = `_apis/public/distributedtask/webhooks/${WEBHOOK_NAME}?api-version=6.0-preview`;
  const response = await fetch(`${AZURE_DEVOPS_URL}/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      // The service checks that the body's HMAC-SHA1 is in the header that its service connection names.
      'x-landfall-signature': createHmac('sha1', WEBHOOK_SECRET).update(body).digest('hex'),
    },
    body,
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`expected Azure DevOps to take the event, got ${response.status}: ${await response.text()}`);
  }
}

await subscribe(trigger, { once: process.argv.includes('--once') });
