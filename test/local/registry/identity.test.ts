// The app's identity on this machine, as its own process gets to it: by the environment, with nothing of the SDKs changed.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokens } from '../../../src/local/registry/access-tokens.ts';
import { SUBSCRIPTION } from '../../../src/local/registry/arm.ts';
import { newContoso } from '../../../src/local/registry/contoso.ts';
import { type IdentityEndpoint, startIdentityEndpoint } from '../../../src/local/registry/identity-endpoint.ts';
import { startManagementApi } from '../../../src/local/registry/management-api.ts';
import { GROUP, REGISTRY } from './management.ts';

const tokens = new AccessTokens();
let identity: IdentityEndpoint;
beforeEach(async () => {
  identity = await startIdentityEndpoint(tokens);
});
afterEach(async () => {
  await identity.close();
});

const resource = 'https://management.azure.com';

async function askForToken(query: Record<string, string>, header = identity.header) {
  const url = `${identity.url}?${new URLSearchParams(query)}`;
  const response = await fetch(url, { headers: { 'x-identity-header': header } });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

describe('the identity endpoint', () => {
  it('gives a token for a resource, in the form of Azure', async () => {
    const { status, body } = await askForToken({ resource, 'api-version': '2019-08-01' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resource, token_type: 'Bearer', expires_on: expect.stringMatching(/^\d+$/) });
    expect(tokens.isValid(body['access_token'] ?? '', [resource], Date.now())).toBe(true);
    expect(tokens.isValid(body['access_token'] ?? '', ['https://vault.azure.net'], Date.now())).toBe(false);
  });

  it('gives one to the identity that the app has', async () => {
    const query = { resource, 'api-version': '2019-08-01', client_id: identity.clientId };
    expect((await askForToken(query)).status).toBe(200);
  });

  it.for([
    { name: 'another header', query: { resource, 'api-version': '2019-08-01' }, header: 'other', status: 401 },
    { name: 'another version', query: { resource, 'api-version': '2017-09-01' }, status: 400 },
    { name: 'no resource', query: { 'api-version': '2019-08-01' }, status: 400 },
    {
      name: 'another identity',
      query: { resource, 'api-version': '2019-08-01', client_id: '00000000-0000-0000-0000-000000000000' },
      status: 400,
    },
  ])('gives none for $name', async ({ query, header, status }) => {
    const answer = await askForToken(query as Record<string, string>, header);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toHaveProperty('access_token');
  });

  it('gives none at another path', async () => {
    const headers = { 'x-identity-header': identity.header };
    expect((await fetch(new URL('/', identity.url), { headers })).status).toBe(404);
  });
});

describe('the app', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'landfall-identity-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As the app does it, with what Azure gives to Functions. */
  const CODE = `
    import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
    import { ManagedIdentityCredential } from '@azure/identity';
    const credential = new ManagedIdentityCredential({ clientId: process.env.AZURE_CLIENT_ID });
    const endpoint = process.env.MANAGEMENT_ENDPOINT;
    const client = new ContainerRegistryManagementClient(credential, '${SUBSCRIPTION}', { endpoint });
    const names = [];
    for await (const { name } of client.replications.list('${GROUP}', '${REGISTRY}')) names.push(name);
    console.log(JSON.stringify(names));`;

  it('reads the registry by its managed identity, with nothing but its environment', async () => {
    const api = await startManagementApi({ model: newContoso(), tokens, onChange: () => {} });
    const ca = path.join(folder, 'ca.pem');
    writeFileSync(ca, api.ca);
    const env = {
      ...{ PATH: process.env['PATH'], MANAGEMENT_ENDPOINT: api.url, NODE_EXTRA_CA_CERTS: ca },
      ...{ IDENTITY_ENDPOINT: identity.url, IDENTITY_HEADER: identity.header, AZURE_CLIENT_ID: identity.clientId },
    };
    const args = ['--input-type=module', '-e', CODE];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: process.cwd() });
    expect(JSON.parse(stdout)).toEqual(['replication001', 'replication002', 'replication003', 'westus']);
    await api.close();
  });
});
