// Gives tokens of the app's identity, as the endpoint does that Azure gives to Functions.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AccessTokens } from './access-tokens.ts';

/** Of the identity that the app has on this machine. */
export const CLIENT_ID = '11d1ca7e-0000-4000-8000-00000000f411';
const PATH = '/msi/token';
const API_VERSION = '2019-08-01';

export interface IdentityEndpoint {
  /** For IDENTITY_ENDPOINT. */
  readonly url: string;
  /** For IDENTITY_HEADER: whoever has it gets tokens. */
  readonly header: string;
  /** For AZURE_CLIENT_ID. */
  readonly clientId: string;
  close(): Promise<void>;
}

export async function startIdentityEndpoint(tokens: AccessTokens): Promise<IdentityEndpoint> {
  const header = randomBytes(30).toString('base64url');
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    if (request.headers['x-identity-header'] !== header) {
      refuse(response, 401, 'expected the header X-IDENTITY-HEADER with the value of IDENTITY_HEADER');
    } else if (request.method !== 'GET' || url.pathname !== PATH) {
      refuse(response, 404, `expected GET ${PATH}`);
    } else {
      answer(response, url.searchParams, tokens);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    header,
    clientId: CLIENT_ID,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, asked: URLSearchParams, tokens: AccessTokens): void {
  const resource = asked.get('resource');
  const clientId = asked.get('client_id');
  if (asked.get('api-version') !== API_VERSION) {
    refuse(response, 400, `expected api-version=${API_VERSION}`);
  } else if (resource === null || resource === '') {
    refuse(response, 400, 'expected a resource, got none');
  } else if (clientId !== null && clientId.toLowerCase() !== CLIENT_ID) {
    refuse(response, 400, `expected the identity with client id ${CLIENT_ID}, got another`);
  } else {
    const { token, expiresOn } = tokens.issue(resource, Date.now());
    const body = { access_token: token, expires_on: String(expiresOn), resource, token_type: 'Bearer' };
    send(response, 200, { ...body, client_id: CLIENT_ID });
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, { statusCode: status, message });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
