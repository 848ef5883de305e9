import { describe, expect, it } from 'vitest';
import { comparison, inTurns, noise } from '../../bench/compared.ts';
import { inOrder, newPushes, REGIONS } from '../../bench/pushes.ts';
import { figure, overRounds, table } from '../../bench/report.ts';
import { median, percentile } from '../../bench/statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.for([
    { part: 0.5, expected: 50 },
    { part: 0.95, expected: 95 },
    { part: 0.99, expected: 99 },
    { part: 1, expected: 100 },
  ])('$part of a hundred values has $expected of them at or below', ({ part, expected }) => {
    expect(percentile(hundred, part)).toBe(expected);
  });
});

describe('median', () => {
  it.for([
    { name: 'the middle one', values: [9, 1, 5], expected: 5 },
    { name: 'the mean of the middle two', values: [4, 1, 2, 9], expected: 3 },
  ])('is $name', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });
});

describe('the order of webhooks', () => {
  it('is region by region within a group of pushes, and group by group', () => {
    const pushes = newPushes(3);
    const ordered = inOrder(
      pushes,
      2,
      ({ tag }, region) => `${pushes.findIndex((push) => push.tag === tag)} ${region}`,
    );
    const group = (...numbers: number[]) => REGIONS.flatMap((region) => numbers.map((number) => `${number} ${region}`));
    expect(ordered).toEqual([...group(0, 1), ...group(2)]);
  });
});

describe('with and without', () => {
  it('are measured in turns that change sides', async () => {
    const order: string[] = [];
    const note = (name: string) => async () => order.push(name);
    await inTurns(3, note('without'), note('with'));
    expect(order).toEqual(['without', 'with', 'with', 'without', 'without', 'with']);
  });

  it('have as noise two standard errors of the difference of their means', () => {
    expect(noise({ without: [90, 110], with: [100, 100] })).toBeCloseTo(0.2);
  });

  it.for([
    { name: 'below the noise', values: [115, 115], isMet: true },
    { name: 'above the noise', values: [125, 125], isMet: false },
  ])('differ by no more than chance explains: $name', ({ values, isMet }) => {
    const compared = { name: 'sweep', unit: 'ms', without: [90, 110], with: values };
    expect(comparison(1000, compared).at(-1)?.target?.isMet).toBe(isMet);
    expect(comparison(1000, { ...compared, isControl: true }).at(-1)).not.toHaveProperty('target');
  });
});

describe('the table', () => {
  it.for([
    { value: 2, expected: '2' },
    { value: 0.2964, expected: '0.296' },
    { value: 1.857, expected: '1.86' },
    { value: 12.34, expected: '12.3' },
    { value: 123.4, expected: '123' },
    { value: 4321.4, expected: '4,321' },
  ])('shows $value as $expected', ({ value, expected }) => {
    expect(figure(value)).toBe(expected);
  });

  it('says of each target whether it is met', () => {
    const rows = [
      overRounds('ratio', '', [0.31, 0.33], { target: { text: '>= 0.3', isMet: true } }),
      overRounds('operations', '', [3], { target: { text: '<= 2.0', isMet: false } }),
    ];
    const report = { startedAt: 'now', seconds: 1, isShort: false, machine: 'here', notes: [] };
    const lines = table({ ...report, sections: [{ part: 'a', title: 'A', rows, seconds: 1 }] }).split('\n');
    expect(lines).toContain('  ratio       0.320     0.310–0.330  >= 0.3  met');
    expect(lines).toContain('  operations  3                      <= 2.0  NOT MET');
  });
});
