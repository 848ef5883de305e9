import { app } from '@azure/functions';

app.hook.log(() => undefined);
app.http('fine', { authLevel: 'anonymous', handler: () => ({}) });
