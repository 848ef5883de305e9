import { type FilterInput, isSystemProperty, systemValue } from './filter-input.ts';
import { evaluate } from './sql-evaluate.ts';
import { parseSqlFilter } from './sql-filter.ts';

/** Every value that is given must be equal, to the case of each letter. `label` and `subject` are the same property. */
export interface CorrelationFilter {
  readonly correlationId?: string;
  readonly messageId?: string;
  readonly to?: string;
  readonly replyTo?: string;
  readonly label?: string;
  readonly subject?: string;
  readonly sessionId?: string;
  readonly replyToSessionId?: string;
  readonly contentType?: string;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

export type Rule = { readonly sql: string } | { readonly correlation: CorrelationFilter };

/** Whether a message goes to the subscription of the rule. */
export type Matcher = (input: FilterInput) => boolean;

/** Throws an error that names the fault if the rule can't be used. Without a rule every message matches. */
export function compileRule(rule: Rule | undefined): Matcher {
  if (rule === undefined) {
    return () => true;
  }
  if ('sql' in rule) {
    const predicate = parseSqlFilter(rule.sql);
    return (input) => evaluate(predicate, input) === true;
  }
  return compileCorrelation(rule.correlation);
}

function compileCorrelation({ properties = {}, ...system }: CorrelationFilter): Matcher {
  const conditions: Matcher[] = Object.entries(properties).map(
    ([name, value]) =>
      (input) =>
        input.application_properties?.[name] === value,
  );
  for (const [name, value] of Object.entries(system)) {
    const property = name.toLowerCase();
    if (!isSystemProperty(property) || typeof value !== 'string') {
      const expected = 'Expected a correlation filter of text values for known properties, and more under "properties"';
      throw new TypeError(`${expected}; got "${name}": ${JSON.stringify(value)}`);
    }
    conditions.push((input) => systemValue(input, property) === value);
  }
  if (conditions.length === 0) {
    throw new TypeError('Expected a correlation filter with at least one property, got none');
  }
  return (input) => conditions.every((condition) => condition(input));
}
