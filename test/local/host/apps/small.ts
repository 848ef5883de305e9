import { app, type HttpRequest } from '@azure/functions';

app.http('hello', {
  route: 'hello/{name}',
  authLevel: 'function',
  handler: (request: HttpRequest) => ({ jsonBody: { hello: request.params['name'] } }),
});
