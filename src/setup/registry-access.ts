// Who asks the management API, and for which registry and app: in Azure whoever has signed in, on this machine the
// identity that the stack gives its app.
import { readFileSync } from 'node:fs';
import type { TokenCredential } from '@azure/identity';
import { parseRegistryAddress } from '../adapters/acr/management-address.ts';
import type { ManagementEndpoint } from '../adapters/acr/management-connection.ts';
import { azureCredential } from '../adapters/credential.ts';
import type { StackDescription } from '../local/stack/control-actions.ts';
import { requestOf } from '../local/stack/control-client.ts';
import { StackFault } from '../local/stack/stack-fault.ts';
import type { WebhooksOptions } from './options.ts';
import type { Target } from './plan.ts';
import { RegistryAdmin } from './registry-admin.ts';

export interface Access {
  readonly admin: RegistryAdmin;
  readonly target: Target;
}

/** Rejects with StackFault if there is no local stack. */
export async function openAccess(where: WebhooksOptions['where']): Promise<Access> {
  if (where.type === 'azure') {
    const { address, app, key, management } = where;
    const endpoint = { endpoint: management, credential: azureCredential() };
    return { admin: new RegistryAdmin(address, key, endpoint), target: { registry: address.registry, app } };
  }
  const stack = await requestOf<StackDescription>(where.data, { method: 'GET', path: '/stack' });
  const address = parseRegistryAddress(stack.resourceId);
  if (address.type === 'invalid') {
    throw new StackFault(`the local stack: ${address.message}`);
  }
  const endpoint: ManagementEndpoint = {
    endpoint: stack.managementEndpoint,
    credential: identityCredential(stack.identity, stack.managementEndpoint),
    tlsOptions: { ca: readFileSync(stack.managementCa, 'utf8') },
  };
  const target = { registry: address.value.registry, app: stack.url };
  return { admin: new RegistryAdmin(address.value, stack.key, endpoint), target };
}

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
function identityCredential({ url, header }: StackDescription['identity'], resource: string): TokenCredential {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource });
  return {
    getToken: async () => {
      const response = await fetch(`${url}?${query}`, {
        headers: { 'x-identity-header': header },
        signal: AbortSignal.timeout(5_000),
      });
      const { access_token: token, expires_on: expiresOn } = (await response.json()) as Record<string, string>;
      if (token === undefined) {
        throw new Error(`expected a token of the stack's identity endpoint, got status ${response.status}`);
      }
      return { token, expiresOnTimestamp: Number(expiresOn) * 1000 };
    },
  };
}
