// What is wrong with a text from outside, in words: where, what was expected, what came. zod finds it, this says it;
// zod/mini brings no texts of its own, which keeps it off the cold start.
import * as z from 'zod/mini';
import { type Parsed, shown } from '../core/names.ts';

type Issue = z.core.$ZodIssue;

/** A JSON string that one of the name parsers takes. */
export function parsedBy<T>(parse: (text: string) => Parsed<T>) {
  return z.pipe(
    z.string(),
    z.transform((text, context): T => {
      const parsed = parse(text);
      if (parsed.type === 'valid') {
        return parsed.value;
      }
      context.issues.push({ code: 'custom', message: parsed.message, input: text });
      return z.NEVER;
    }),
  );
}

/**
 * One line per issue: `target.digest: expected …, got …`. The error must come from a parse with `reportInput`.
 * @param name what the path starts from, where it has a name
 * @param show how a text that came is written; the default shows its beginning
 */
export function issueLines(error: z.core.$ZodError, name = '', show: (text: string) => string = shown): string[] {
  return error.issues.map((issue) => {
    const place = pathText(issue.path, name);
    return place === '' ? issueText(issue, show) : `${place}: ${issueText(issue, show)}`;
  });
}

function pathText(path: readonly PropertyKey[], name: string): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name === '' && text.startsWith('.') ? text.slice(1) : `${name}${text}`;
}

function issueText(issue: Issue, show: (text: string) => string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${withArticle(issue.expected)}, got ${kindOf(issue.input, show)}`;
    case 'unrecognized_keys':
      return `expected known keys only, got ${issue.keys.map((key) => show(key)).join(', ')}`;
    case 'custom':
      return issue.message;
    default:
      return `expected something else (${issue.code}), got ${kindOf(issue.input, show)}`;
  }
}

/** Objects and arrays are named, not shown: they may be deeper than JSON.stringify can follow. */
export function kindOf(value: unknown, show: (text: string) => string = shown): string {
  if (value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'string') {
    return show(value);
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return String(value);
}

const withArticle = (type: string) => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
