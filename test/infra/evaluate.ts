// Works out what a Bicep file makes of its parameters, as far as the expressions of infra/ go.
import type { Node } from 'web-tree-sitter';
import { parseBicep } from './bicep.ts';
import { readValue } from './bicep-values.ts';

type Data = unknown;
/** By name: data, or what works it out. */
export type Scope = ReadonlyMap<string, () => Data>;
type Lambda = (value: Data) => Data;

const named = (node: Node): Node[] =>
  node.namedChildren.filter((child) => child !== null && !/comment/.test(child.type)) as Node[];

/** The variables and the parameters' defaults of a file, and what is given in their place or besides. */
export function scopeOf(source: string, given: Readonly<Record<string, Data>>): Scope {
  const scope = new Map<string, () => Data>();
  for (const node of named(parseBicep(source))) {
    const [name, ...rest] = named(node);
    const value = rest.at(node.type === 'parameter_declaration' ? 1 : -1);
    const isTold = node.type === 'variable_declaration' || node.type === 'parameter_declaration';
    if (isTold && name !== undefined && value !== undefined) {
      scope.set(name.text, () => evaluate(value, scope));
    }
  }
  for (const [name, value] of Object.entries(given)) {
    scope.set(name, () => value);
  }
  return scope;
}

/** What a module is given. */
export function moduleParams(source: string, name: string, scope: Scope): Readonly<Record<string, Data>> {
  const module = named(parseBicep(source)).find(
    (node) => node.type === 'module_declaration' && named(node)[0]?.text === name,
  );
  const params = named(last(module)).find((property) => named(property)[0]?.text === 'params');
  return evaluate(last(params), scope) as Readonly<Record<string, Data>>;
}

/** The values of a .bicepparam file, whose parameters have no types, which the grammar wants. */
export function parameterValues(source: string, environment: Readonly<Record<string, string>>): Record<string, Data> {
  const typed = source.replace(/^using .*$/m, '').replace(/^param (\w+) =/gm, 'var $1 =');
  const scope = new Map(scopeOf(typed, {}));
  scope.set('readEnvironmentVariable', () => (name: string, fallback: string) => environment[name] ?? fallback);
  return Object.fromEntries(
    named(parseBicep(typed)).flatMap((node) =>
      node.type === 'variable_declaration' ? [[named(node)[0]?.text ?? '', evaluate(last(node), scope)] as const] : [],
    ),
  );
}

function last(node: Node | undefined): Node {
  const child = node === undefined ? undefined : named(node).at(-1);
  if (child === undefined) {
    throw new Error(`Expected something in ${node?.text ?? 'nothing'}`);
  }
  return child;
}

export function evaluate(node: Node, scope: Scope): Data {
  const parts = named(node);
  const part = (index: number): Data => {
    const one = parts[index];
    return one === undefined ? undefined : evaluate(one, scope);
  };
  switch (node.type) {
    case 'string':
      return parts.map((one) => textOf(one, scope)).join('');
    case 'number':
    case 'boolean':
    case 'null':
      return (readValue(node) as { readonly value: Data }).value;
    case 'array':
      return parts.map((one) => evaluate(one, scope));
    case 'object':
      return Object.fromEntries(parts.map((property) => propertyOf(property, scope)));
    case 'identifier':
      return lookUp(node.text, scope);
    case 'parenthesized_expression':
      return part(0);
    case 'member_expression':
    case 'subscript_expression':
      return memberOf(node, part(0), scope);
    case 'ternary_expression':
      return part(0) === true ? part(1) : part(2);
    case 'unary_expression':
      return part(0) !== true;
    case 'binary_expression':
      return binary(node.children[1]?.text ?? '', part(0), part(1));
    case 'lambda_expression':
      return (value: Data) => evaluate(last(node), new Map([...scope, [parts[0]?.text ?? '', () => value]]));
    case 'call_expression':
      return call(
        parts[0]?.text ?? '',
        named(last(node)).map((one) => evaluate(one, scope)),
        scope,
      );
    default:
      throw new Error(`Expected an expression that is known here, got ${node.type}: ${node.text}`);
  }
}

function lookUp(name: string, scope: Scope): Data {
  const value = scope.get(name);
  if (value === undefined) {
    throw new Error(`Expected ${name} to be declared`);
  }
  return value();
}

function textOf(part: Node, scope: Scope): string {
  if (part.type === 'interpolation') {
    return String(evaluate(last(part), scope));
  }
  return part.type === 'escape_sequence' ? part.text.slice(1) : part.text;
}

function propertyOf(property: Node, scope: Scope): [string, Data] {
  const [key] = named(property);
  return [key?.type === 'string' ? String(evaluate(key, scope)) : (key?.text ?? ''), evaluate(last(property), scope)];
}

function memberOf(node: Node, of: Data, scope: Scope): Data {
  const key = node.type === 'member_expression' ? last(node).text : String(evaluate(last(node), scope));
  const value = (of as Readonly<Record<string, Data>> | undefined)?.[key];
  const isSafe = node.children.some((child) => child?.type === '.?');
  if (value === undefined && !isSafe) {
    throw new Error(`Expected ${node.text}, got nothing`);
  }
  return value ?? null;
}

function binary(operator: string, left: Data, right: Data): Data {
  switch (operator) {
    case '==':
      return left === right;
    case '??':
      return left ?? right;
    default:
      throw new Error(`Expected an operator that is known here, got ${operator}`);
  }
}

function call(name: string, args: readonly Data[], scope: Scope): Data {
  const [first, second] = args;
  switch (name) {
    case 'bool':
      return first === 'true';
    case 'concat':
      return args.flat();
    case 'empty':
      return first === '' || (Array.isArray(first) && first.length === 0);
    case 'items':
      return Object.entries(first as object).map(([key, value]) => ({ key, value }));
    case 'map':
      return (first as readonly Data[]).map((value) => (second as Lambda)(value));
    case 'split':
      return String(first).split(String(second));
    case 'string':
      return JSON.stringify(first);
    case 'toLower':
      return String(first).toLowerCase();
    case 'union':
      return Object.assign({}, ...args);
    default:
      return (lookUp(name, scope) as (...given: readonly Data[]) => Data)(...args);
  }
}
