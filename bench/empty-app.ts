// The smallest function app: what a cold start costs at the least. Never part of what is deployed.
import { app } from '@azure/functions';

app.http('webhook', {
  methods: ['POST'],
  route: 'webhooks/{registry}/{region}',
  authLevel: 'function',
  handler: () => ({ status: 202, jsonBody: { outcome: 'nothing' } }),
});
