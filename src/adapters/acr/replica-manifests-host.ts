// Where a replica answers for itself: the registry's regional endpoints, a preview of the Premium tier that is switched on
// for a whole registry. https://learn.microsoft.com/azure/container-registry/container-registry-geo-replication
import type { Region } from '../../core/names.ts';

const LOGIN_SERVER = /^(?<name>[a-z0-9]+(?:-[a-z0-9]+)?)\.(?<domain>azurecr\.(?<cloud>io|cn|us))$/i;

/**
 * `contoso.azurecr.io` and `westeurope` make `contoso.westeurope.geo.azurecr.io`; a sovereign cloud keeps its domain.
 * @returns undefined if the registry's own host cannot be told from its login server, as behind a custom domain
 */
export function geoHost(loginServer: string, region: Region): string | undefined {
  const { name, domain } = LOGIN_SERVER.exec(loginServer)?.groups ?? {};
  return name === undefined || domain === undefined ? undefined : `${name}.${region}.geo.${domain}`.toLowerCase();
}

/** As `KnownContainerRegistryAudience` of @azure/container-registry has them. */
const SOVEREIGN_AUDIENCES: Readonly<Record<string, string>> = {
  cn: 'https://management.chinacloudapi.cn',
  us: 'https://management.usgovcloudapi.net',
};

/**
 * What the identity's token has to be for. The registries' own audience is taken also where tokens for the management API
 * have been switched off (`az acr config authentication-as-arm`); the sovereign clouds are not known to have one.
 */
export function tokenScope(loginServer: string): string {
  const { cloud = '' } = LOGIN_SERVER.exec(loginServer)?.groups ?? {};
  return `${SOVEREIGN_AUDIENCES[cloud.toLowerCase()] ?? 'https://containerregistry.azure.net'}/.default`;
}
