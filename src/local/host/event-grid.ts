// What the real host's Event Grid extension answers at its own endpoint, `/runtime/webhooks/eventgrid?functionName=NAME`.
// Not recorded but read: path, methods and keys from Azure/azure-functions-host (HostController.ExtensionWebHookHandler,
// AuthUtility, DefaultScriptWebHookProvider); handshakes and deliveries from Azure/azure-sdk-for-net,
// sdk/eventgrid/Microsoft.Azure.WebJobs.Extensions.EventGrid (EventGridExtensionConfigProvider, HttpRequestProcessor of
// version 3.4.4). Functions in JavaScript take both schemas, so the extension's refusals by schema do not occur.
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { answerEmpty } from './answer.ts';
import { shown, stackOf } from './faults.ts';
import type { EventGridFunction } from './functions.ts';
import type { LogSink } from './functions-core.ts';
import { givenKey, type IncomingCall } from './http-input.ts';
import type { Invoke } from './invocation.ts';
import type { KeyRing } from './keys.ts';
import { BODY_LIMIT_BYTES, readBody } from './request-body.ts';

export interface ExtensionParts {
  functions: readonly EventGridFunction[];
  keyRing: KeyRing;
  invoke: Invoke;
  log: LogSink;
}

interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  text?: string;
}

const ENDPOINT = /^\/runtime\/webhooks\/([^/]+)(?:\/.*)?$/i;
const METHODS = ['GET', 'POST', 'DELETE', 'OPTIONS'];

/** The extension's name in lower case; undefined for a request that is for none. */
export const extensionCalled = (method: string, path: string): string | undefined =>
  METHODS.includes(method) ? ENDPOINT.exec(path)?.[1]?.toLowerCase() : undefined;

/** What Event Grid calls itself, in each cloud. */
const ORIGINS = [
  'eventgrid.azure.net',
  'eventgrid.azure.us',
  'eventgrid.azure.eaglex.ic.gov',
  'eventgrid.azure.microsoft.scloud',
  'eventgrid.azure.cn',
] as const;

/** The handshake for CloudEvents; no rate is granted, as the extension grants none. */
function allowOrigin(headers: IncomingHttpHeaders): Answer {
  const origin = ORIGINS.find((known) => known === headers['webhook-request-origin']) ?? ORIGINS[0];
  return { status: 200, headers: { 'webhook-allowed-origin': origin } };
}

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The handshake for Event Grid's own schema. Asked in a CloudEvent, the data is JSON in a string. */
function validate(body: unknown): Answer {
  const event: unknown = Array.isArray(body) ? body[0] : body;
  const data = isObject(event) ? event['data'] : undefined;
  const code: unknown = ((typeof data === 'string' ? JSON.parse(data) : data) as Json)['validationCode'];
  if (code === undefined || code === null) {
    throw new TypeError('Expected a validation code in the data of the first event, got none');
  }
  return { status: 200, text: JSON.stringify({ validationResponse: String(code) }) };
}

async function run({ invoke }: ExtensionParts, fn: EventGridFunction, event: unknown): Promise<void> {
  if (!isObject(event)) {
    throw new TypeError(`Expected an event to be an object, got ${shown(event)}`);
  }
  await invoke(fn.registration, fn.bindingName, { json: JSON.stringify(event) });
}

/** All events are run at once; one that fails brings the whole delivery back. */
async function deliver(parts: ExtensionParts, fn: EventGridFunction, body: unknown): Promise<Answer> {
  const events: unknown[] = Array.isArray(body) ? body : [body];
  const runs = await Promise.allSettled(events.map((event) => run(parts, fn, event)));
  const failed = runs.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  for (const { reason } of failed) {
    parts.log({ level: 'error', category: `Function.${fn.name}`, message: `Failed: ${stackOf(reason)}` });
  }
  return failed.length > 0
    ? { status: 500, text: `Exception while executing function: Functions.${fn.name}` }
    : { status: 202 };
}

async function answerFor(
  parts: ExtensionParts,
  fn: EventGridFunction,
  call: IncomingCall,
): Promise<Answer | 'aborted'> {
  const { request, method } = call;
  if (method === 'OPTIONS') {
    return allowOrigin(request.headers);
  }
  const eventType = request.headersDistinct['aeg-event-type']?.[0]?.toLowerCase();
  if (eventType !== 'subscriptionvalidation' && eventType !== 'notification') {
    return { status: eventType === 'unsubscribe' ? 202 : 400 };
  }
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (body.type !== 'whole') {
    return body.type === 'aborted' ? 'aborted' : { status: 413, headers: { connection: 'close' } };
  }
  const json: unknown = JSON.parse(body.bytes.toString());
  return eventType === 'notification' ? await deliver(parts, fn, json) : validate(json);
}

function refusal({ functions, keyRing }: ExtensionParts, extension: string, call: IncomingCall): Answer | undefined {
  const key = givenKey(call);
  const level = keyRing.levelOf(key);
  if (level !== 'admin' && !keyRing.isExtensionKey(extension, key)) {
    return { status: level === 'anonymous' ? 401 : 403 };
  }
  // The real host loads the extension only for an app that has such a function.
  return extension === 'eventgrid' && functions.length > 0 ? undefined : { status: 404 };
}

async function answerOrFault(
  parts: ExtensionParts,
  extension: string,
  call: IncomingCall,
): Promise<Answer | 'aborted'> {
  const refused = refusal(parts, extension, call);
  if (refused !== undefined) {
    return refused;
  }
  const name = call.query.get('functionname')?.values.join(',') ?? '';
  const fn = parts.functions.find((known) => known.name === name);
  if (fn === undefined) {
    return { status: 404, text: `cannot find function: '${name}'` };
  }
  try {
    return await answerFor(parts, fn, call);
  } catch (error) {
    parts.log({ level: 'error', category: 'Host.EventGrid', message: `Failed: ${stackOf(error)}` });
    return { status: 500 };
  }
}

/** Logs no key, which the URL holds. */
export async function answerExtension(
  parts: ExtensionParts,
  extension: string,
  call: IncomingCall,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerOrFault(parts, extension, call);
  if (answer === 'aborted') {
    return;
  }
  const { status, headers = {}, text } = answer;
  if (text === undefined) {
    answerEmpty(response, status, headers);
    return;
  }
  const body = Buffer.from(text);
  const framing = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length };
  response.writeHead(status, { ...headers, ...framing }).end(body);
}
