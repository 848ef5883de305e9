// The app's functions, as a table of contents. An auth level is set on every one: the library's default is anonymous.
import { app } from '@azure/functions';
import { compose } from './compose.ts';
import { composeForward } from './compose-forward.ts';
import { readConfig } from './config.ts';
import { eventGrid } from './functions/event-grid.ts';
import { forward } from './functions/forward.ts';
import { health } from './functions/health.ts';
import { reconcile } from './functions/reconcile.ts';
import { refreshReplicas } from './functions/refresh-replicas.ts';
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
  handler: health(parts.checkHealth, parts.repair),
});

app.timer('sweep', {
  schedule: config.sweep.schedule,
  handler: sweep(parts.sweep),
});

app.timer('refresh-replicas', {
  schedule: config.refreshSchedule,
  handler: refreshReplicas(parts.refreshReplicas),
});

app.timer('reconcile', {
  schedule: config.reconcileSchedule,
  handler: reconcile(parts.reconcile, parts.timing),
});

if (config.isEventGridServed) {
  app.eventGrid('event-grid', { handler: eventGrid(parts) });
}

if (config.forward !== undefined) {
  app.serviceBusTopic('forward', {
    // The setting's name, or what its name begins with; the host reads it.
    connection: 'SERVICE_BUS',
    topicName: config.topic,
    subscriptionName: config.forward.subscription,
    handler: forward(composeForward(config.forward)),
  });
}

app.hook.appTerminate(() => parts.close());
