import { describe, expect, it } from 'vitest';
import { describeFailure, runWorlds } from './run-worlds.ts';

describe('simulated worlds', () => {
  it.for([1, 501, 1001, 1501])(
    '500 worlds from seed %i end well: none early, double, silent, lost or left over',
    { timeout: 300_000 },
    async (from) => {
      const failure = await runWorlds(from, 500);
      expect(failure && describeFailure(failure)).toBeUndefined();
    },
  );
});
