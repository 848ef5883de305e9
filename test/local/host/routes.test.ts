import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matchRoute,
  overlappingRoutes,
  parseRoute,
  type RoutedFunction,
  splitPath,
} from '../../../src/local/host/routes.ts';

const match = (template: string, path: string) => {
  const values = matchRoute(parseRoute(template), splitPath(path));
  return values && { ...values };
};

describe('a route matches a path', () => {
  it.for([
    { name: 'literal by literal', template: 'api/tags', path: '/api/tags', expected: {} },
    { name: 'whatever the case of literals', template: 'api/Tags', path: '/API/tAGS', expected: {} },
    {
      name: 'with the parameter as it is spelled',
      template: 'api/{Name}',
      path: '/api/Value',
      expected: { Name: 'Value' },
    },
    { name: 'with one slash at the end', template: 'api/{a}', path: '/api/x/', expected: { a: 'x' } },
    { name: 'but not with two', template: 'api/{a}', path: '/api/x//', expected: undefined },
    { name: 'but not with a segment too few', template: 'api/{a}/{b}', path: '/api/x', expected: undefined },
    { name: 'but not with a segment too many', template: 'api/{a}', path: '/api/x/y', expected: undefined },
    { name: 'but not with an empty segment', template: 'api/{a}/{b}', path: '/api//y', expected: undefined },
    { name: 'but not without its literal', template: 'api/{a}/end', path: '/api/x/fin', expected: undefined },
    { name: 'with an optional parameter', template: 'api/{a?}', path: '/api/x', expected: { a: 'x' } },
    { name: 'without an optional parameter', template: 'api/{a?}', path: '/api', expected: {} },
    { name: 'with the rest of the path', template: 'api/{*rest}', path: '/api/a/b:1@c', expected: { rest: 'a/b:1@c' } },
    { name: 'with a rest of two stars', template: 'api/{**rest}', path: '/api/a/b', expected: { rest: 'a/b' } },
    { name: 'without a rest', template: 'api/{*rest}', path: '/api', expected: {} },
    { name: 'without a rest but its slash', template: 'api/{*rest}', path: '/api/', expected: {} },
    { name: 'keeping what the rest holds', template: 'api/{*rest}', path: '/api/a//b/', expected: { rest: 'a//b/' } },
    { name: 'but not with a rest that begins empty', template: 'api/{*rest}', path: '/api//a', expected: undefined },
    { name: 'at the root', template: '', path: '/', expected: {} },
    { name: 'with a key of any name', template: '{__proto__}', path: '/x', expected: { ['__proto__']: 'x' } },
  ])('$name', ({ template, path, expected }) => {
    expect(match(template, path)).toEqual(expected);
  });

  it.for([
    { constraint: 'int', matching: ['0', '-7', '2147483647'], other: ['2147483648', '1.5', 'x', '1x'] },
    { constraint: 'long', matching: ['2147483648', '-9223372036854775808'], other: ['9223372036854775808', ''] },
    { constraint: 'bool', matching: ['true', 'FALSE'], other: ['yes', '1'] },
    { constraint: 'alpha', matching: ['abc', 'ABC'], other: ['a1', 'a-b'] },
    {
      constraint: 'guid',
      matching: ['01234567-89ab-cdef-0123-456789abcdef', '0123456789ABCDEF0123456789abcdef'],
      other: ['01234567-89ab-cdef-0123-456789abcde', 'guid'],
    },
  ])('as far as {p:$constraint} lets it', ({ constraint, matching, other }) => {
    const matches = (value: string) => match(`{p:${constraint}}`, `/${value}`) !== undefined;
    expect(matching.filter(matches)).toEqual(matching);
    expect(other.filter(matches)).toEqual([]);
  });
});

describe('a template is refused', () => {
  it.for([
    { name: 'with text around a parameter', template: 'a/x{b}', expected: /expected a literal.*got "x\{b\}"/ },
    { name: 'with two parameters in a segment', template: '{a}{b}', expected: /expected a literal/ },
    { name: 'with a default', template: '{a=1}', expected: /expected a literal/ },
    { name: 'with an open brace', template: 'a/{b', expected: /expected a literal.*got "\{b"/ },
    { name: 'with an empty segment', template: 'a//b', expected: /expected a literal.*got ""/ },
    {
      name: 'with a constraint it does not know',
      template: '{a:regex(x)}',
      expected: /int, long, bool, alpha, guid, got "regex/,
    },
    { name: 'with a constraint named like a member of objects', template: '{a:toString}', expected: /got "toString"/ },
    { name: 'with a rest before the end', template: '{*a}/b', expected: /at the end of a route only/ },
    { name: 'with an optional parameter before the end', template: '{a?}/b', expected: /at the end of a route only/ },
    { name: 'with a parameter twice', template: '{a}/{A}', expected: /each parameter of a route once/ },
  ])('$name', ({ template, expected }) => {
    expect(() => parseRoute(template)).toThrow(expected);
  });
});

const overlap = (a: string, b: string) => overlappingRoutes([route('a', a), route('b', b)]).length > 0;
const route = (name: string, template: string, methods?: string[]): RoutedFunction => ({
  name,
  route: template,
  ...(methods && { methods }),
});

describe('two routes overlap', () => {
  it.for([
    { name: 'if they are the same', a: 'x/y', b: 'X/Y', expected: true },
    { name: 'not if literals differ', a: 'x/y', b: 'x/z', expected: false },
    { name: 'not if one is longer', a: 'x/{a}', b: 'x/{a}/{b}', expected: false },
    { name: 'if a parameter may be the literal', a: 'x/{a}', b: 'x/list', expected: true },
    { name: 'not if the constraint keeps the literal out', a: 'x/{a:int}', b: 'x/list', expected: false },
    { name: 'if the constraint lets the literal in', a: 'x/{a:bool}', b: 'x/True', expected: true },
    { name: 'not if no value fits both constraints', a: '{a:int}', b: '{a:alpha}', expected: false },
    { name: 'if some value fits both constraints', a: '{a:bool}', b: '{a:alpha}', expected: true },
    { name: 'if a rest reaches as far', a: 'x/{*rest}', b: 'x/{a}/b/c', expected: true },
    { name: 'if a rest is empty', a: 'x/{*rest}', b: 'x', expected: true },
    { name: 'not if they part before the rest', a: 'x/{*rest}', b: 'y/{*rest}', expected: false },
    { name: 'if an optional parameter is absent', a: 'x/{a?}', b: 'x', expected: true },
    { name: 'if both optional parameters are absent', a: 'x/{a:int?}', b: 'x/{b:alpha?}', expected: true },
    { name: 'if one crosses the other', a: '{a}/y', b: 'x/{b}', expected: true },
  ])('$name', ({ a, b, expected }) => {
    expect([overlap(a, b), overlap(b, a)]).toEqual([expected, expected]);
  });

  it.for([
    { name: 'with a method in common', a: ['GET', 'POST'], b: ['post'], expected: 1 },
    { name: 'not with different methods', a: ['GET'], b: ['POST'], expected: 0 },
    { name: 'with any method where none is given', a: undefined, b: ['POST'], expected: 1 },
  ])('$name', ({ a, b, expected }) => {
    expect(overlappingRoutes([route('a', 'x', a), route('b', 'x', b)])).toHaveLength(expected);
  });

  it('and are told as pairs, functions without a route left out', () => {
    const [timer, list, one, all] = [
      { name: 'timer' },
      route('list', 'x'),
      route('one', 'x/{a}'),
      route('all', 'x/{*rest}'),
    ];
    expect(overlappingRoutes([timer, list, one, all])).toEqual([
      [list, all],
      [one, all],
    ]);
  });

  it('exactly if some path matches both', () => {
    const literals = ['a', 'b', '0', 'true'];
    const values = [...literals, '99999999999', '-', '0'.repeat(32), 'a'.repeat(32)];
    const paths = [[], ...values.map((one) => [one])].flatMap((start) => [
      start,
      ...(start.length === 0 ? [] : values.map((next) => [...start, next])),
      ...(start.length === 0 ? [] : values.map((next) => [...start, next, 'a'])),
    ]);
    const constraint = fc.constantFrom('', ':int', ':long', ':bool', ':alpha', ':guid');
    const inner = fc.oneof(
      fc.constantFrom(...literals),
      constraint.map((suffix) => (name: string) => `{${name}${suffix}}`),
    );
    const last = fc.oneof(
      inner,
      constraint.map((suffix) => (name: string) => `{${name}${suffix}?}`),
      fc.constant((name: string) => `{*${name}}`),
    );
    const template = fc
      .tuple(fc.array(inner, { maxLength: 1 }), last)
      .map(([start, end]) =>
        [...start, end].map((part, i) => (typeof part === 'string' ? part : part(`p${i}`))).join('/'),
      );
    fc.assert(
      fc.property(template, template, (a, b) => {
        const both = paths.some((path) => match(a, `/${path.join('/')}`) && match(b, `/${path.join('/')}`));
        expect(overlap(a, b), `${a} and ${b}`).toBe(both);
      }),
      { numRuns: 500 },
    );
  });
});
