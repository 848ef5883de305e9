// The app's functions, as a table of contents. An auth level is set on every one: the library's default is anonymous.
import { app } from '@azure/functions';
import { compose } from './compose.ts';
import { readConfig } from './config.ts';
import { health } from './functions/health.ts';
import { replication } from './functions/replication.ts';
import { sweep } from './functions/sweep.ts';
import { webhook } from './functions/webhook.ts';

const config = readConfig(process.env);
const parts = compose(config);

app.http('webhook', {
  methods: ['POST'],
  route: 'webhooks/{registry}/{region}',
  authLevel: 'function',
  handler: webhook(parts),
});

app.http('replication', {
  methods: ['GET', 'HEAD'],
  route: 'replications/{registry}/{*image}',
  authLevel: 'function',
  handler: replication(parts),
});

app.http('health', {
  methods: ['GET', 'HEAD'],
  route: 'health',
  authLevel: 'function',
  handler: health(parts.checkHealth),
});

app.timer('sweep', {
  schedule: config.sweep.schedule,
  handler: sweep(parts.sweep),
});

app.hook.appTerminate(() => parts.close());
