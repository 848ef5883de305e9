// The types of Azure resources (azure-types.txt), and what of a value does not fit one.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Value } from './bicep-values.ts';

export interface AzureType {
  /** `string`, `'a' | 'b'`, `Name[]`. */
  readonly text: string;
  readonly isOptional: boolean;
  /** Of an object, or of each item of an array; `*` stands for any name. */
  readonly properties: ReadonlyMap<string, AzureType>;
  /** Further properties where one of them has a certain value. */
  readonly variants: readonly Variant[];
}

interface Variant {
  readonly key: string;
  readonly value: string;
  readonly properties: ReadonlyMap<string, AzureType>;
}

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** By `Microsoft.Web/sites@2025-03-01`. */
export function readAzureTypes(): ReadonlyMap<string, AzureType> {
  const text = readFileSync(path.join(import.meta.dirname, 'azure-types.txt'), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [name = '', ...rest] = section.split('\n');
      const lines = rest
        .filter((line) => line.trim() !== '')
        .map((line) => ({ depth: line.search(/\S/), text: line.trim() }));
      return [name, { text: name, isOptional: false, ...membersOf(lines) }] as const;
    }),
  );
}

function membersOf(lines: readonly Line[]): Pick<AzureType, 'properties' | 'variants'> {
  const properties = new Map<string, AzureType>();
  const variants: Variant[] = [];
  const depth = lines[0]?.depth;
  const starts = lines.flatMap((line, index) => (line.depth === depth ? [index] : []));
  for (const [order, start] of starts.entries()) {
    const line = lines[start]?.text ?? '';
    const members = membersOf(lines.slice(start + 1, starts[order + 1]));
    const [, key, value] = /^when (\S+) = '(.*)':$/.exec(line) ?? [];
    const [, name, optional, text] = /^(\S+?)(\?)?: (.*?)(?: \((?:min|max|pattern)=.*\))?$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      variants.push({ key, value, properties: members.properties });
    } else if (name !== undefined && text !== undefined) {
      properties.set(name, { text, isOptional: optional !== undefined || name === '*', ...members });
    } else {
      throw new Error(`Expected a property or a variant, got ${JSON.stringify(line)}`);
    }
  }
  return { properties, variants };
}

/** What stands in a Bicep resource beside what its type has. */
const OF_BICEP = ['parent', 'scope', 'dependsOn'];

export function resourceFaults(body: Value, type: AzureType, variables: ReadonlyMap<string, Value>): readonly string[] {
  if (body.type !== 'object') {
    return ['expected an object'];
  }
  const properties = new Map([...body.properties].filter(([name]) => !OF_BICEP.includes(name)));
  return faultsOf({ type: 'object', properties }, type, '', variables);
}

function faultsOf(value: Value, type: AzureType, at: string, variables: ReadonlyMap<string, Value>): string[] {
  const each = (values: readonly Value[]) => values.flatMap((one) => faultsOf(one, type, at, variables));
  switch (value.type) {
    case 'object':
      return objectFaults(value.properties, type, at, variables);
    case 'array':
      return type.text.endsWith('[]') ? itemFaults(value.items, type, at, variables) : [`${at}: expected no array`];
    case 'loop':
      return type.text.endsWith('[]')
        ? itemFaults([value.body], type, at, variables)
        : [`${at}: expected no array, got a loop`];
    case 'choice':
      return each(value.values);
    case 'name': {
      const known = variables.get(value.name);
      return known === undefined ? [] : faultsOf(known, type, at, variables);
    }
    case 'call': {
      const [, lambda] = value.args;
      if (value.name === 'map' && lambda?.type === 'lambda') {
        return itemFaults([lambda.body], type, at, variables);
      }
      return value.name === 'concat' || value.name === 'union' ? each(value.args) : [];
    }
    case 'text':
    case 'literal':
      return fits(value.type === 'text' ? value.text : value.value, type.text)
        ? []
        : [`${at}: expected ${type.text}, got ${JSON.stringify(value.type === 'text' ? value.text : value.value)}`];
    case 'lambda':
    case 'expression':
      return [];
  }
}

function itemFaults(items: readonly Value[], type: AzureType, at: string, variables: ReadonlyMap<string, Value>) {
  const item = { ...type, text: type.text.slice(0, -2) };
  return items.flatMap((value, index) => faultsOf(value, item, `${at}[${index}]`, variables));
}

function objectFaults(
  values: ReadonlyMap<string, Value>,
  type: AzureType,
  at: string,
  variables: ReadonlyMap<string, Value>,
): string[] {
  if (type.text === 'any') {
    return [];
  }
  if (/^(secret string|bool|int|string)$|'|\[\]$/.test(type.text)) {
    return [`${at}: expected ${type.text}, got an object`];
  }
  const properties = new Map(type.properties);
  for (const variant of type.variants) {
    const chosen = values.get(variant.key);
    if (chosen?.type === 'text' && chosen.text === variant.value) {
      variant.properties.forEach((property, name) => {
        properties.set(name, property);
      });
    }
  }
  const isOpen = properties.size === 0;
  const missing = [...properties].flatMap(([name, { isOptional }]) =>
    isOptional || values.has(name) ? [] : [`${at}.${name}: expected to be set, got nothing`],
  );
  const wrong = [...values].flatMap(([name, value]) => {
    const property = properties.get(name) ?? properties.get('*');
    const place = `${at}.${name}`;
    if (property === undefined) {
      return isOpen ? [] : [`${place}: expected one of ${[...properties.keys()].join(', ')}`];
    }
    return faultsOf(value, property, place, variables);
  });
  return [...missing, ...wrong];
}

function fits(value: string | number | boolean | null, text: string): boolean {
  const words = text.split(' | ');
  switch (typeof value) {
    case 'string':
      return words.includes('string') || text === 'secret string' || text === 'any' || words.includes(`'${value}'`);
    case 'number':
      return words.includes('int') || text === 'any';
    case 'boolean':
      return words.includes('bool') || text === 'any';
    default:
      return true;
  }
}
