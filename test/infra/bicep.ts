// Bicep source -> what it declares, by its syntax tree. Expressions that only Azure can work out stay as they are written.
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { readValue, type Value } from './bicep-values.ts';

export interface Declaration {
  readonly name: string;
  readonly decorators: ReadonlyMap<string, readonly Value[]>;
}

export interface Parameter extends Declaration {
  /** As written: `string`, `registryType[]`. */
  readonly type: string;
  readonly default: Value | undefined;
  /** Those of an object type that is written out in it. */
  readonly properties: readonly TypeProperty[];
}

export interface TypeProperty extends Declaration {
  readonly of: string;
  readonly isOptional: boolean;
}

export interface Resource {
  readonly name: string;
  /** `Microsoft.Web/sites@2025-03-01` */
  readonly type: string;
  readonly isExisting: boolean;
  readonly body: Value;
  /** What it is there for only; as written. */
  readonly condition: string | undefined;
  readonly loop: string | undefined;
}

export interface Module extends Omit<Resource, 'type' | 'isExisting'> {
  readonly path: string;
}

export interface Output extends Declaration {
  readonly source: string;
}

export interface BicepFile {
  readonly path: string;
  readonly source: string;
  readonly syntaxErrors: readonly string[];
  readonly hasDescription: boolean;
  readonly parameters: readonly Parameter[];
  readonly typeProperties: readonly TypeProperty[];
  readonly variables: ReadonlyMap<string, Value>;
  readonly resources: readonly Resource[];
  readonly modules: readonly Module[];
  readonly outputs: readonly Output[];
}

const require = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

export function parseBicep(source: string): Node {
  const tree = parser.parse(source);
  if (tree === null) {
    throw new Error('Expected a syntax tree, got none');
  }
  return tree.rootNode;
}

export function readBicep(path: string, source: string): BicepFile {
  const root = parseBicep(source);
  return {
    ...{ path, source, syntaxErrors: errorsIn(root), hasDescription: /^metadata description = '/m.test(source) },
    parameters: declared(root, 'parameter_declaration').map(parameterOf),
    typeProperties: declared(root, 'type_declaration').flatMap(({ node }) => propertiesOf(node)),
    variables: new Map(
      declared(root, 'variable_declaration').map(({ node }) => [textOf(node, 1), readValue(last(node))] as const),
    ),
    resources: declared(root, 'resource_declaration').map(({ node }) => resourceOf(node)),
    modules: declared(root, 'module_declaration').map(({ node }) => {
      const { type, isExisting: _, ...rest } = resourceOf(node);
      return { ...rest, path: type };
    }),
    outputs: declared(root, 'output_declaration').map(({ node, decorators }) => ({
      ...{ name: textOf(node, 1), decorators: decoratorsOf(decorators), source: last(node).text },
    })),
  };
}

function errorsIn(node: Node): string[] {
  const here = node.isError || node.isMissing ? [`line ${node.startPosition.row + 1}`] : [];
  return [...here, ...kids(node).flatMap(errorsIn)];
}

const kids = (node: Node): Node[] => node.children.filter((child) => child !== null);
const named = (node: Node): Node[] => node.namedChildren.filter((child) => child !== null);

function last(node: Node): Node {
  const child = named(node).at(-1);
  if (child === undefined) {
    throw new Error(`Expected something in ${node.type}, got nothing`);
  }
  return child;
}

const textOf = (node: Node, index: number): string => kids(node)[index]?.text ?? '';

/** With the decorators that stand before each. */
function declared(root: Node, type: string): { readonly node: Node; readonly decorators: Node | undefined }[] {
  const nodes = named(root).filter((node) => !/comment|directive/.test(node.type));
  return nodes.flatMap((node, index) => {
    const before = nodes[index - 1];
    return node.type === type ? [{ node, decorators: before?.type === 'decorators' ? before : undefined }] : [];
  });
}

function decoratorsOf(node: Node | undefined): ReadonlyMap<string, readonly Value[]> {
  const decorators = new Map<string, readonly Value[]>();
  for (const decorator of node === undefined ? [] : named(node)) {
    const call = readValue(last(decorator));
    if (call.type === 'call') {
      decorators.set(call.name, call.args);
    }
  }
  return decorators;
}

function parameterOf({ node, decorators }: { node: Node; decorators: Node | undefined }): Parameter {
  const [, type, fallback] = named(node);
  return {
    name: textOf(node, 1),
    decorators: decoratorsOf(decorators),
    type: type?.text ?? '',
    default: fallback === undefined ? undefined : readValue(fallback),
    properties: type === undefined ? [] : propertiesOf(type),
  };
}

function propertiesOf(node: Node): TypeProperty[] {
  return named(node).flatMap((child, index, all) => {
    if (child.type !== 'object_property') {
      return propertiesOf(child);
    }
    const before = all[index - 1];
    const decorators = decoratorsOf(before?.type === 'decorators' ? before : undefined);
    const written = kids(child).at(-1);
    const isOptional = written?.type === 'nullable_type' || written?.text === '?';
    return [{ name: named(child)[0]?.text ?? '', decorators, isOptional, of: last(child).text }];
  });
}

function resourceOf(node: Node): Resource {
  const [name, type] = named(node);
  let body = last(node);
  let [condition, loop]: (string | undefined)[] = [];
  while (body.type === 'for_statement' || body.type === 'if_statement') {
    const value = readValue(body);
    if (body.type === 'for_statement') {
      loop = value.type === 'loop' ? value.over : undefined;
    } else {
      condition = named(body)[0]?.text.replace(/^\((.*)\)$/s, '$1');
    }
    body = last(body);
  }
  return {
    name: name?.text ?? '',
    type: type?.text.slice(1, -1) ?? '',
    isExisting: kids(node).some((child) => child.type === 'existing'),
    body: readValue(body),
    ...{ condition, loop },
  };
}
