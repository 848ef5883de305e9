import { describe, expect, it } from 'vitest';
import { type AppFunction, readFunctions } from '../../../src/local/host/functions.ts';
import type { Binding, Registration } from '../../../src/local/host/functions-core.ts';

const http = (settings: Record<string, unknown> = {}): Binding => ({
  type: 'httpTrigger',
  direction: 'in',
  authLevel: 'function',
  methods: ['GET'],
  ...settings,
});
const timer = (settings: Record<string, unknown> = {}): Binding => ({
  type: 'timerTrigger',
  direction: 'in',
  schedule: '0 */5 * * * *',
  ...settings,
});
const serviceBus = (settings: Record<string, unknown> = {}): Binding => ({
  type: 'serviceBusTrigger',
  direction: 'in',
  connection: 'BUS',
  topicName: 'events',
  subscriptionName: 'forward',
  ...settings,
});
const answer: Binding = { type: 'http', direction: 'out' };

const registered = (name: string, bindings: Record<string, Binding>, retryOptions?: unknown): Registration => ({
  metadata: { name, bindings, retryOptions },
  callback: () => undefined,
});
const surroundings = { routePrefix: 'api', settings: { SWEEP: '0 */2 * * * *' } };
const read = (...registrations: Registration[]): AppFunction[] => readFunctions(registrations, surroundings);

describe('a function is read', () => {
  it('with its name as the route where none is given', () => {
    expect(read(registered('Health', { request: http(), $return: answer }))).toMatchObject([
      { type: 'httpTrigger', bindingName: 'request', template: 'api/Health', methods: ['GET'], authLevel: 'function' },
    ]);
  });

  it.for([
    { name: 'the default', routePrefix: 'api', expected: 'api/x/{a}' },
    { name: 'none', routePrefix: '', expected: 'x/{a}' },
  ])('with $name before its route', ({ routePrefix, expected }) => {
    const registrations = [registered('x', { request: http({ route: '/x/{a}' }) })];
    expect(readFunctions(registrations, { routePrefix, settings: {} })).toMatchObject([{ template: expected }]);
  });

  it('for every method where its list is empty', () => {
    expect(read(registered('x', { request: http({ methods: [] }) }))).toMatchObject([{ methods: undefined }]);
  });

  it('with an app setting in its schedule', () => {
    expect(read(registered('x', { t: timer({ schedule: '%SWEEP%' }) }))).toMatchObject([
      { type: 'timerTrigger', schedule: { text: '0 */2 * * * *' }, runOnStartup: false, useMonitor: true },
    ]);
  });

  it('for events of Event Grid, one at a time', () => {
    const event: Binding = { type: 'eventGridTrigger', direction: 'in' };
    expect(read(registered('x', { event }))).toMatchObject([{ type: 'eventGridTrigger', bindingName: 'event' }]);
  });

  it('for messages of a subscription, with its connection and app settings in its names', () => {
    const settings = { BUS: 'Endpoint=sb://127.0.0.1:1', TOPIC: 'events' };
    const registrations = [registered('x', { m: serviceBus({ topicName: '%TOPIC%' }) })];
    expect(readFunctions(registrations, { routePrefix: 'api', settings })).toMatchObject([
      {
        ...{ type: 'serviceBusTrigger', bindingName: 'm', connectionString: settings.BUS },
        ...{ topicName: 'events', subscriptionName: 'forward' },
      },
    ]);
  });

  it('into an order by name, which decides between routes', () => {
    const names = ['b', 'C', 'a', 'b-1'];
    expect(read(...names.map((name) => registered(name, { t: timer() }))).map(({ name }) => name)).toEqual([
      'a',
      'b',
      'b-1',
      'C',
    ]);
  });
});

describe('a function is refused', () => {
  it.for<{ name: string; registration: Registration; expected: RegExp }>([
    {
      name: 'with another trigger',
      registration: registered('fn', { q: { type: 'queueTrigger', direction: 'in' } }),
      expected:
        /function "fn": expected an httpTrigger, a timerTrigger, an eventGridTrigger or a serviceBusTrigger, got "queueTrigger"/,
    },
    {
      name: 'without a trigger',
      registration: registered('fn', { out: answer }),
      expected: /function "fn": expected a trigger, got none/,
    },
    {
      name: 'with an output besides its answer',
      registration: registered('fn', { r: http(), $return: answer, msg: { type: 'serviceBus', direction: 'out' } }),
      expected: /function "fn": expected no binding besides the trigger, got "msg" of type "serviceBus"/,
    },
    {
      name: 'with an input besides its trigger',
      registration: registered('fn', { t: timer(), row: { type: 'table', direction: 'in' } }),
      expected: /got "row" of type "table"/,
    },
    {
      name: 'with a returned value that is no HTTP answer',
      registration: registered('fn', { t: timer(), $return: { type: 'queue', direction: 'out' } }),
      expected: /got "\$return" of type "queue"/,
    },
    {
      name: 'with a connection that no setting holds',
      registration: registered('fn', { m: serviceBus({ connection: 'OTHER_BUS' }) }),
      expected: /function "fn": expected a connection string in the setting OTHER_BUS, got none/,
    },
    {
      name: 'with a queue in the place of a topic',
      registration: registered('fn', { m: serviceBus({ topicName: undefined, queueName: 'q', connection: 'SWEEP' }) }),
      expected: /function "fn": expected topicName to be a string, got undefined/,
    },
    {
      name: 'with sessions',
      registration: registered('fn', { m: serviceBus({ isSessionsEnabled: true }) }),
      expected: /function "fn": expected isSessionsEnabled to be false, got true/,
    },
    {
      name: 'with messages by the batch',
      registration: registered('fn', { m: serviceBus({ cardinality: 'many' }) }),
      expected: /function "fn": expected cardinality to be "one", got "many"/,
    },
    {
      name: 'with messages that it has to complete itself',
      registration: registered('fn', { m: serviceBus({ autoCompleteMessages: false }) }),
      expected: /function "fn": expected autoCompleteMessages to be true, got false/,
    },
    {
      name: 'with a retry policy',
      registration: registered('fn', { t: timer() }, { retryStrategy: 'fixedDelay' }),
      expected: /expected no retry policy, got one/,
    },
    {
      name: 'with a route it cannot read',
      registration: registered('fn', { r: http({ route: 'x-{a}' }) }),
      expected: /function "fn": expected a literal.*got "x-\{a\}"/,
    },
    {
      name: "with one of the host's own routes",
      registration: registered('fn', { r: http({ route: 'admin/x' }) }),
      expected: /expected a route outside "admin", which the host keeps for itself, got "admin\/x"/,
    },
    {
      name: 'with an unknown auth level',
      registration: registered('fn', { r: http({ authLevel: 'system' }) }),
      expected: /expected authLevel to be anonymous, function, admin, got "system"/,
    },
    {
      name: 'with a schedule it cannot read',
      registration: registered('fn', { t: timer({ schedule: 'hourly' }) }),
      expected: /function "fn": expected six fields.*got "hourly"/,
    },
    {
      name: 'with a schedule from a setting that is not there',
      registration: registered('fn', { t: timer({ schedule: '%NOT_SET%' }) }),
      expected: /expected the app setting "NOT_SET"/,
    },
    {
      name: 'with a flag that is none',
      registration: registered('fn', { t: timer({ runOnStartup: 'yes' }) }),
      expected: /expected runOnStartup to be true or false, got "yes"/,
    },
    {
      name: 'with many events at a time',
      registration: registered('fn', { e: { type: 'eventGridTrigger', direction: 'in', cardinality: 'many' } }),
      expected: /function "fn": expected one event at a time \(cardinality "one"\), got "many"/,
    },
    {
      name: 'with a name the real host does not take',
      registration: registered('my function', { t: timer() }),
      expected: /function "my function": expected a name of letters, digits/,
    },
  ])('$name', ({ registration, expected }) => {
    expect(() => read(registration)).toThrow(expected);
  });

  it('with a name that another has, in whatever case', () => {
    expect(() => read(registered('Sweep', { t: timer() }), registered('sweep', { t: timer() }))).toThrow(
      /function "sweep": expected each name once/,
    );
  });

  it('together with all others that are', () => {
    const bad = registered('one', { q: { type: 'queueTrigger', direction: 'in' } });
    const worse = registered('two', { t: timer({ schedule: '' }) });
    expect(() => read(bad, registered('fine', { t: timer() }), worse)).toThrow(/function "one".*\n.*function "two"/);
  });
});
