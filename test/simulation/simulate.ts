// npm run simulate -- [--worlds N] [--from SEED] | --seed SEED
import { parseArgs } from 'node:util';
import { describeFailure, runWorlds } from './run-worlds.ts';

const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
});
const whole = (name: string, text: string) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    console.error(`expected --${name} to be a whole number from 1 up, got "${text}"`);
    process.exit(2);
  }
  return number;
};
const from = whole(values.seed === undefined ? 'from' : 'seed', values.seed ?? values.from);
const worlds = values.seed === undefined ? whole('worlds', values.worlds) : 1;
const startedAt = performance.now();
const failure = await runWorlds(from, worlds, (done) => {
  if (done % 1000 === 0) {
    const perSecond = Math.round(done / ((performance.now() - startedAt) / 1000));
    console.log(`${done} of ${worlds} worlds, all well, ${perSecond}/s`);
  }
});
if (failure === undefined) {
  console.log(`${worlds} worlds from seed ${from}: all well`);
} else {
  console.error(describeFailure(failure));
  process.exitCode = 1;
}
