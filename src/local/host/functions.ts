// Reads what the app registered into functions this host can run, or says what stands in the way.

import { AppRefused, shown } from './faults.ts';
import type { Binding, Registration } from './functions-core.ts';
import { AUTH_LEVELS, type AuthLevel } from './keys.ts';
import { parseRoute, type Route } from './routes.ts';
import { parseSchedule, resolveSettings, type Schedule } from './schedule.ts';

export interface HttpFunction {
  type: 'httpTrigger';
  name: string;
  registration: Registration;
  /** Under which name the library expects the request. */
  bindingName: string;
  /** With the prefix, as in the URL. */
  template: string;
  route: Route;
  /** In capitals; undefined for every method. */
  methods: readonly string[] | undefined;
  authLevel: AuthLevel;
}

export interface TimerFunction {
  type: 'timerTrigger';
  name: string;
  registration: Registration;
  bindingName: string;
  schedule: Schedule;
  runOnStartup: boolean;
  useMonitor: boolean;
}

export interface EventGridFunction {
  type: 'eventGridTrigger';
  name: string;
  registration: Registration;
  bindingName: string;
}

export interface ServiceBusFunction {
  type: 'serviceBusTrigger';
  name: string;
  registration: Registration;
  bindingName: string;
  connectionString: string;
  topicName: string;
  subscriptionName: string;
}

export type AppFunction = HttpFunction | TimerFunction | EventGridFunction | ServiceBusFunction;

export interface AppSurroundings {
  /** Before every route; may be empty. */
  routePrefix: string;
  /** App settings, for `%NAME%` in a schedule and for connections. */
  settings: Readonly<Record<string, string | undefined>>;
}

function readBoolean(binding: Binding, setting: string, fallback: boolean): boolean {
  const value = binding[setting] ?? fallback;
  if (typeof value !== 'boolean') {
    throw new TypeError(`expected ${setting} to be true or false, got ${shown(value)}`);
  }
  return value;
}

function readMethods({ ['methods']: methods = [] }: Binding): readonly string[] | undefined {
  if (!Array.isArray(methods) || !methods.every((method) => typeof method === 'string')) {
    throw new TypeError(`expected methods to be a list of names, got ${shown(methods)}`);
  }
  return methods.length === 0 ? undefined : methods.map((method) => method.toUpperCase());
}

function readAuthLevel({ ['authLevel']: value }: Binding): AuthLevel {
  const level = AUTH_LEVELS.find((known) => known === value);
  if (level === undefined) {
    throw new TypeError(`expected authLevel to be ${AUTH_LEVELS.join(', ')}, got ${shown(value)}`);
  }
  return level;
}

function readTemplate({ ['route']: route }: Binding, name: string): string {
  const template = route ?? name;
  if (typeof template !== 'string') {
    throw new TypeError(`expected a route to be a string, got ${shown(template)}`);
  }
  if (/^\/?admin/i.test(template)) {
    throw new TypeError(`expected a route outside "admin", which the host keeps for itself, got ${shown(template)}`);
  }
  return template.replace(/^\/|\/$/g, '') || name;
}

function readHttp(registration: Registration, trigger: Binding, bindingName: string, prefix: string): HttpFunction {
  const { name } = registration.metadata;
  const template = `${prefix}/${readTemplate(trigger, name)}`.replace(/^\//, '');
  const route = parseRoute(template);
  const [methods, authLevel] = [readMethods(trigger), readAuthLevel(trigger)];
  return { type: 'httpTrigger', name, registration, bindingName, template, route, methods, authLevel };
}

function readTimer(
  registration: Registration,
  trigger: Binding,
  bindingName: string,
  settings: AppSurroundings['settings'],
): TimerFunction {
  const { ['schedule']: text } = trigger;
  if (typeof text !== 'string') {
    throw new TypeError(`expected a schedule to be a string, got ${shown(text)}`);
  }
  return {
    type: 'timerTrigger',
    name: registration.metadata.name,
    registration,
    bindingName,
    schedule: parseSchedule(resolveSettings(text, settings)),
    runOnStartup: readBoolean(trigger, 'runOnStartup', false),
    useMonitor: readBoolean(trigger, 'useMonitor', true),
  };
}

function readEventGrid(registration: Registration, trigger: Binding, bindingName: string): EventGridFunction {
  const { ['cardinality']: cardinality = 'one' } = trigger;
  if (cardinality !== 'one') {
    throw new TypeError(`expected one event at a time (cardinality "one"), got ${shown(cardinality)}`);
  }
  return { type: 'eventGridTrigger', name: registration.metadata.name, registration, bindingName };
}

function readText(binding: Binding, setting: string, settings: AppSurroundings['settings']): string {
  const value = binding[setting];
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`expected ${setting} to be a string, got ${shown(value)}`);
  }
  return resolveSettings(value, settings);
}

/** Only a connection string can be used here: a broker on this machine knows no identities. */
function readConnection(binding: Binding, settings: AppSurroundings['settings']): string {
  const name = readText(binding, 'connection', {});
  const connectionString = settings[name];
  if (connectionString === undefined || connectionString === '') {
    throw new TypeError(`expected a connection string in the setting ${name}, got none`);
  }
  return connectionString;
}

/** What the real host could do besides, and this one cannot: `[setting, the only value of it]`. */
const PLAIN_SERVICE_BUS = [
  ['isSessionsEnabled', false],
  ['cardinality', 'one'],
  ['autoCompleteMessages', true],
  ['sdkBinding', false],
] as const;

function readServiceBus(
  registration: Registration,
  trigger: Binding,
  bindingName: string,
  settings: AppSurroundings['settings'],
): ServiceBusFunction {
  for (const [setting, expected] of PLAIN_SERVICE_BUS) {
    const value = trigger[setting] ?? expected;
    if (value !== expected) {
      throw new TypeError(`expected ${setting} to be ${shown(expected)}, got ${shown(value)}`);
    }
  }
  return {
    type: 'serviceBusTrigger',
    name: registration.metadata.name,
    registration,
    bindingName,
    connectionString: readConnection(trigger, settings),
    topicName: readText(trigger, 'topicName', settings),
    subscriptionName: readText(trigger, 'subscriptionName', settings),
  };
}

/** Everything bound besides the trigger and, on HTTP functions, the answer that the handler returns. */
function otherBindings(bindings: Record<string, Binding>, triggerName: string): [string, Binding][] {
  const isHttp = /^httptrigger$/i.test(bindings[triggerName]?.type ?? '');
  return Object.entries(bindings).filter(
    ([name, { type }]) => name !== triggerName && !(isHttp && name === '$return' && type.toLowerCase() === 'http'),
  );
}

function readFunction(registration: Registration, { routePrefix, settings }: AppSurroundings): AppFunction {
  const { name, bindings, retryOptions } = registration.metadata;
  if (!/^[a-z][\w-]{0,127}$/i.test(name)) {
    throw new TypeError(`expected a name of letters, digits, _ and -, letter first, got ${shown(name)}`);
  }
  const [bindingName, trigger] = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type)) ?? [];
  if (bindingName === undefined || trigger === undefined) {
    throw new TypeError('expected a trigger, got none');
  }
  if (retryOptions !== undefined && retryOptions !== null) {
    throw new TypeError('expected no retry policy, got one');
  }
  const [other] = otherBindings(bindings, bindingName);
  if (other !== undefined) {
    throw new TypeError(
      `expected no binding besides the trigger, got ${shown(other[0])} of type ${shown(other[1].type)}`,
    );
  }
  switch (trigger.type.toLowerCase()) {
    case 'httptrigger':
      return readHttp(registration, trigger, bindingName, routePrefix);
    case 'timertrigger':
      return readTimer(registration, trigger, bindingName, settings);
    case 'eventgridtrigger':
      return readEventGrid(registration, trigger, bindingName);
    case 'servicebustrigger':
      return readServiceBus(registration, trigger, bindingName, settings);
    default:
      throw new TypeError(
        `expected an httpTrigger, a timerTrigger, an eventGridTrigger or a serviceBusTrigger, got ${shown(trigger.type)}`,
      );
  }
}

const byName = ({ name: a }: AppFunction, { name: b }: AppFunction): number =>
  a.toLowerCase() < b.toLowerCase() ? -1 : 1;

/** Sorted by name, which decides who answers where routes overlap. Throws AppRefused with every fault. */
export function readFunctions(registrations: readonly Registration[], surroundings: AppSurroundings): AppFunction[] {
  const functions: AppFunction[] = [];
  const faults: string[] = [];
  const names = new Set<string>();
  for (const registration of registrations) {
    const { name } = registration.metadata;
    try {
      if (names.has(name.toLowerCase())) {
        throw new TypeError('expected each name once (case does not count), got a second one');
      }
      names.add(name.toLowerCase());
      functions.push(readFunction(registration, surroundings));
    } catch (error) {
      faults.push(`function ${shown(name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (faults.length > 0) {
    throw new AppRefused(faults);
  }
  return functions.sort(byName);
}
