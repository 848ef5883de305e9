// An app that takes events; what came stands in `events`.
import { app } from '@azure/functions';
import { events } from './stage.ts';

app.eventGrid('take', {
  handler: (event: unknown, context) => {
    const { subject } = event as { subject?: string };
    if (subject === 'broken') {
      throw new Error('broken as planned');
    }
    events.push(`${context.functionName}: ${JSON.stringify(event)}`);
  },
});
app.eventGrid('wait', {
  handler: async (event: unknown) => {
    const { subject } = event as { subject: string };
    events.push(`${subject} began`);
    // The first one ends only after the second one has begun: one after the other they would never end.
    while (!events.includes('second began')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
});
app.http('anything', { route: '{*rest}', authLevel: 'function', handler: () => ({ body: 'anything' }) });
