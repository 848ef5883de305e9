// A simulated registry whose webhooks lead to a receiver.
import { afterEach } from 'vitest';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import type { RegistryModel } from '../../../src/local/registry/model.ts';
import { seededRandom } from '../../../src/local/registry/random.ts';
import { type PushOrder, SimulatedRegistry } from '../../../src/local/registry/registry.ts';
import { moveApp } from '../../../src/local/registry/webhooks.ts';
import type { StackEvent } from '../../../src/local/stack/events.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
});

export interface World {
  readonly receiver: Receiver;
  readonly registry: SimulatedRegistry;
  readonly model: RegistryModel;
  readonly events: StackEvent[];
  /** Resolves when the registry has nothing left on its way. */
  quiet(): Promise<void>;
}

interface WorldOptions {
  readonly model?: RegistryModel;
  readonly statusOf?: (path: string) => number;
}

/** Ends with the test. */
export async function startWorld({ model = newContoso(), statusOf = () => 202 }: WorldOptions = {}): Promise<World> {
  const receiver = await startReceiver(statusOf);
  const events: StackEvent[] = [];
  let onQuiet = () => {};
  moveApp(model, { url: receiver.url, key: 'the-key' });
  const registry = new SimulatedRegistry({
    ...{ model, random: seededRandom(1) },
    slowMs: { low: 1, high: 1 },
    emit: (event) => events.push(event),
    onChange: () => model.inFlight.length === 0 && onQuiet(),
  });
  closers.push(
    () => registry.stop(),
    () => receiver.close(),
  );
  const quiet = () =>
    new Promise<void>((resolve) => {
      onQuiet = resolve;
    });
  return { receiver, registry, model, events, quiet };
}

export async function pushAndWait(world: World, order: PushOrder): Promise<void> {
  const quiet = world.quiet();
  world.registry.push(order);
  await quiet;
}
