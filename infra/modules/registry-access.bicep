metadata description = 'What the app may do with a registry. To be deployed into the group that the registry is in.'

@description('Required. Name of the registry.')
@minLength(5)
@maxLength(50)
param registryName string

@description('Required. Object id of the identity that the app runs as.')
param principalId string

@description('Required. Whether the app asks the replicas themselves, for which it has to pull.')
param verify bool

@description('Required. What tells this deployment of Landfall from others: custom roles of a directory need names of their own.')
param token string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles#acrpull
var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(registry.id, token)
  properties: {
    roleName: 'Landfall on ${registryName} (${token})'
    description: 'Read a registry, its replicas and its webhooks, and what the webhooks delivered.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.ContainerRegistry/registries/read'
          'Microsoft.ContainerRegistry/registries/replications/read'
          'Microsoft.ContainerRegistry/registries/webhooks/read'
          'Microsoft.ContainerRegistry/registries/webhooks/listEvents/action'
          'Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [
      resourceGroup().id
    ]
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, principalId, role.id)
  scope: registry
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
  }
}

resource puller 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (verify) {
  name: guid(registry.id, principalId, acrPull)
  scope: registry
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}
