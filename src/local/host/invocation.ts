// One call of a function through the library's own invocation model, so that the handler gets the very request and
// context classes it gets on Azure. The order of steps is the worker's (azure-functions-nodejs-worker,
// InvocationHandler): arguments, preInvocation hooks, handler, postInvocation hooks, response.
import { randomUUID } from 'node:crypto';
import type {
  CapturedApp,
  CoreInvocation,
  FunctionCallback,
  HookName,
  HttpAnswer,
  LogSink,
  ProgrammingModel,
  Registration,
  TypedInput,
} from './functions-core.ts';

/** Resolves with the answer of an HTTP function; rejects with what the handler or a hook threw. */
export type Invoke = (
  registration: Registration,
  bindingName: string,
  data: TypedInput,
  /** What the trigger says besides; the library hands it on for some triggers only. */
  triggerMetadata?: Record<string, TypedInput>,
) => Promise<HttpAnswer | undefined>;

export interface Invoker {
  invoke: Invoke;
  runHooks(name: HookName, context: object): Promise<void>;
}

interface PreInvocation {
  functionCallback: FunctionCallback;
  inputs: unknown[];
}

interface PostInvocation {
  inputs: unknown[];
  result: unknown;
  error: unknown;
}

export function createInvoker(app: CapturedApp, model: ProgrammingModel, log: LogSink): Invoker {
  const appHookData = {};

  async function runHooks(name: HookName, context: object): Promise<void> {
    for (const hook of app.hooks[name]) {
      await hook(context);
    }
  }

  function toCore(
    { metadata }: Registration,
    inputData: { name: string; data: TypedInput }[],
    triggerMetadata: Record<string, TypedInput>,
  ): CoreInvocation {
    const invocationId = randomUUID();
    const categories = { user: `Function.${metadata.name}.User`, system: `Function.${metadata.name}` };
    return {
      invocationId,
      metadata,
      state: undefined,
      log: (level, category, message) => log({ level, category: categories[category], message }),
      request: { invocationId, functionId: metadata.name, inputData, triggerMetadata },
    };
  }

  const invoke: Invoke = async (registration, name, data, triggerMetadata = {}) => {
    const core = toCore(registration, [{ name, data }], triggerMetadata);
    const invocation = model.getInvocationModel(core);
    const { context: invocationContext, inputs } = await invocation.getArguments();
    const shared = { hookData: {}, appHookData, invocationContext };

    const before: PreInvocation = { ...shared, functionCallback: registration.callback, inputs };
    await runHooks('preInvocation', before);

    const after: PostInvocation = { ...shared, inputs: before.inputs, result: null, error: null };
    try {
      after.result = await invocation.invokeFunction(invocationContext, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }
    core.state = 'postInvocationHooks';
    await runHooks('postInvocation', after);
    core.state = undefined;

    // A postInvocation hook may have put another error here, or none.
    if (after.error !== null && after.error !== undefined) {
      throw after.error;
    }
    const { returnValue } = await invocation.getResponse(invocationContext, after.result);
    return returnValue?.http;
  };

  const appContext = { hookData: {}, appHookData };
  return { invoke, runHooks: (name, context) => runHooks(name, { ...appContext, ...context }) };
}
