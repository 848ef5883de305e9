const { app } = require('@azure/functions');

app.http('hello', {
  route: 'hello/{name}',
  authLevel: 'function',
  handler: (request) => ({ jsonBody: { hello: request.params.name } }),
});
