// How `npm run push` and `npm run subscribe` talk to the running stack.
import { request } from 'node:http';
import { type Running, readRunning } from './running.ts';
import { StackFault } from './stack-fault.ts';

/** The stack answers at once, unless it is being stopped or debugged. */
const PATIENCE_MS = 2_000;

export interface ControlRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

export type ControlAnswer =
  | { readonly type: 'answered'; readonly status: number; readonly body: unknown }
  /** Somebody listens, and says nothing. */
  | { readonly type: 'silent' }
  | { readonly type: 'absent' };

export async function askControl(running: Running, { method, path, body }: ControlRequest): Promise<ControlAnswer> {
  try {
    const response = await fetch(`${running.control}${path}`, {
      ...{ method, headers: { authorization: `Bearer ${running.token}`, 'content-type': 'application/json' } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { type: 'answered', status: response.status, body: await response.json() };
  } catch (error) {
    return { type: error instanceof Error && error.name === 'TimeoutError' ? 'silent' : 'absent' };
  }
}

/** Throws StackFault with what the stack has against it, or if there is none. */
export async function requestOf<T>(dataFolder: string, asked: ControlRequest): Promise<T> {
  const running = runningStack(dataFolder);
  const answer = await askControl(running, asked);
  if (answer.type === 'absent') {
    throw noStack(dataFolder);
  }
  if (answer.type === 'silent') {
    throw new StackFault(`the local stack (process ${running.pid}) does not answer; is it stopped, or being debugged?`);
  }
  if (answer.status !== 200) {
    throw new StackFault(messageOf(answer.body));
  }
  return answer.body as T;
}

export interface HeldSubscription {
  /** Of the topic that the stack's ready line names. */
  readonly name: string;
  /** Resolves when the stack has gone. */
  readonly ended: Promise<void>;
  /** The subscription is removed with all its messages. */
  release(): void;
}

/** The subscription lives as long as this request: whatever ends this process removes it. */
export function holdSubscription(dataFolder: string, filter: string | undefined): Promise<HeldSubscription> {
  const { control, token } = runningStack(dataFolder);
  const query = filter === undefined ? '' : `?type=${encodeURIComponent(filter)}`;
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const held = request(`${control}/subscriptions${query}`, { method: 'POST', headers, agent: false });
    held.on('error', () => reject(noStack(dataFolder)));
    held.on('response', (response) => {
      const ended = new Promise<void>((end) => {
        response.once('close', end);
      });
      // That the stack has gone is no fault here: `ended` says it.
      response.on('error', () => {});
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (!text.endsWith('\n')) {
          return;
        }
        const body = JSON.parse(text) as { name: string };
        if (response.statusCode === 200) {
          resolve({ name: body.name, ended, release: () => held.destroy() });
        } else {
          reject(new StackFault(messageOf(body)));
        }
      });
    });
    held.end();
  });
}

function runningStack(dataFolder: string): Running {
  const running = readRunning(dataFolder);
  if (running === undefined) {
    throw noStack(dataFolder);
  }
  return running;
}

function noStack(dataFolder: string): StackFault {
  return new StackFault(`nothing is running on ${dataFolder}: type npm start first, in another terminal`);
}

function messageOf(body: unknown): string {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : `unexpected answer of the local stack: ${JSON.stringify(body)}`;
}
