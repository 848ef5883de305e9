// Hosts the app of its one argument in a process of its own, and says where on its first line of output.
import path from 'node:path';
import { startHost } from '../../../src/local/host/host.ts';

const host = await startHost({
  entry: path.resolve(process.argv[2] ?? ''),
  port: 0,
  keys: { host: 'the-host-key', master: 'the-master-key' },
});
process.stdout.write(`${host.url}\n`);
process.once('SIGTERM', () => void host.close());
