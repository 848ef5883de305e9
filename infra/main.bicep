metadata name = 'Landfall'
metadata description = 'Everything that Landfall needs in Azure, and its webhooks and rights on the registries that it watches.'

targetScope = 'resourceGroup'

@description('Optional. What tells this deployment from others in the group. Default: landfall.')
@minLength(1)
@maxLength(64)
param environmentName string = 'landfall'

@description('Optional. Azure location of everything but the webhooks, which lie with their replicas. Default: that of the group.')
param location string = resourceGroup().location

@description('Optional. Cloud that this is deployed to. Default: AzureCloud.')
@allowed([
  'AzureCloud'
  'AzureUSGovernment'
  'AzureChinaCloud'
])
param cloud string = 'AzureCloud'

@sealed()
@description('What holds for some repositories of a registry.')
type repositoryRuleType = {
  @description('Required. A repository, or the beginning of some with * at its end. The first rule that matches counts.')
  match: string

  @description('Optional. Regions that their images have to reach. Default: all that the registry does.')
  regions: string[]?

  @description('Optional. Regions that they need not reach. Default: none.')
  exclude: string[]?

  @description('Optional. Minutes after which a missing region lags. Default: that of the registry.')
  lagAfterMinutes: int?
}

@sealed()
@description('A registry to watch.')
type registryType = {
  @description('Required. Resource id, as by az acr show --name NAME --query id. It may lie in another group or subscription.')
  resourceId: string

  @description('Required. Regions of its replicas by their names, home region included, like westeurope. Each gets a webhook.')
  @minLength(1)
  regions: string[]

  @description('Optional. Regions that images need not reach. Default: none.')
  exclude: string[]?

  @description('Optional. Whether replicas are asked before one is announced as lagging; needs regional endpoints, and grants AcrPull. Default: false.')
  verify: bool?

  @description('Optional. Minutes after which a missing region lags. Default: the setting LAG_AFTER_MINUTES.')
  lagAfterMinutes: int?

  @description('Optional. What holds for some of its repositories. Default: nothing else.')
  repositories: repositoryRuleType[]?
}

@description('Required. Registries to watch.')
@minLength(1)
param registries registryType[]

@description('Optional. Whether the webhooks are made. The app has to run by then, as its host makes the key: false at first, true once it is deployed. Default: false.')
param createWebhooks bool = false

@description('Optional. Beginning of the webhooks\' names, 5 to 20 letters and digits; another one for a second Landfall on the same registry. Default: landfall.')
@minLength(5)
@maxLength(20)
param webhookPrefix string = 'landfall'

@sealed()
@description('Settings of the app that have a default, by their names.')
type settingsType = {
  @description('Optional. Minutes after which a missing region lags. Default: 10.')
  LAG_AFTER_MINUTES: string?

  @description('Optional. Hours after which a push is watched no longer. Default: 24.')
  ABANDON_AFTER_HOURS: string?

  @description('Optional. Minutes after which a replica that is not ready is announced. Default: 60.')
  REPLICA_NOT_READY_AFTER_MINUTES: string?

  @description('Optional. When the registries are asked for their replicas, NCRONTAB with six fields. Default: 0 */5 * * * *.')
  REFRESH_SCHEDULE: string?

  @description('Optional. When lost webhooks are looked for, NCRONTAB with six fields. Default: 30 2-59/5 * * * *.')
  RECONCILE_SCHEDULE: string?

  @description('Optional. Whether an Event Grid trigger is served as a second way in, on or off. Default: off.')
  EVENT_GRID: string?

  @description('Optional. When the sweep runs, NCRONTAB with six fields. Default: 0 * * * * *.')
  SWEEP_SCHEDULE: string?

  @description('Optional. Tags that a sweep deals with at the same time, 1 to 256. Default: 16.')
  SWEEP_CONCURRENCY: string?

  @description('Optional. Seconds after which a sweep begins no further tag, 1 to 110. Default: 50.')
  SWEEP_BUDGET_SECONDS: string?

  @description('Optional. OTLP endpoint that metrics are sent to as well, a URL. Default: none.')
  OTEL_EXPORTER_OTLP_ENDPOINT: string?
}

@description('Optional. Further settings of the app. Default: those that it has by itself.')
param settings settingsType = {}

@description('Conditional. Headers for OTEL_EXPORTER_OTLP_ENDPOINT where it asks for a key: name=value, several with commas. Default: none.')
@secure()
param otlpHeaders string = ''

@description('Optional. Who is told of completed pushes as if by the registry: JSON as in the setting FORWARD_TARGETS. Default: nobody.')
@secure()
param forwardTargets string = ''

@description('Conditional. Values of the headers in forwardTargets by name of target: JSON as in the setting FORWARD_SECRETS. Default: none.')
@secure()
param forwardSecrets string = ''

@description('Optional. Name of the topic that announcements are sent to. Default: replication-events.')
@minLength(1)
@maxLength(260)
param topicName string = 'replication-events'

@sealed()
@description('A subscription of the topic.')
type subscriptionType = {
  @description('Required. Name of the subscription, 1 to 50 characters.')
  @minLength(1)
  @maxLength(50)
  name: string

  @description('Required. SQL filter over type, registry, repository, tag, digest and region.')
  filter: string
}

@description('Optional. Subscriptions of the topic. Those that are taken out here are not deleted. Default: one for what pipelines wait for, one for people on call.')
param subscriptions subscriptionType[] = [
  {
    name: 'completed'
    filter: 'type = \'replication.completed\''
  }
  {
    name: 'lagging'
    filter: 'type IN (\'replication.lagging\', \'replication.recovered\', \'replica.not-ready\', \'replica.ready\', \'replica.removed\')'
  }
]

@sealed()
@description('Who may receive messages.')
type receiverType = {
  @description('Required. Object id in the directory.')
  principalId: string

  @description('Required. What it is the id of.')
  principalType: 'Group' | 'ServicePrincipal' | 'User'
}

@description('Optional. Who may receive messages of every subscription. Default: nobody.')
param receivers receiverType[] = []

@description('Optional. Tier of the Service Bus namespace. Default: Standard.')
@allowed([
  'Standard'
  'Premium'
])
param serviceBusSku string = 'Standard'

@description('Conditional. Messaging units of a Premium namespace; not used by Standard. Default: 1.')
@allowed([
  1
  2
  4
  8
  16
])
param serviceBusMessagingUnits int = 1

@description('Optional. For how long the topic drops a message that it already has, an ISO 8601 duration from a day up. Default: P1D.')
@allowed([
  'P1D'
  'P2D'
  'P3D'
  'P7D'
])
param duplicateDetectionWindow string = 'P1D'

@description('Optional. Redundancy of the storage account; some regions have no zones, there take Standard_LRS. Default: Standard_ZRS.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param storageSku string = 'Standard_ZRS'

@description('Optional. Instances that always wait for webhooks and questions. A registry waits 5 seconds and tries once. Default: 1; with zones at least 2.')
@minValue(1)
@maxValue(20)
param alwaysReadyInstances int = 1

@description('Optional. Most instances on demand for each group of functions; below 40 in some Azure locations only. Default: 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Memory of an instance in MB. Default: 2048.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Optional. Whether the plan is spread over availability zones. Default: false.')
param zoneRedundant bool = false

@description('Optional. Days for which logs are kept, 30 to 730. Default: 30.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Optional. Gigabytes of logs a day at most; beyond it alerts go blind. Default: -1, no limit.')
param logDailyQuotaGb int = -1

@description('Optional. Mail addresses that alerts are sent to. Default: none.')
param alertEmails string[] = []

@description('Optional. Resource ids of action groups that alerts are sent to as well. Default: none.')
param alertActionGroups string[] = []

@description('Optional. Tags of all resources. Default: none but those that azd needs.')
param tags object = {}

var token = uniqueString(resourceGroup().id, environmentName)
var clouds = loadJsonContent('clouds.json')
var addresses = clouds[cloud]
var allTags = union(tags, {
  'azd-env-name': environmentName
})

// What the forwarder reads. It wants completed pushes only, each once.
var forwardSubscription = empty(forwardTargets) ? [] : [
  {
    name: 'forward'
    filter: 'type = \'replication.completed\''
  }
]

// What the app is told of the registries, in the form of its setting REGISTRIES. Which replicas there are it asks itself.
var watched = map(registries, registry => union({
  name: toLower(split(registry.resourceId, '/')[8])
  loginServer: toLower('${split(registry.resourceId, '/')[8]}.${addresses.registrySuffix}')
  resourceId: registry.resourceId
  verify: registry.?verify ?? false
  exclude: registry.?exclude ?? []
  repositories: registry.?repositories ?? []
}, registry.?lagAfterMinutes == null ? {} : {
  lagAfterMinutes: registry.?lagAfterMinutes
}))

module identity 'modules/identity.bicep' = {
  name: 'landfall-identity-${token}'
  params: {
    name: 'id-landfall-${token}'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'landfall-monitoring-${token}'
  params: {
    workspaceName: 'log-landfall-${token}'
    insightsName: 'appi-landfall-${token}'
    location: location
    tags: allTags
    retentionInDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'landfall-storage-${token}'
  params: {
    name: 'stlandfall${token}'
    location: location
    tags: allTags
    sku: storageSku
    containerName: 'app-package'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'landfall-service-bus-${token}'
  params: {
    name: 'sbns-landfall-${token}'
    location: location
    tags: allTags
    sku: serviceBusSku
    messagingUnits: serviceBusMessagingUnits
    topicName: topicName
    duplicateDetectionWindow: duplicateDetectionWindow
    subscriptions: concat(subscriptions, forwardSubscription)
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'landfall-roles-${token}'
  params: {
    principalId: identity.outputs.principalId
    storageAccountName: storage.outputs.name
    serviceBusName: serviceBus.outputs.name
    topicName: serviceBus.outputs.topicName
    insightsName: monitoring.outputs.insightsName
    forwardSubscription: empty(forwardTargets) ? '' : 'forward'
    receivers: receivers
  }
}

module registryAccess 'modules/registry-access.bicep' = [for (registry, index) in registries: {
  name: 'landfall-access-${token}-${index}'
  scope: resourceGroup(split(registry.resourceId, '/')[2], split(registry.resourceId, '/')[4])
  params: {
    registryName: split(registry.resourceId, '/')[8]
    principalId: identity.outputs.principalId
    verify: registry.?verify ?? false
    token: token
  }
}]

// Only with its roles can the app start: its package and its keys are in the storage account.
module functionApp 'modules/function-app.bicep' = {
  name: 'landfall-function-app-${token}'
  params: {
    planName: 'plan-landfall-${token}'
    name: 'func-landfall-${token}'
    location: location
    tags: allTags
    appTags: union(allTags, {
      'azd-service-name': 'landfall'
    })
    identityId: identity.outputs.resourceId
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    containerName: storage.outputs.containerName
    insightsName: monitoring.outputs.insightsName
    workspaceId: monitoring.outputs.workspaceId
    serviceBusHost: '${serviceBus.outputs.name}.${addresses.serviceBusSuffix}'
    topicName: serviceBus.outputs.topicName
    registries: string(watched)
    forwardTargets: forwardTargets
    forwardSecrets: forwardSecrets
    otlpHeaders: otlpHeaders
    settings: settings
    cloud: {
      management: addresses.management
      authority: addresses.authority
      storageSuffix: addresses.storageSuffix
    }
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    zoneRedundant: zoneRedundant
  }
  dependsOn: [
    roles
  ]
}

module webhooks 'modules/webhooks.bicep' = if (createWebhooks) {
  name: 'landfall-webhooks-${token}'
  params: {
    functionAppName: functionApp.outputs.name
    host: functionApp.outputs.host
    registries: map(registries, registry => {
      resourceId: registry.resourceId
      regions: registry.regions
    })
    webhookPrefix: webhookPrefix
    token: token
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'landfall-alerts-${token}'
  params: {
    actionGroupName: 'ag-landfall-${token}'
    prefix: 'landfall-${token}'
    location: location
    tags: allTags
    emails: alertEmails
    actionGroups: alertActionGroups
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.resourceId
    topicName: serviceBus.outputs.topicName
  }
}

@description('Name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('Where the app is.')
output url string = 'https://${functionApp.outputs.host}'

@description('Host name of the Service Bus namespace, for consumers.')
output serviceBusNamespace string = '${serviceBus.outputs.name}.${addresses.serviceBusSuffix}'

@description('Object id of the identity that the app runs as.')
output principalId string = identity.outputs.principalId
