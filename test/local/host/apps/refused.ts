import { app } from '@azure/functions';

app.storageQueue('from-queue', { queueName: 'q', connection: '', handler: () => undefined });
app.http('odd-route', { route: 'x-{a}', authLevel: 'anonymous', handler: () => ({}) });
app.timer('hourly', { schedule: 'hourly', handler: () => undefined });
app.http('fine', { authLevel: 'anonymous', handler: () => ({}) });
