import { parseArgs } from 'node:util';

export interface Options {
  readonly isShort: boolean;
  /** Names of parts, in the order of the bench. */
  readonly parts: readonly string[];
  /** Where the JSON goes besides bench/results. */
  readonly json: string | undefined;
  readonly isHelp: boolean;
}

/** What was typed cannot be used; the message says what can. */
export class OptionFault extends Error {
  override readonly name = 'OptionFault';
}

export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { short, only, json, help } = parseValues(args);
  if (json === '') {
    throw new OptionFault('expected --json to name a file, got ""');
  }
  return { isShort: short, parts: partsOf(only, known), json, isHelp: help };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionFault(`${reason.split('. ')[0]}; --help lists the options`);
  }
}

function partsOf(only: string | undefined, known: readonly string[]): readonly string[] {
  if (only === undefined) {
    return known;
  }
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const came = unknown.map((name) => JSON.stringify(name)).join(', ');
    throw new OptionFault(`expected --only to name parts of the bench (${known.join(', ')}), got ${came}`);
  }
  return known.filter((name) => names.includes(name));
}

export function help(known: readonly string[]): string {
  return [
    'npm run bench -- [--short] [--only PART[,PART]] [--json FILE]',
    '',
    '  --short      tiny sizes: proves that the bench runs, in less than a minute',
    `  --only       some parts only: ${known.join(', ')}`,
    '  --json FILE  writes the figures there too; they always go to bench/results/',
    '',
  ].join('\n');
}
