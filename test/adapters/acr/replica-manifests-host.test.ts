// Where replicas answer, and what a token has to be for.
import { describe, expect, it } from 'vitest';
import { geoHost, tokenScope } from '../../../src/adapters/acr/replica-manifests-host.ts';
import type { Region } from '../../../src/core/names.ts';

describe('a regional endpoint', () => {
  it.for([
    { name: 'has the region behind the name', of: 'contoso.azurecr.io', expected: 'contoso.westeurope.geo.azurecr.io' },
    { name: 'is in lower case', of: 'Contoso.AzureCR.io', expected: 'contoso.westeurope.geo.azurecr.io' },
    {
      name: 'keeps the hash of a name that others may have too',
      of: 'contoso-abc123.azurecr.io',
      expected: 'contoso-abc123.westeurope.geo.azurecr.io',
    },
    { name: 'keeps the domain of China', of: 'contoso.azurecr.cn', expected: 'contoso.westeurope.geo.azurecr.cn' },
    {
      name: 'keeps the domain of the US government',
      of: 'contoso.azurecr.us',
      expected: 'contoso.westeurope.geo.azurecr.us',
    },
    { name: 'is not known of a custom domain', of: 'images.contoso.com', expected: undefined },
    { name: 'is not known of a look-alike', of: 'contoso.azurecr.io.example.com', expected: undefined },
    { name: 'is not made of another one', of: 'contoso.eastus.geo.azurecr.io', expected: undefined },
    { name: 'is not known of another port', of: 'contoso.azurecr.io:5000', expected: undefined },
  ])('$name', ({ of, expected }) => {
    expect(geoHost(of, 'westeurope' as Region)).toBe(expected);
  });
});

describe('the token', () => {
  it.for([
    { name: 'is for registries', of: 'contoso.azurecr.io', expected: 'https://containerregistry.azure.net/.default' },
    {
      name: 'is for management in China',
      of: 'contoso.azurecr.cn',
      expected: 'https://management.chinacloudapi.cn/.default',
    },
    {
      name: 'is for management in the US government cloud',
      of: 'contoso.azurecr.us',
      expected: 'https://management.usgovcloudapi.net/.default',
    },
  ])('$name', ({ of, expected }) => {
    expect(tokenScope(of)).toBe(expected);
  });
});
