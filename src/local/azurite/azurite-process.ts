// The process that `startAzurite` forks. It lives as long as the process that forked it: when that is gone, however it
// ended, the channel closes, and this one saves and ends too.
import { createServer } from 'node:net';
import { createTableServer, type TableServer, type TableServerOptions } from './table-server.ts';

export type AzuriteMessage =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'failed'; readonly reason: string };

const tell = (message: AzuriteMessage) => process.send?.(message);

/** Fails where the service would. It must not come so far: it saves what it has read, over what another one saved since. */
async function checkPortIsFree(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

function reasonOf(error: unknown, { port }: TableServerOptions): string {
  const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isInUse ? `port ${port} of 127.0.0.1 is in use by another process` : String(error);
}

async function start(options: TableServerOptions): Promise<TableServer | undefined> {
  try {
    await checkPortIsFree(options.port);
    const server = createTableServer(options);
    await server.start();
    tell({ type: 'listening', address: server.getHttpServerAddress() });
    return server;
  } catch (error) {
    tell({ type: 'failed', reason: reasonOf(error, options) });
    return undefined;
  }
}

const starting = start(JSON.parse(process.argv[2] ?? '{"port":0}') as TableServerOptions);
let isEnding = false;

async function end(): Promise<void> {
  if (isEnding) {
    return;
  }
  isEnding = true;
  await (await starting)?.close();
  process.exit();
}

process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());
// A terminal sends Ctrl-C to all its processes: this one ends when the one that forked it has closed what uses it.
process.on('SIGINT', () => {});
