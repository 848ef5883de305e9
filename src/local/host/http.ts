// Finds the function that a request is for, checks the key, hands request and answer over.
// The order of steps and what each failure answers were measured in host-probe. Nothing is logged for a request that
// went well, and never a URL or a header, since either may hold a key.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerAdmin, functionToRun } from './admin.ts';
import { answerEmpty, answerFunction } from './answer.ts';
import { extensionCalled } from './event-grid.ts';
import { stackOf } from './faults.ts';
import type { HttpFunction } from './functions.ts';
import type { LogSink } from './functions-core.ts';
import { givenKey, type IncomingCall, toHttpInput } from './http-input.ts';
import type { Invoke } from './invocation.ts';
import { isAllowed, type KeyRing } from './keys.ts';
import { BODY_LIMIT_BYTES, readBody } from './request-body.ts';
import { readQuery, readTarget } from './request-target.ts';
import { matchRoute, splitPath } from './routes.ts';

export interface HttpParts {
  /** In the order in which they are asked; the first whose route and method match answers. */
  functions: readonly HttpFunction[];
  keyRing: KeyRing;
  invoke: Invoke;
  /** What starts a function by hand; undefined for a name that no function has. */
  byHand(name: string): (() => void) | undefined;
  /** Answers what is posted to an extension's own endpoint. */
  callExtension(extension: string, call: IncomingCall, response: ServerResponse): Promise<void>;
  log: LogSink;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function readCall(request: IncomingMessage): IncomingCall | undefined {
  const target = readTarget(request.url ?? '');
  return target && { request, method: request.method ?? '', target, query: readQuery(target.search) };
}

function findFunction(functions: readonly HttpFunction[], { method, target }: IncomingCall) {
  const path = splitPath(target.path);
  for (const fn of functions) {
    const params = fn.methods === undefined || fn.methods.includes(method) ? matchRoute(fn.route, path) : undefined;
    if (params !== undefined) {
      return { fn, params };
    }
  }
  return undefined;
}

export function createRequestHandler(parts: HttpParts): RequestHandler {
  const { functions, keyRing, invoke, byHand, callExtension, log } = parts;

  async function answerCall(
    { fn, params }: { fn: HttpFunction; params: Record<string, string> },
    call: IncomingCall,
    response: ServerResponse,
  ): Promise<void> {
    const http = toHttpInput(call, params);
    // The library hands no body of these over, so none is read; Node discards what comes.
    if (call.method !== 'GET' && call.method !== 'HEAD') {
      const body = await readBody(call.request, BODY_LIMIT_BYTES);
      if (body.type === 'aborted') {
        return;
      }
      if (body.type === 'too-large') {
        answerEmpty(response, 413, { connection: 'close' });
        return;
      }
      if (body.bytes.length > 0) {
        http.body = body;
      }
    }
    try {
      answerFunction(response, await invoke(fn.registration, fn.bindingName, { http }));
    } catch (error) {
      log({ level: 'error', category: `Function.${fn.name}`, message: `Failed: ${stackOf(error)}` });
      answerEmpty(response, 500);
    }
  }

  return async (request, response) => {
    const call = readCall(request);
    if (call === undefined) {
      answerEmpty(response, 400);
      return;
    }
    const toRun = functionToRun(call.method, call.target.path);
    if (toRun !== undefined) {
      await answerAdmin(request, response, keyRing.levelOf(givenKey(call)), byHand(toRun));
      return;
    }
    const extension = extensionCalled(call.method, call.target.path);
    if (extension !== undefined) {
      await callExtension(extension, call, response);
      return;
    }
    const found = findFunction(functions, call);
    if (found === undefined) {
      answerEmpty(response, 404);
      return;
    }
    const { authLevel } = found.fn;
    if (authLevel !== 'anonymous' && !isAllowed(authLevel, keyRing.levelOf(givenKey(call)))) {
      answerEmpty(response, 401);
      return;
    }
    await answerCall(found, call, response);
  };
}
