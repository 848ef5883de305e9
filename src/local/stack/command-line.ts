// Options of a command: read, checked and explained from one description of them.
import { parseArgs } from 'node:util';
import { shown } from '../../core/names.ts';

export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  /** What its value is called; an option without one is a switch. */
  readonly value?: string;
  readonly meaning: string;
}

export interface CommandSpec {
  /** As it is typed, `npm start --`. */
  readonly command: string;
  /** What the argument without dashes is called, if the command takes one, or all of them if it takes more. */
  readonly argument?: string;
  /** 1 unless given. */
  readonly mostArguments?: number;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
}

export type CommandLine =
  | {
      readonly type: 'given';
      /** Every value of an option, in the order in which they were given. */
      readonly values: ReadonlyMap<string, readonly string[]>;
      readonly switches: ReadonlySet<string>;
      /** The first one. */
      readonly argument: string | undefined;
      readonly arguments: readonly string[];
    }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'invalid'; readonly message: string };

const HELP: OptionSpec = { name: 'help', meaning: 'Shows this.' };

export const invalid = (message: string) => ({ type: 'invalid', message }) as const;

/** Whether a value makes sense is the caller's to check. */
export function readCommandLine(args: readonly string[], spec: CommandSpec): CommandLine {
  const specs = [...spec.options, HELP];
  const options = Object.fromEntries(
    specs.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' } as const]),
  );
  const config = { args: [...args], options, strict: false, tokens: true, allowPositionals: true } as const;
  const values = new Map<string, string[]>();
  const switches = new Set<string>();
  const positionals: string[] = [];
  for (const token of parseArgs(config).tokens) {
    if (token.kind === 'positional') {
      positionals.push(token.value);
    } else if (token.kind === 'option') {
      const known = specs.find(({ name }) => name === token.name);
      const fault = optionFault(known, specs, token);
      if (fault !== undefined) {
        return invalid(fault);
      }
      if (token.value === undefined) {
        switches.add(token.name);
      } else {
        values.set(token.name, [...(values.get(token.name) ?? []), token.value]);
      }
    }
  }
  if (switches.has(HELP.name)) {
    return { type: 'help', text: helpText(spec) };
  }
  const { argument: called, mostArguments = 1 } = spec;
  const tooMany = positionals.slice(called === undefined ? 0 : mostArguments);
  if (tooMany.length > 0) {
    const expected = called === undefined ? 'options only' : mostArguments === 1 ? `one ${called}` : called;
    return invalid(`expected ${expected}, got ${quoted(called === undefined ? positionals : tooMany)}`);
  }
  return { type: 'given', values, switches, argument: positionals[0], arguments: positionals };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
}

function optionFault(
  known: OptionSpec | undefined,
  specs: readonly OptionSpec[],
  { rawName, value }: OptionToken,
): string | undefined {
  if (known === undefined) {
    return `expected one of ${specs.map(({ name }) => `--${name}`).join(', ')}; got ${shown(rawName)}`;
  }
  if (known.value === undefined) {
    return value === undefined ? undefined : `expected --${known.name} without a value, got ${shown(value)}`;
  }
  return value === undefined ? `expected --${known.name} ${known.value}, got no value` : undefined;
}

const quoted = (texts: readonly string[]): string => texts.map(shown).join(' ');

function helpText({ command, argument, summary, options }: CommandSpec): string {
  const all = [...options, HELP].map(({ name, value, meaning }) => ({
    left: `--${name}${value === undefined ? '' : ` ${value}`}`,
    meaning,
  }));
  const width = Math.max(...all.map(({ left }) => left.length));
  const lines = all.map(({ left, meaning }) => `  ${left.padEnd(width)}  ${meaning}`);
  const usage = [command, argument, '[options]'].filter((part) => part !== undefined).join(' ');
  return `${usage}\n\n${summary}\n\n${lines.join('\n')}\n`;
}

/** @returns undefined for anything but a plain decimal number within these bounds */
export function numberWithin(text: string, low: number, high: number): number | undefined {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : undefined;
}

export function wholeNumberWithin(text: string, low: number, high: number): number | undefined {
  const value = numberWithin(text, low, high);
  return Number.isInteger(value) ? value : undefined;
}
