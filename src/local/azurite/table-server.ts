// Azurite's table service, typed: the package has no types and no entry point for embedding. Only the child process loads
// this, because the service takes a second to load and as much CPU as its clients.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

export interface TableServer {
  start(): Promise<void>;
  /** Refuses further requests and writes what is not on disk yet. */
  close(): Promise<void>;
  /** `http://127.0.0.1:PORT` */
  getHttpServerAddress(): string;
}

type TableServerClass = new (configuration: object) => TableServer;
type TableConfigurationClass = new (
  host: string,
  port: number,
  keepAliveTimeoutSeconds: number,
  databaseFile: string,
  isDebugLogOn: boolean,
  isAccessLogOn: boolean,
  accessLog: undefined,
  debugLogFile: undefined,
  isLoose: boolean,
  skipsApiVersionCheck: boolean,
  certificate: string,
  key: string,
  password: string,
  oauth: undefined,
  isProductStyleUrlDisabled: boolean,
  isInMemory: boolean,
) => object;

export interface TableServerOptions {
  /** Where the tables are kept; without it they are gone when the process ends. */
  readonly folder?: string;
  /** 0 takes any free one. */
  readonly port: number;
}

const KEEP_ALIVE_SECONDS = 65;

export function createTableServer({ folder, port }: TableServerOptions): TableServer {
  withoutTelemetry();
  const { default: Server } = require('azurite/dist/src/table/TableServer') as { default: TableServerClass };
  const { default: Configuration } = require('azurite/dist/src/table/TableConfiguration') as {
    default: TableConfigurationClass;
  };
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
  }
  const databaseFile = path.join(folder ?? '', 'azurite-tables.json');
  const isInMemory = folder === undefined;
  return new Server(
    new Configuration(
      '127.0.0.1',
      port,
      KEEP_ALIVE_SECONDS,
      databaseFile,
      false,
      false,
      undefined,
      undefined,
      false,
      // The client may be newer than the service: what it needs of the protocol is old.
      true,
      '',
      '',
      '',
      undefined,
      true,
      isInMemory,
    ),
  );
}

/** Azurite loads its telemetry client even where it never uses it; an empty one cannot call home and loads in no time. */
function withoutTelemetry(): void {
  const file = createRequire(require.resolve('azurite/package.json')).resolve('applicationinsights');
  require.cache[file] = { id: file, filename: file, loaded: true, exports: {} } as NodeJS.Module;
}
