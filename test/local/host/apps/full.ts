// An app with everything that the local host runs; what happens in it stands in `events`.
import { app, type HttpRequest, type InvocationContext, type Timer } from '@azure/functions';
import { events, gates } from './stage.ts';

app.hook.appStart(() => {
  events.push('appStart');
});
app.hook.appTerminate(() => {
  events.push('appTerminate');
});
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') {
    const original = context.functionHandler;
    context.functionHandler = async (...inputs) => `${await original(...inputs)} inside`;
    context.hookData['seen'] = 'by preInvocation';
  }
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') {
    context.result = { body: `${context.result}, then ${context.hookData['seen']}` };
  }
  if (context.error instanceof Error && context.error.message === 'forgiven') {
    context.error = null;
    context.result = { status: 202 };
  }
});

app.http('echo', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request: HttpRequest) => ({ body: await request.arrayBuffer() }),
});
app.http('hooked', { authLevel: 'anonymous', handler: () => 'handler' as unknown as object });
app.http('forgiven', {
  authLevel: 'anonymous',
  handler: () => {
    throw new Error('forgiven');
  },
});
app.http('failing', {
  authLevel: 'function',
  handler: (_: HttpRequest, context: InvocationContext) => {
    context.log('about to fail');
    throw new Error('failed as planned');
  },
});
app.http('late', {
  authLevel: 'anonymous',
  handler: () => {
    app.http('too-late', { handler: () => ({}) });
    return {};
  },
});
app.http('cookies', {
  authLevel: 'anonymous',
  handler: () => ({
    cookies: [
      { name: 'a', value: 'ü;', expires: new Date(0), path: '/x', domain: 'example.org', sameSite: 'None' as const },
      { name: 'b', value: '', expires: new Date(86_400_000), maxAge: 1.9, sameSite: 'Lax' as const },
    ],
  }),
});
app.http('negotiated', { authLevel: 'anonymous', handler: () => ({ body: 'x', enableContentNegotiation: true }) });
app.http('framed', {
  authLevel: 'anonymous',
  handler: () => ({ body: 'five!', headers: { 'content-length': '3', 'transfer-encoding': 'chunked', 'x-own': '1' } }),
});
app.http('slow', {
  authLevel: 'anonymous',
  handler: async () => {
    await gates.slow.pass();
    events.push('slow done');
    return { body: 'slow' };
  },
});
app.http('large', { authLevel: 'anonymous', handler: () => ({ body: Buffer.alloc(20_000_000, 'x') }) });

app.timer('tick', {
  schedule: '%TICK_SCHEDULE%',
  runOnStartup: true,
  handler: async (timer: Timer) => {
    await gates.tick.pass();
    events.push(`tick, past due: ${timer.isPastDue}`);
  },
});
app.timer('eager', {
  schedule: '%TICK_SCHEDULE%',
  runOnStartup: true,
  handler: () => {
    events.push('eager');
  },
});
app.timer('manual', {
  schedule: '0 0 0 1 1 *',
  handler: async () => {
    await gates.manual.pass();
    events.push('manual done');
  },
});
app.timer('broken', {
  schedule: '0 0 0 1 1 *',
  handler: () => {
    throw new Error('broken as planned');
  },
});
