// Calls a handler as the host would, without a host.
import { type HttpHandler, HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';

interface Call {
  readonly method?: 'GET' | 'POST';
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export type Answer = HttpResponseInit & {
  readonly logged: readonly { level: string; line: Record<string, unknown> }[];
};

export async function call(handler: HttpHandler, options: Call): Promise<Answer> {
  const { method = 'POST', params = {}, query = {}, headers = {}, body } = options;
  const logged: { level: string; line: Record<string, unknown> }[] = [];
  const request = new HttpRequest({
    url: 'http://127.0.0.1/api/whatever',
    method,
    params: { ...params },
    query: { ...query },
    headers: { ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? { bytes: body } : { string: body } }),
  });
  const context = new InvocationContext({
    functionName: 'test',
    logHandler: (level, ...values) => logged.push({ level, line: JSON.parse(String(values[0])) }),
  });
  const answer = (await handler(request, context)) as HttpResponseInit;
  return { ...answer, logged };
}
