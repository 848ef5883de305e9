import { type FilterInput, systemValue } from './filter-input.ts';
import type { ComparisonOperator, Operand, Predicate, Property } from './sql-filter.ts';

/** Three-valued logic: `undefined` is unknown, what every operator answers about a property that is not there. */
export type Truth = boolean | undefined;

export function evaluate(predicate: Predicate, input: FilterInput): Truth {
  switch (predicate.type) {
    case 'and':
      return and(evaluate(predicate.left, input), evaluate(predicate.right, input));
    case 'or':
      return not(and(not(evaluate(predicate.left, input)), not(evaluate(predicate.right, input))));
    case 'not':
      return not(evaluate(predicate.predicate, input));
    case 'compare':
      return compare(predicate.operator, operandValue(predicate.left, input), operandValue(predicate.right, input));
    case 'in':
      return predicate.list
        .map((item) => compare('=', operandValue(predicate.operand, input), operandValue(item, input)))
        .reduce((left, right) => not(and(not(left), not(right))));
    case 'like': {
      const text = operandValue(predicate.operand, input);
      return typeof text === 'string' ? predicate.pattern.test(text) : undefined;
    }
    case 'isNull':
      return (operandValue(predicate.property, input) ?? null) === null;
    case 'exists':
      return operandValue(predicate.property, input) !== undefined;
  }
}

function and(left: Truth, right: Truth): Truth {
  if (left === false || right === false) {
    return false;
  }
  return left === undefined || right === undefined ? undefined : true;
}

function not(value: Truth): Truth {
  return value === undefined ? undefined : !value;
}

/** Undefined if the message has no such property, null if it has one without a value. Names ignore case. */
function operandValue(operand: Operand, input: FilterInput): unknown {
  if (operand.type === 'literal') {
    return operand.value;
  }
  return operand.scope === 'sys' ? systemValue(input, operand.name) : userValue(operand, input);
}

function userValue(property: Property, input: FilterInput): unknown {
  const properties = input.application_properties ?? {};
  const wanted = property.name.toLowerCase();
  const name = Object.keys(properties).find((candidate) => candidate.toLowerCase() === wanted);
  return name === undefined ? undefined : properties[name];
}

/**
 * Strings compare by code unit, as .NET's ordinal comparison does. Azure fails on values of two types and dead-letters
 * the message; here the answer is unknown, so the rule does not match either.
 */
function compare(operator: ComparisonOperator, left: unknown, right: unknown): Truth {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return compareBooleans(operator, left, right);
  }
  if (typeof left === 'number' && typeof right === 'number') {
    return ORDERED[operator](left, right);
  }
  return typeof left === 'string' && typeof right === 'string' ? ORDERED[operator](left, right) : undefined;
}

/** Booleans have no order. */
function compareBooleans(operator: ComparisonOperator, left: boolean, right: boolean): Truth {
  if (operator === '=') {
    return left === right;
  }
  return operator === '<>' ? left !== right : undefined;
}

type Ordered = number | string;
const ORDERED: Readonly<Record<ComparisonOperator, (left: Ordered, right: Ordered) => boolean>> = {
  '=': (left, right) => left === right,
  '<>': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
