// npm run registry: shows the simulated registry of the running stack, and changes it.
import { print, runCompanion } from './companion.ts';
import { requestOf } from './stack/control-client.ts';
import type { RegistryDescription } from './stack/registry-description.ts';
import { parseRegistryOptions, type RegistryOptions } from './stack/registry-options.ts';
import type { RegistryOrder } from './stack/registry-order.ts';
import { paintFor } from './view/paint.ts';
import { orderLine, registryLines } from './view/registry-lines.ts';

async function run({ request, data }: RegistryOptions): Promise<void> {
  const path = '/registry';
  if (request === undefined) {
    const description = await requestOf<RegistryDescription>(data, { method: 'GET', path });
    print(registryLines(description, paintFor(process.stdout)).join('\n'));
  } else {
    print(orderLine(await requestOf<RegistryOrder>(data, { method: 'POST', path, body: request })));
  }
}

await runCompanion('npm run registry', parseRegistryOptions(process.argv.slice(2)), run);
