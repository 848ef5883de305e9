// Hosts the app of its first argument, with the host.json of the second if there is one, in a process of its own, and says
// where on its first line of output.
import path from 'node:path';
import { startHost } from '../../../src/local/host/host.ts';

const [entry = '', hostJson] = process.argv.slice(2);
const host = await startHost({
  entry: path.resolve(entry),
  ...(hostJson === undefined ? {} : { hostJson }),
  port: 0,
  keys: { host: 'the-host-key', master: 'the-master-key' },
});
process.stdout.write(`${host.url}\n`);
process.once('SIGTERM', () => void host.close());
