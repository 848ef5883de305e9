// npm run registry: shows the simulated registry of the running stack, and changes it.
import { requestOf } from './stack/control-client.ts';
import type { RegistryDescription } from './stack/registry-description.ts';
import { parseRegistryOptions, type RegistryOptions } from './stack/registry-options.ts';
import type { RegistryOrder } from './stack/registry-order.ts';
import { StackFault } from './stack/stack-fault.ts';
import { paintFor } from './view/paint.ts';
import { orderLine, registryLines } from './view/registry-lines.ts';

const say = (text: string) => process.stderr.write(`landfall: ${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

async function run({ request, data }: RegistryOptions): Promise<void> {
  const path = '/registry';
  if (request === undefined) {
    const description = await requestOf<RegistryDescription>(data, { method: 'GET', path });
    print(registryLines(description, paintFor(process.stdout)).join('\n'));
  } else {
    print(orderLine(await requestOf<RegistryOrder>(data, { method: 'POST', path, body: request })));
  }
}

const parsed = parseRegistryOptions(process.argv.slice(2));
if (parsed.type === 'run') {
  await run(parsed.options).catch((error: unknown) => {
    say(error instanceof StackFault ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = 1;
  });
} else if (parsed.type === 'help') {
  print(parsed.text);
} else {
  say(`${parsed.message} (npm run registry -- --help explains the options)`);
  process.exitCode = 2;
}
