/** A fault in the text of a filter: where it is, what the grammar wanted there and what stood there instead. */
export class SqlFilterError extends Error {
  override readonly name = 'SqlFilterError';
  /** Counted from 1, as an editor shows it. */
  readonly position: number;

  constructor(expected: string, position: number, actual: string, text: string) {
    super(`Expected ${expected} at position ${position}, got ${actual} in SQL filter: ${text}`);
    this.position = position;
  }
}

export type Token = {
  readonly type: 'keyword' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Keywords in upper case, names and strings without their quotes, all else as written. */
  readonly value: string;
  /** As written: what a message shows. */
  readonly source: string;
  readonly position: number;
};

const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'IN', 'LIKE', 'ESCAPE', 'IS', 'NULL', 'EXISTS', 'TRUE', 'FALSE']);

type TokenForm = { readonly pattern: RegExp; read(source: string): Pick<Token, 'type' | 'value'> };

const withoutQuotes = (source: string, closing: string) =>
  source.slice(1, -1).replaceAll(closing + closing, () => closing);

const readWord = (source: string): Pick<Token, 'type' | 'value'> => {
  const upper = source.toUpperCase();
  return KEYWORDS.has(upper) ? { type: 'keyword', value: upper } : { type: 'name', value: source };
};

/** The first form that matches wins; `y` ties each to the place where the last token ended. */
const FORMS: readonly TokenForm[] = [
  { pattern: /'(?:[^']|'')*'/y, read: (source) => ({ type: 'string', value: withoutQuotes(source, "'") }) },
  { pattern: /\[(?:[^\]]|\]\])+\]/y, read: (source) => ({ type: 'name', value: withoutQuotes(source, ']') }) },
  { pattern: /"(?:[^"]|"")+"/y, read: (source) => ({ type: 'name', value: withoutQuotes(source, '"') }) },
  { pattern: /\p{L}[\p{L}\p{Nd}_]*/uy, read: readWord },
  { pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y, read: (source) => ({ type: 'number', value: source }) },
  { pattern: /<>|!=|<=|>=|[=<>(),.+\-*/%]/y, read: (source) => ({ type: 'symbol', value: source }) },
];

/** Forms that are begun and never end, or that Azure has and the local broker has not: each deserves its own message. */
const FAULTS: readonly { readonly pattern: RegExp; readonly expected: string }[] = [
  { pattern: /'/y, expected: "a string that ends with '" },
  { pattern: /\[/y, expected: 'a name in brackets that is not empty and ends with ]' },
  { pattern: /"/y, expected: 'a name in double quotes that is not empty and ends with "' },
  { pattern: /@/y, expected: 'a value written out (the local broker has no filter parameters)' },
  { pattern: /_/y, expected: 'a name that starts with a letter (any other name is written in [brackets])' },
];

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

function readToken(text: string, offset: number): Token {
  for (const form of FORMS) {
    const source = matchAt(form.pattern, text, offset);
    if (source !== undefined) {
      return { ...form.read(source), source, position: offset + 1 };
    }
  }
  const fault = FAULTS.find(({ pattern }) => matchAt(pattern, text, offset) !== undefined);
  const expected = fault?.expected ?? 'a property, a value or an operator';
  throw new SqlFilterError(expected, offset + 1, text.slice(offset, offset + 12), text);
}

/** The last token is always of type `end`. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    offset += matchAt(/\s*/y, text, offset)?.length ?? 0;
    if (offset >= text.length) {
      tokens.push({ type: 'end', value: '', source: 'the end', position: text.length + 1 });
      return tokens;
    }
    const token = readToken(text, offset);
    tokens.push(token);
    offset += token.source.length;
  }
}

/** Reads the tokens of one filter from left to right; every fault it throws says what was expected there. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  peek(): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) {
      throw new RangeError(`Expected to stop at the last of ${this.#tokens.length} tokens, got past it`);
    }
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Takes the token if it is the wanted keyword or symbol, and says whether it was. */
  takeIf(type: 'keyword' | 'symbol', value: string): boolean {
    const isWanted = this.peek().type === type && this.peek().value === value;
    this.#next += isWanted ? 1 : 0;
    return isWanted;
  }

  require(type: Token['type'], expected: string, value?: string): Token {
    const token = this.peek();
    if (token.type !== type || (value !== undefined && token.value !== value)) {
      throw this.unexpected(expected);
    }
    return this.take();
  }

  unexpected(expected: string, token = this.peek()): SqlFilterError {
    const isArithmetic = token.type === 'symbol' && '+-*/%'.includes(token.value);
    const hint = isArithmetic ? ' (no arithmetic here; a name with such a character is written in [brackets])' : '';
    return new SqlFilterError(expected + hint, token.position, token.source, this.#text);
  }
}
