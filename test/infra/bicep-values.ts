// The values of a Bicep source, as far as they can be told from its text.
import type { Node } from 'web-tree-sitter';

export type Value =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'literal'; readonly value: boolean | number | null }
  | { readonly type: 'object'; readonly properties: ReadonlyMap<string, Value> }
  | { readonly type: 'array'; readonly items: readonly Value[] }
  | { readonly type: 'loop'; readonly item: string; readonly over: string; readonly body: Value }
  | { readonly type: 'choice'; readonly values: readonly Value[]; readonly source: string }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Value[]; readonly source: string }
  | { readonly type: 'lambda'; readonly body: Value; readonly source: string }
  | { readonly type: 'name'; readonly name: string }
  /** Whatever else, as it is written. */
  | { readonly type: 'expression'; readonly source: string };

const named = (node: Node): Node[] =>
  node.namedChildren.filter((child) => child !== null && !/comment|directive/.test(child.type)) as Node[];

export function readValue(node: Node): Value {
  const parts = named(node);
  const [first, second] = parts;
  const final = parts.at(-1);
  switch (node.type) {
    case 'string':
      return stringOf(node);
    case 'boolean':
      return { type: 'literal', value: node.text === 'true' };
    case 'number':
      return { type: 'literal', value: Number(node.text) };
    case 'null':
      return { type: 'literal', value: null };
    case 'object':
      return { type: 'object', properties: new Map(parts.flatMap(propertyOf)) };
    case 'array':
      return { type: 'array', items: parts.map(readValue) };
    case 'identifier':
      return { type: 'name', name: node.text };
    case 'parenthesized_expression':
      return first === undefined ? expression(node) : readValue(first);
    case 'for_statement': {
      const over = parts.at(-2)?.text ?? '';
      const item = (first?.type === 'for_loop_parameters' ? first.namedChild(0) : first)?.text ?? '';
      return final === undefined ? expression(node) : { type: 'loop', item, over, body: readValue(final) };
    }
    case 'ternary_expression':
      return { type: 'choice', values: parts.slice(1).map(readValue), source: node.text };
    case 'lambda_expression':
      return final === undefined ? expression(node) : { type: 'lambda', body: readValue(final), source: node.text };
    case 'call_expression': {
      const args = second?.type === 'arguments' ? named(second).map(readValue) : [];
      return first?.type === 'identifier'
        ? { type: 'call', name: first.text, args, source: node.text }
        : expression(node);
    }
    case 'if_statement':
      return final === undefined ? expression(node) : readValue(final);
    default:
      return expression(node);
  }
}

const expression = (node: Node): Value => ({ type: 'expression', source: node.text });

function propertyOf(node: Node): [string, Value][] {
  const [key, value] = named(node);
  if (node.type !== 'object_property' || key === undefined || value === undefined) {
    return [];
  }
  const name = key.type === 'string' ? stringOf(key) : { type: 'text' as const, text: key.text };
  return [[name.type === 'text' ? name.text : key.text, readValue(value)]];
}

const ESCAPES: Readonly<Record<string, string>> = { "\\'": "'", '\\n': '\n', '\\\\': '\\', '\\$': '$' };

function stringOf(node: Node): Value {
  const parts = named(node);
  if (parts.some(({ type }) => type === 'interpolation')) {
    return expression(node);
  }
  const text = parts.map((part) => (part.type === 'escape_sequence' ? (ESCAPES[part.text] ?? '') : part.text)).join('');
  return { type: 'text', text };
}

/** `properties.siteConfig.minTlsVersion`; undefined where there is none. */
export function valueAt(value: Value | undefined, path: string): Value | undefined {
  return path
    .split('.')
    .reduce<Value | undefined>((at, key) => (at?.type === 'object' ? at.properties.get(key) : undefined), value);
}

/** To compare and to show: what is known as plain data, what is not as `${…}`. */
export function plain(value: Value | undefined): unknown {
  if (value === undefined) {
    return undefined;
  }
  switch (value.type) {
    case 'text':
      return value.text;
    case 'literal':
      return value.value;
    case 'object':
      return Object.fromEntries([...value.properties].map(([key, inner]) => [key, plain(inner)]));
    case 'array':
      return value.items.map(plain);
    case 'loop':
      return { for: value.over, of: plain(value.body) };
    case 'name':
      return `\${${value.name}}`;
    default:
      return `\${${value.source}}`;
  }
}
