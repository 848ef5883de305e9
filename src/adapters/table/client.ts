import http from 'node:http';
import https from 'node:https';
import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { OpenTable } from './table.ts';

export type StorageConnection =
  /** For a machine of one's own. */
  | { readonly type: 'connection string'; readonly connectionString: string }
  /** `https://ACCOUNT.table.core.windows.net` */
  | { readonly type: 'identity'; readonly endpoint: string; readonly credential: TokenCredential };

/** A burst of webhooks queues for connections rather than opening one each; Azure bounds them per instance. */
const MAX_CONNECTIONS = 64;

/** A webhook has 3.4 s for its commit: two more tries, soon, and the caller's signal ends them in any case. */
const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 };

/** Steps of the SDK that do nothing for us and cost a tenth of a call's CPU: use cases log what happens, once. */
const IDLE_POLICIES = ['logPolicy', 'tracingPolicy', 'redirectPolicy', 'formDataPolicy', 'multipartPolicy'];

/** @param prefix letters and digits in front of the tables' names, where several apps share an account */
export function openTables(connection: StorageConnection, { prefix = '' } = {}): OpenTable {
  const isInsecure = isPlainHttp(connection);
  const agent = new (isInsecure ? http : https).Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const options = {
    agent,
    retryOptions,
    allowInsecureConnection: isInsecure,
    userAgentOptions: { userAgentPrefix: 'landfall' },
  };
  return (name) => {
    const client = createClient(connection, `${prefix}${name}`, options);
    for (const policy of IDLE_POLICIES) {
      client.pipeline.removePolicy({ name: policy });
    }
    return client;
  };
}

function createClient(connection: StorageConnection, name: string, options: TableServiceClientOptions): TableClient {
  switch (connection.type) {
    case 'connection string':
      return TableClient.fromConnectionString(connection.connectionString, name, options);
    case 'identity':
      return new TableClient(connection.endpoint, name, connection.credential, options);
  }
}

/** The emulator speaks plain HTTP; the SDK takes a token over HTTPS only, so for an identity this stays false. */
function isPlainHttp(connection: StorageConnection): boolean {
  return (
    connection.type === 'connection string' &&
    /DefaultEndpointsProtocol=http(?:;|$)|TableEndpoint=http:|UseDevelopmentStorage=true/i.test(
      connection.connectionString,
    )
  );
}
