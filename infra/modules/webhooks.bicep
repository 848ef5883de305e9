metadata description = 'The webhooks of all registries. The app has to run by then: its host makes the key at its first start.'

@description('Required. Name of the function app.')
param functionAppName string

@description('Required. Host name of the app.')
param host string

@description('Required. Registries, each with the regions of its replicas.')
param registries {
  @description('Required. Resource id of the registry.')
  resourceId: string

  @description('Required. Regions of its replicas.')
  regions: string[]
}[]

@description('Required. Beginning of the webhooks\' names, 5 to 20 letters and digits.')
@minLength(5)
@maxLength(20)
param webhookPrefix string

@description('Required. What tells this deployment of Landfall from others.')
param token string

resource functionApp 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

module registryWebhooks 'registry-webhooks.bicep' = [for (registry, index) in registries: {
  name: 'landfall-webhooks-${token}-${index}'
  scope: resourceGroup(split(registry.resourceId, '/')[2], split(registry.resourceId, '/')[4])
  params: {
    registryName: split(registry.resourceId, '/')[8]
    regions: registry.regions
    webhookPrefix: webhookPrefix
    host: host
    key: listKeys('${functionApp.id}/host/default', functionApp.apiVersion).functionKeys.default
  }
}]
