import { RandomFaults } from './faults.ts';
import { complaintsAbout } from './invariants.ts';
import { Random } from './random.ts';
import { randomScript } from './script.ts';
import { World } from './world.ts';

export interface Failure {
  readonly seed: number;
  readonly complaints: readonly string[];
}

/** Runs the world of one seed to its end. @returns undefined when all is well */
export async function runWorld(seed: number): Promise<Failure | undefined> {
  const random = new Random(seed);
  const rate = random.pick([0, 0.01, 0.03, 0.1, 0.3]);
  const registryRate = random.pick([0, 0, 0, 0.1, 0.5, 1]);
  const world = new World(seed, randomScript(random), new RandomFaults(rate, registryRate));
  await world.run();
  const complaints = await complaintsAbout(world, { isRegistryWell: registryRate === 0 });
  return complaints.length === 0 ? undefined : { seed, complaints };
}

/** Runs the seeds from `from` on, until one fails. */
export async function runWorlds(
  from: number,
  count: number,
  onProgress: (done: number) => void = () => {},
): Promise<Failure | undefined> {
  for (let done = 0; done < count; done += 1) {
    const failure = await runWorld(from + done);
    if (failure !== undefined) {
      return failure;
    }
    onProgress(done + 1);
  }
  return undefined;
}

export function describeFailure({ seed, complaints }: Failure): string {
  return [
    `world ${seed}:`,
    ...complaints.map((text) => `  ${text}`),
    `replay: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}
