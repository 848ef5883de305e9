metadata description = 'One webhook for each replica of a registry. To be deployed into the group that the registry is in.'

@description('Required. Name of the registry.')
@minLength(5)
@maxLength(50)
param registryName string

@description('Required. Regions of its replicas by their names, like westeurope. The registry refuses a webhook where it has none.')
@minLength(1)
param regions string[]

@description('Required. Beginning of the webhooks\' names, 5 to 20 letters and digits.')
@minLength(5)
@maxLength(20)
param webhookPrefix string

@description('Required. Host name of the app.')
param host string

@description('Required. Key that the app\'s host asks for.')
@secure()
param key string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

// One after the other: each changes the same registry.
@batchSize(1)
resource webhooks 'Microsoft.ContainerRegistry/registries/webhooks@2025-11-01' = [for region in regions: {
  parent: registry
  name: '${webhookPrefix}${region}'
  location: region
  properties: {
    // Nothing secret is in the address: whoever may list what was delivered sees it.
    #disable-next-line use-secure-value-for-secure-inputs
    serviceUri: 'https://${host}/api/webhooks/${toLower(registryName)}/${region}'
    customHeaders: {
      'x-functions-key': key
    }
    status: 'enabled'
    scope: ''
    actions: [
      'push'
      'delete'
    ]
  }
}]
