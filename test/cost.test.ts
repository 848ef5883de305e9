// docs/cost.md: every amount is quantity times unit price, and the sums are sums.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const rows = readFileSync('docs/cost.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('*', '')),
  );
const items = rows.filter(([name]) => name !== 'what' && name !== 'together');
const amount = (text = '') => Number(text);

it.for(items.map(([name = '', ...cells]) => ({ name, cells })))('$name: quantity times unit price', ({ cells }) => {
  const [price, restQuantity, rest, loadQuantity, load] = cells.map(amount);
  expect(rest).toBeCloseTo((price ?? Number.NaN) * (restQuantity ?? Number.NaN), 2);
  expect(load).toBeCloseTo((price ?? Number.NaN) * (loadQuantity ?? Number.NaN), 2);
});

it('adds up', () => {
  const sum = (column: number) => items.reduce((total, cells) => total + amount(cells[column]), 0);
  const together = rows.find(([name]) => name === 'together') ?? [];
  expect(items.length).toBeGreaterThan(5);
  expect([amount(together[3]), amount(together[5])].map((total) => total.toFixed(2))).toEqual([
    sum(3).toFixed(2),
    sum(5).toFixed(2),
  ]);
});
