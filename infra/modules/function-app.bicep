metadata description = 'The function app on a Flex Consumption plan. It reaches everything by its identity.'

@description('Required. Name of the plan.')
param planName string

@description('Required. Name of the function app; its host name begins with it.')
@minLength(2)
@maxLength(60)
param name string

@description('Required. Azure location.')
param location string

@description('Required. Tags of the plan.')
param tags object

@description('Required. Tags of the app.')
param appTags object

@description('Required. Resource id of the identity that the app runs as.')
param identityId string

@description('Required. Client id of that identity.')
param identityClientId string

@description('Required. Name of the storage account.')
@minLength(3)
@maxLength(24)
param storageAccountName string

@description('Required. Name of the container for the deployment package.')
param containerName string

@description('Required. Name of the Application Insights component.')
param insightsName string

@description('Required. Resource id of the Log Analytics workspace that gets logs and metrics.')
param workspaceId string

@description('Required. Host name of the Service Bus namespace.')
param serviceBusHost string

@description('Required. Name of the topic.')
param topicName string

@description('Required. Registries to watch: the setting REGISTRIES as JSON.')
param registries string

@description('Required. Targets of the forwarder: the setting FORWARD_TARGETS as JSON, or nothing.')
@secure()
param forwardTargets string

@description('Required. Values of their headers: the setting FORWARD_SECRETS as JSON, or nothing.')
@secure()
param forwardSecrets string

@description('Required. Headers for the OTLP endpoint: the setting OTEL_EXPORTER_OTLP_HEADERS, or nothing.')
@secure()
param otlpHeaders string

@description('Required. Further settings of the app by their names; it has defaults for those that are not given.')
param settings object

@description('Required. Addresses of the cloud that this is deployed to.')
param cloud {
  @description('Required. Management API.')
  management: string

  @description('Required. Where identities sign in.')
  authority: string

  @description('Required. End of the storage accounts\' host names.')
  storageSuffix: string
}

@description('Required. Instances that always wait for webhooks and questions. A registry waits 5 seconds and tries once.')
@minValue(1)
@maxValue(20)
param alwaysReadyInstances int

@description('Required. Most instances on demand for each group of functions.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Required. Memory of an instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int

@description('Required. Whether the plan is spread over availability zones.')
param zoneRedundant bool

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

// An empty setting counts as none.
var ownSettings = [
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insights.properties.ConnectionString
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'Authorization=AAD;ClientId=${identityClientId}'
  }
  {
    name: 'AzureWebJobsStorage__blobServiceUri'
    value: 'https://${account.name}.blob.${cloud.storageSuffix}'
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'AZURE_AUTHORITY_HOST'
    value: cloud.authority
  }
  {
    name: 'AZURE_CLIENT_ID'
    value: identityClientId
  }
  {
    name: 'FORWARD_SECRETS'
    value: forwardSecrets
  }
  {
    name: 'FORWARD_TARGETS'
    value: forwardTargets
  }
  {
    name: 'MANAGEMENT_ENDPOINT'
    value: cloud.management
  }
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS'
    value: otlpHeaders
  }
  {
    name: 'REGISTRIES'
    value: registries
  }
  {
    name: 'SERVICE_BUS__clientId'
    value: identityClientId
  }
  {
    name: 'SERVICE_BUS__credential'
    value: 'managedidentity'
  }
  {
    name: 'SERVICE_BUS__fullyQualifiedNamespace'
    value: serviceBusHost
  }
  {
    name: 'SERVICE_BUS_TOPIC'
    value: topicName
  }
  {
    name: 'TABLES__endpoint'
    value: 'https://${account.name}.table.${cloud.storageSuffix}'
  }
]

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: appTags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // By it, a setting may be a reference to a secret of a key vault.
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled'
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${account.name}.blob.${cloud.storageSuffix}/${containerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '24'
      }
      scaleAndConcurrency: {
        alwaysReady: [
          {
            name: 'http'
            instanceCount: alwaysReadyInstances
          }
        ]
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      appSettings: concat(ownSettings, map(items(settings), setting => {
        name: setting.key
        value: setting.value
      }))
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
  }
}

resource ftpCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmCredentials 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

// The app's own lines go to Application Insights. Here is what the host says where they do not come that far.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'landfall'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Name of the function app.')
output name string = app.name

@description('Host name of the app.')
output host string = app.properties.defaultHostName
