// An instance that dies in the middle: from one of its calls on, nothing that it does gets through to the outside.
import { Unavailable } from '../../src/usecases/ports.ts';
import type { Outside } from './app.ts';

const PORTS = ['tags', 'alarms', 'registries', 'journal', 'bus', 'webhooks', 'deletions', 'api'] as const;
/** What answers page by page. */
const LISTS: ReadonlySet<string> = new Set(['due', 'tags', 'history']);

export interface Death {
  /** How many calls get through before. */
  readonly after: number;
  /** The call in which it dies has its effect all the same. */
  readonly hasEffect: boolean;
}

export interface Mortal {
  /** What an instance is made on. */
  readonly outside: Outside;
  /** The names of all calls up to its death, that one included. */
  readonly calls: readonly string[];
}

/** The same outside, as an instance sees it that dies. */
export function mortal(outside: Outside, { after, hasEffect }: Death): Mortal {
  const calls: string[] = [];
  const mayPass = (name: string): 'passes' | 'dies' | 'is dead' => {
    if (calls.length > after) {
      return 'is dead';
    }
    calls.push(name);
    return calls.length > after ? 'dies' : 'passes';
  };
  const call = async (name: string, effect: () => unknown) => {
    const fate = mayPass(name);
    if (fate === 'passes') {
      return await effect();
    }
    if (fate === 'dies' && hasEffect) {
      await effect();
    }
    throw new Unavailable(`died at ${name}`);
  };
  async function* list(name: string, effect: () => AsyncIterable<unknown>) {
    if (mayPass(name) !== 'passes') {
      throw new Unavailable(`died at ${name}`);
    }
    yield* effect();
  }
  const guarded = <T extends object>(port: T, portName: string): T =>
    new Proxy(port, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') {
          return method;
        }
        const name = `${portName}.${String(key)}`;
        return (...given: unknown[]) => {
          const effect = () => method.apply(target, given);
          return LISTS.has(String(key)) ? list(name, effect) : call(name, effect);
        };
      },
    });
  const ports = Object.fromEntries(PORTS.map((name) => [name, { value: guarded(outside[name], name) }]));
  return { outside: Object.create(outside, ports) as Outside, calls };
}

/** Each way in which one that makes these calls can die. */
export function deaths(calls: readonly string[]): readonly (Death & { readonly name: string })[] {
  return calls.flatMap((call, after) =>
    [false, true].map((hasEffect) => ({ after, hasEffect, name: `${after} ${call} ${hasEffect}` })),
  );
}

export const NEVER: Death = { after: Number.POSITIVE_INFINITY, hasEffect: false };
