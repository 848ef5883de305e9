// The module `@azure/functions-core`, by which the library @azure/functions and a host know each other.
// It exists in no package registry. The library asks for it with `require('@azure/functions-core')` at run time and
// goes into an inert test mode where that fails. The real Node worker answers by wrapping `Module.prototype.require`
// (azure-functions-nodejs-worker, src/setupCoreModule.ts), so that is the one door to the library, and this file does
// the same. An esbuild bundle that keeps only this module external arrives here too, through `createRequire`.
import Module from 'node:module';
import { AppRefused, shown } from './faults.ts';

export type LogSink = (line: { level: string; category: string; message: string }) => void;

/** Settings of a trigger or an output, as the app wrote them: nothing but `type` and `direction` is certain. */
export interface Binding {
  type: string;
  direction: 'in' | 'out';
  [setting: string]: unknown;
}

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Binding>;
  retryOptions?: unknown;
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;

export interface Registration {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

/** Null-prototype records, so that a query key like `__proto__` is a key like any other. */
export type NullableMapping = Record<string, { value: string }>;

/** A request as the host hands it to the library. */
export interface HttpInput {
  method: string;
  url: string;
  nullableHeaders: NullableMapping;
  nullableQuery: NullableMapping;
  nullableParams: NullableMapping;
  body?: { bytes: Buffer };
}

export interface AnswerCookie {
  name: string;
  value: string;
  domain?: { value: string } | undefined;
  path?: { value: string } | undefined;
  expires?: { value: { seconds: number } } | undefined;
  secure?: { value: boolean } | undefined;
  httpOnly?: { value: boolean } | undefined;
  /** `none` is "not set"; `explicitNone` is `SameSite=None`. */
  sameSite: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value: number } | undefined;
}

/** An answer as the library hands it back. */
export interface HttpAnswer {
  statusCode: string;
  headers: Record<string, string>;
  cookies: AnswerCookie[];
  enableContentNegotiation?: boolean;
  body?: { bytes?: Uint8Array; string?: string } | null;
}

export type TypedInput = { http: HttpInput } | { json: string } | { string: string };

export interface CoreInvocation {
  invocationId: string;
  metadata: FunctionMetadata;
  /** The library warns of logging after the end, except while this says `postInvocationHooks`. */
  state: 'postInvocationHooks' | undefined;
  request: {
    invocationId: string;
    functionId: string;
    inputData: { name: string; data: TypedInput }[];
    triggerMetadata: Record<string, TypedInput>;
  };
  log(level: string, category: 'user' | 'system', message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: { http?: HttpAnswer } | null }>;
}

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(invocation: CoreInvocation): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation'] as const;
export type HookName = (typeof HOOK_NAMES)[number];
export type Hook = (context: unknown) => unknown;

/** What an app told the library while its entry module ran. */
export interface CapturedApp {
  readonly registrations: readonly Registration[];
  readonly hooks: Readonly<Record<HookName, readonly Hook[]>>;
  /** Undefined when the app registered nothing. */
  readonly model: ProgrammingModel | undefined;
  /** From here on the app can register no function, as in the real host. */
  lock(): void;
}

class Disposable {
  readonly #release: () => void;
  constructor(release: () => void) {
    this.#release = release;
  }
  dispose(): void {
    this.#release();
  }
}

const isHookName = (name: string): name is HookName => HOOK_NAMES.some((known) => known === name);

function captureApp(log: LogSink) {
  const registrations: Registration[] = [];
  const hooks: Record<HookName, Hook[]> = { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [] };
  let model: ProgrammingModel | undefined;
  let isLocked = false;
  const coreApi = {
    // Of the worker and the host that host-probe was recorded from.
    version: '3.9.1',
    hostVersion: '4.1037.0',
    Disposable,
    log: (level: string, category: string, message: string) => log({ level, category: `Worker.${category}`, message }),
    setProgrammingModel: (next: ProgrammingModel) => {
      model = next;
    },
    getProgrammingModel: () => model,
    registerHook: (name: string, hook: Hook) => {
      if (!isHookName(name)) {
        throw new AppRefused([`expected a hook of ${HOOK_NAMES.join(', ')}, got ${shown(name)}`]);
      }
      hooks[name].push(hook);
      return new Disposable(() => {
        hooks[name] = hooks[name].filter((registered) => registered !== hook);
      });
    },
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => {
      if (isLocked) {
        throw new Error('A function can only be registered during app startup.');
      }
      const registration = { metadata, callback };
      registrations.push(registration);
      return new Disposable(() => registrations.splice(registrations.indexOf(registration), 1));
    },
  };
  const app: CapturedApp = {
    registrations,
    hooks,
    get model() {
      return model;
    },
    lock: () => {
      isLocked = true;
    },
  };
  return { app, coreApi };
}

let isProvided = false;

/** Call before the app is loaded, and once in a process: the library asks once and keeps the answer. */
export function provideFunctionsCore(log: LogSink): CapturedApp {
  if (isProvided) {
    throw new Error('Expected one app in a process, got a second: start each host in a process of its own');
  }
  isProvided = true;
  const { app, coreApi } = captureApp(log);
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (require, module, [id]: [string]) =>
      id === '@azure/functions-core' ? coreApi : Reflect.apply(require, module, [id]),
  });
  return app;
}
