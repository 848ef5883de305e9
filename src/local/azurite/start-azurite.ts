// Table Storage on this machine: Azurite in a process of its own, on the loopback interface, without telemetry.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AzuriteMessage } from './azurite-process.ts';
import type { TableServerOptions } from './table-server.ts';

/** The account that every storage emulator has; no secret. https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
/** Saving takes well under a second; a process that was stopped by a signal never ends by itself. */
const CLOSE_PATIENCE_MS = 10_000;

export interface Azurite {
  readonly connectionString: string;
  /** Endpoint of the tables, with the account. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when everything is on disk and the process is gone. */
  close(): Promise<void>;
}

/** Rejects when the port is in use. Saved now and then, and on `close()`. */
export async function startAzurite({ port = 0, ...rest }: Partial<TableServerOptions> = {}): Promise<Azurite> {
  const script = fileURLToPath(new URL('azurite-process.ts', import.meta.url));
  const child = fork(script, [JSON.stringify({ port, ...rest })], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', AZURITE_ACCOUNTS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const address = await listeningAddress(child);
  // A process that forgets to close it can end all the same.
  child.unref();
  child.channel?.unref();
  const url = `${address}/${ACCOUNT}`;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};TableEndpoint=${url};`,
    url,
    pid: child.pid ?? 0,
    close: () => close(child),
  };
}

async function listeningAddress(child: ChildProcess): Promise<string> {
  const message = await new Promise<AzuriteMessage>((resolve) => {
    const fail = (reason: string) => resolve({ type: 'failed', reason });
    child.once('message', (received) => resolve(received as AzuriteMessage));
    child.once('error', (error) => fail(String(error)));
    child.once('exit', (code, signal) => fail(`its process ended with ${signal ?? `exit code ${code}`}`));
  });
  if (message.type === 'failed') {
    await close(child);
    throw new Error(`expected Table Storage (Azurite) to start, but ${message.reason}`);
  }
  return message.address;
}

async function close(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
    return;
  }
  child.ref();
  const exited = once(child, 'exit');
  const patience = setTimeout(() => child.kill('SIGKILL'), CLOSE_PATIENCE_MS);
  if (child.connected) {
    child.disconnect();
  }
  await exited;
  clearTimeout(patience);
}
