import { isSystemProperty, SYSTEM_FIELDS, type SystemProperty } from './filter-input.ts';
import { compileLike } from './sql-like.ts';
import { type Token, TokenReader } from './sql-tokens.ts';

// SQL filters of Service Bus rules, parsed by recursive descent: one function per line of the grammar in
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter
// Arithmetic, functions and parameters are refused with a message, never ignored.

export type Property =
  | { readonly type: 'property'; readonly scope: 'user'; readonly name: string }
  | { readonly type: 'property'; readonly scope: 'sys'; readonly name: SystemProperty };
export type Operand = { readonly type: 'literal'; readonly value: string | number | boolean } | Property;
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type Predicate =
  | { readonly type: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate }
  | { readonly type: 'not'; readonly predicate: Predicate }
  | {
      readonly type: 'compare';
      readonly operator: ComparisonOperator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly type: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | { readonly type: 'like'; readonly operand: Operand; readonly pattern: RegExp }
  | { readonly type: 'isNull' | 'exists'; readonly property: Property };

/** Azure's own limit; here it bounds the depth of the recursion too. */
const MAX_FILTER_CHARACTERS = 1024;

const OPERATORS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

/** Throws SqlFilterError for text that is not a filter, or that the local broker can't evaluate. */
export function parseSqlFilter(text: string): Predicate {
  if (text.length > MAX_FILTER_CHARACTERS) {
    throw new RangeError(`Expected a SQL filter of at most ${MAX_FILTER_CHARACTERS} characters, got ${text.length}`);
  }
  const tokens = new TokenReader(text);
  const predicate = parseOr(tokens);
  tokens.require('end', 'AND, OR or the end');
  return predicate;
}

function parseOr(tokens: TokenReader): Predicate {
  let left = parseAnd(tokens);
  while (tokens.takeIf('keyword', 'OR')) {
    left = { type: 'or', left, right: parseAnd(tokens) };
  }
  return left;
}

function parseAnd(tokens: TokenReader): Predicate {
  let left = parseNot(tokens);
  while (tokens.takeIf('keyword', 'AND')) {
    left = { type: 'and', left, right: parseNot(tokens) };
  }
  return left;
}

function parseNot(tokens: TokenReader): Predicate {
  return tokens.takeIf('keyword', 'NOT') ? { type: 'not', predicate: parseNot(tokens) } : parseCondition(tokens);
}

function parseCondition(tokens: TokenReader): Predicate {
  if (tokens.takeIf('symbol', '(')) {
    const predicate = parseOr(tokens);
    tokens.require('symbol', 'AND, OR or )', ')');
    return predicate;
  }
  if (tokens.takeIf('keyword', 'EXISTS')) {
    tokens.require('symbol', '( after EXISTS', '(');
    const property = parseProperty(tokens);
    tokens.require('symbol', ') after the property', ')');
    return { type: 'exists', property };
  }
  const operand = parseOperand(tokens);
  const operator = OPERATORS.get(tokens.peek().source);
  if (operator !== undefined) {
    tokens.take();
    return { type: 'compare', operator, left: operand, right: parseOperand(tokens) };
  }
  if (operand.type === 'property' && tokens.takeIf('keyword', 'IS')) {
    const negate = tokens.takeIf('keyword', 'NOT');
    tokens.require('keyword', negate ? 'NULL after IS NOT' : 'NULL or NOT NULL after IS', 'NULL');
    return negatedIf(negate, { type: 'isNull', property: operand });
  }
  if (tokens.takeIf('keyword', 'NOT')) {
    return negatedIf(true, parseInOrLike(tokens, operand, 'IN or LIKE after NOT'));
  }
  const expected = operand.type === 'property' ? 'a comparison, IN, LIKE or IS' : 'a comparison, IN or LIKE';
  return parseInOrLike(tokens, operand, expected);
}

function negatedIf(isNegated: boolean, predicate: Predicate): Predicate {
  return isNegated ? { type: 'not', predicate } : predicate;
}

function parseInOrLike(tokens: TokenReader, operand: Operand, expected: string): Predicate {
  if (tokens.takeIf('keyword', 'IN')) {
    tokens.require('symbol', '( after IN', '(');
    const list = [parseOperand(tokens)];
    while (tokens.takeIf('symbol', ',')) {
      list.push(parseOperand(tokens));
    }
    tokens.require('symbol', ', or ) in the list of IN', ')');
    return { type: 'in', operand, list };
  }
  if (tokens.takeIf('keyword', 'LIKE')) {
    return { type: 'like', operand, pattern: parsePattern(tokens) };
  }
  throw tokens.unexpected(expected);
}

function parsePattern(tokens: TokenReader): RegExp {
  const text = tokens.require('string', 'a pattern in single quotes after LIKE');
  let escapeCharacter: string | undefined;
  if (tokens.takeIf('keyword', 'ESCAPE')) {
    const token = tokens.require('string', 'one character in single quotes after ESCAPE');
    if ([...token.value].length !== 1) {
      throw tokens.unexpected('one character in single quotes after ESCAPE', token);
    }
    escapeCharacter = token.value;
  }
  const pattern = compileLike(text.value, escapeCharacter);
  if (pattern === undefined) {
    throw tokens.unexpected(`a pattern that doesn't end with its escape character ${escapeCharacter}`, text);
  }
  return pattern;
}

function parseOperand(tokens: TokenReader): Operand {
  const token = tokens.peek();
  if (token.type === 'symbol' && (tokens.takeIf('symbol', '-') || tokens.takeIf('symbol', '+'))) {
    const expected = `a number after ${token.value} (the local broker has no arithmetic)`;
    const value = parseNumber(tokens, tokens.require('number', expected));
    return { type: 'literal', value: token.value === '-' ? -value : value };
  }
  switch (token.type) {
    case 'number':
      return { type: 'literal', value: parseNumber(tokens, tokens.take()) };
    case 'string':
      return { type: 'literal', value: tokens.take().value };
    case 'keyword':
      return { type: 'literal', value: parseBoolean(tokens) };
    case 'name':
      return parseProperty(tokens);
    case 'symbol':
    case 'end':
      throw tokens.unexpected('a property or a value');
  }
}

function parseNumber(tokens: TokenReader, token: Token): number {
  const value = Number(token.value);
  if (/^\d+$/.test(token.value) && !Number.isSafeInteger(value)) {
    throw tokens.unexpected(`a whole number up to ${Number.MAX_SAFE_INTEGER}`, token);
  }
  return value;
}

function parseBoolean(tokens: TokenReader): boolean {
  const token = tokens.peek();
  if (token.value !== 'TRUE' && token.value !== 'FALSE') {
    const isNull = token.value === 'NULL';
    throw tokens.unexpected(isNull ? 'a value (only IS NULL tests for NULL)' : 'a property or a value');
  }
  return tokens.take().value === 'TRUE';
}

function parseProperty(tokens: TokenReader): Property {
  const first = tokens.require('name', 'a property');
  if (tokens.peek().source === '(') {
    throw tokens.unexpected(`no parenthesis after ${first.source} (the local broker has no functions)`);
  }
  if (!tokens.takeIf('symbol', '.')) {
    return { type: 'property', scope: 'user', name: first.value };
  }
  const second = tokens.require('name', 'a property after the dot');
  switch (first.source.toLowerCase()) {
    case 'user':
      return { type: 'property', scope: 'user', name: second.value };
    case 'sys':
      return { type: 'property', scope: 'sys', name: systemProperty(tokens, second) };
    default:
      throw tokens.unexpected(
        `the scope sys or user before the dot (a name with a dot is written [${first.value}.${second.value}])`,
        first,
      );
  }
}

/** Azure fails each message on a system property that it doesn't have; a filter that can never match fails here. */
function systemProperty(tokens: TokenReader, token: Token): SystemProperty {
  const name = token.value.toLowerCase();
  if (!isSystemProperty(name)) {
    throw tokens.unexpected(`a system property (one of ${Object.keys(SYSTEM_FIELDS).join(', ')})`, token);
  }
  return name;
}
