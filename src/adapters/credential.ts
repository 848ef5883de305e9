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

const TOKEN_TIMEOUT_MS = 10_000;

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export function lazyCredential(load: () => Promise<TokenCredential>): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    // Whoever asks first fetches the token for all: the others must not lose it when that one's time is over.
    async getToken(scopes, { abortSignal: _, ...options } = {}) {
      loading ??= load();
      // The SDK asks for one token at a time: one request that hangs would keep everything from the store for ever.
      const token = (await loading).getToken(scopes, options);
      return await Promise.race([token, rejection(AbortSignal.timeout(TOKEN_TIMEOUT_MS))]);
    },
  };
}
