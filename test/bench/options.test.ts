import { describe, expect, it } from 'vitest';
import { OptionFault, parseOptions } from '../../bench/options.ts';

const parts = ['throughput', 'operations', 'sweep'];
const parse = (...args: string[]) => parseOptions(args, parts);

describe('the options of the bench', () => {
  it('are all parts at full size when nothing is given', () => {
    expect(parse()).toEqual({ isShort: false, parts, json: undefined, isHelp: false });
  });

  it('name parts in any order, which are run in the order of the bench', () => {
    expect(parse('--only', 'sweep, throughput').parts).toEqual(['throughput', 'sweep']);
  });

  it.for([
    { name: 'an option that there is not', args: ['--fast'], expected: "Unknown option '--fast'; --help" },
    { name: 'an argument', args: ['sweep'], expected: "Unexpected argument 'sweep'" },
    { name: 'a missing value', args: ['--json'], expected: "Option '--json <value>' argument missing" },
    { name: 'an empty file name', args: ['--json', ''], expected: 'expected --json to name a file, got ""' },
    {
      name: 'a part that there is not',
      args: ['--only', 'sweep,swep'],
      expected: 'expected --only to name parts of the bench (throughput, operations, sweep), got "swep"',
    },
  ])('are refused with a message: $name', ({ args, expected }) => {
    expect(() => parse(...args)).toThrow(OptionFault);
    expect(() => parse(...args)).toThrow(expected);
  });
});
