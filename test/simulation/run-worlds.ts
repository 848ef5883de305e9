import { complaintsAbout } from './invariants.ts';
import { World } from './world.ts';

export interface Failure {
  readonly seed: number;
  readonly complaints: readonly string[];
}

/** Runs the world of one seed to its end. @returns undefined when all is well */
export async function runWorld(seed: number): Promise<Failure | undefined> {
  const world = new World(seed);
  await world.run();
  const complaints = await complaintsAbout(world);
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
