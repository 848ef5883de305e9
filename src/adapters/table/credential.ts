import type { TokenCredential } from '@azure/identity';

/**
 * The identity that the app runs as: the managed identity with this client id, else whoever is signed in here, which is
 * the system-assigned identity in Azure. The library is loaded with the first token, as that takes its time.
 */
export function azureCredential(clientId?: string): TokenCredential {
  return lazyCredential(async () => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
    return clientId === undefined ? new DefaultAzureCredential() : new ManagedIdentityCredential({ clientId });
  });
}

export function lazyCredential(load: () => Promise<TokenCredential>): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    // Whoever asks first fetches the token for all: the others must not lose it when that one's time is over.
    async getToken(scopes, { abortSignal: _, ...options } = {}) {
      loading ??= load();
      return await (await loading).getToken(scopes, options);
    },
  };
}
