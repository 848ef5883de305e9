// Route templates, matched as ASP.NET does for the real host (dotnet/aspnetcore, RoutePatternMatcher):
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#customize-the-http-endpoint
// Measured in host-probe: case does not matter, one slash at the end is ignored, empty segments match nothing, and no
// template has precedence over another.

import { shown } from './faults.ts';
import { CONSTRAINTS, type ConstraintName, isConstraintName } from './route-constraints.ts';

type Segment =
  | { type: 'literal'; lowerCase: string }
  | { type: 'parameter'; name: string; constraint: ConstraintName | undefined; isOptional: boolean }
  | { type: 'rest'; name: string };

export type Route = readonly Segment[];

/** The path of a request, cut at its slashes once for all routes. */
export interface RequestPath {
  segments: readonly string[];
  lowerCase: readonly string[];
  hasSlashAtEnd: boolean;
}

export function splitPath(path: string): RequestPath {
  const segments = path.slice(1).split('/');
  const hasSlashAtEnd = segments.at(-1) === '';
  if (hasSlashAtEnd) {
    segments.pop();
  }
  return { segments, lowerCase: segments.map((segment) => segment.toLowerCase()), hasSlashAtEnd };
}

function parseSegment(text: string): Segment {
  if (/^[^{}*?]+$/.test(text)) {
    return { type: 'literal', lowerCase: text.toLowerCase() };
  }
  const rest = /^\{\*{1,2}(\w+)\}$/.exec(text)?.[1];
  if (rest !== undefined) {
    return { type: 'rest', name: rest };
  }
  const [, name, constraint, mark] = /^\{(\w+)(?::([^?]+))?(\?)?\}$/.exec(text) ?? [];
  if (name === undefined) {
    throw new TypeError(
      `expected a literal, {name}, {name?}, {name:constraint} or {*name} between the slashes of a route, got ${shown(text)}`,
    );
  }
  if (constraint !== undefined && !isConstraintName(constraint)) {
    throw new TypeError(
      `expected a constraint of ${Object.keys(CONSTRAINTS).join(', ')}, got ${shown(constraint)} in ${shown(text)}`,
    );
  }
  return { type: 'parameter', name, constraint, isOptional: mark === '?' };
}

/** Throws a TypeError that says what was expected, where a template isn't one this host reads. */
export function parseRoute(template: string): Route {
  const trimmed = template.replace(/^\/|\/$/g, '');
  const route = trimmed === '' ? [] : trimmed.split('/').map(parseSegment);
  const names = route.flatMap((segment) => (segment.type === 'literal' ? [] : [segment.name.toLowerCase()]));
  if (new Set(names).size < names.length) {
    throw new TypeError(`expected each parameter of a route once, got ${shown(template)}`);
  }
  const onlyAtEnd = route
    .slice(0, -1)
    .find((part) => part.type === 'rest' || (part.type === 'parameter' && part.isOptional));
  if (onlyAtEnd !== undefined) {
    throw new TypeError(`expected {name?} and {*name} at the end of a route only, got ${shown(template)}`);
  }
  return route;
}

const accepts = (constraint: ConstraintName | undefined, text: string): boolean =>
  constraint === undefined || CONSTRAINTS[constraint].accepts(text);

/** The values of the route's parameters, in the order of the template; an absent one has no entry. */
export function matchRoute(route: Route, path: RequestPath): Record<string, string> | undefined {
  const values: Record<string, string> = Object.create(null);
  for (const [index, segment] of route.entries()) {
    const text = path.segments[index];
    if (text === '') {
      return undefined;
    }
    if (text === undefined) {
      return segment.type === 'rest' || (segment.type === 'parameter' && segment.isOptional) ? values : undefined;
    }
    if (segment.type === 'rest') {
      values[segment.name] = path.segments.slice(index).join('/') + (path.hasSlashAtEnd ? '/' : '');
      return values;
    }
    if (segment.type === 'literal' ? segment.lowerCase !== path.lowerCase[index] : !accepts(segment.constraint, text)) {
      return undefined;
    }
    if (segment.type === 'parameter') {
      values[segment.name] = text;
    }
  }
  return path.segments.length > route.length ? undefined : values;
}

const canBeAbsent = (segment: Segment): boolean =>
  segment.type === 'rest' || (segment.type === 'parameter' && segment.isOptional);

function canBeSameText(a: Segment, b: Segment): boolean {
  if (a.type === 'rest' || b.type === 'rest') {
    return true;
  }
  const texts = [a, b].flatMap((segment) => {
    if (segment.type === 'literal') {
      return [segment.lowerCase];
    }
    return segment.constraint === undefined ? [] : CONSTRAINTS[segment.constraint].samples;
  });
  const fits = (segment: Segment, text: string): boolean =>
    segment.type === 'literal'
      ? segment.lowerCase === text
      : segment.type === 'rest' || accepts(segment.constraint, text);
  return texts.length === 0 || texts.some((text) => fits(a, text) && fits(b, text));
}

function canMatchSamePath(a: Route, b: Route): boolean {
  const [firstOfA, ...laterOfA] = a;
  const [firstOfB, ...laterOfB] = b;
  if (firstOfA === undefined || firstOfB === undefined) {
    return [...a, ...b].every(canBeAbsent);
  }
  if (canBeAbsent(firstOfA) && canBeAbsent(firstOfB)) {
    return true;
  }
  if (firstOfA.type === 'rest' || firstOfB.type === 'rest') {
    return true;
  }
  return canBeSameText(firstOfA, firstOfB) && canMatchSamePath(laterOfA, laterOfB);
}

export interface RoutedFunction {
  name: string;
  /** Absent where the function has no HTTP trigger. */
  route?: string;
  /** Absent where the function answers every method. */
  methods?: readonly string[];
}

function haveCommonMethod({ methods: a }: RoutedFunction, { methods: b }: RoutedFunction): boolean {
  const upperCase = new Set(b?.map((method) => method.toUpperCase()));
  return a === undefined || b === undefined || a.some((method) => upperCase.has(method.toUpperCase()));
}

/**
 * Pairs of functions that some request could reach both of. The real host gives such a request to the function whose
 * name sorts first, so an app that doesn't want to depend on its names has none.
 */
export function overlappingRoutes<F extends RoutedFunction>(functions: readonly F[]): [F, F][] {
  const routed = functions.flatMap((fn) => (fn.route === undefined ? [] : [{ fn, route: parseRoute(fn.route) }]));
  return routed.flatMap((a, index) =>
    routed
      .slice(index + 1)
      .filter((b) => haveCommonMethod(a.fn, b.fn) && canMatchSamePath(a.route, b.route))
      .map((b): [F, F] => [a.fn, b.fn]),
  );
}
