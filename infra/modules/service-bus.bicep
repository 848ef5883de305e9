metadata description = 'The topic that announcements are sent to, and its subscriptions. No shared keys.'

@description('Required. Name of the namespace, 6 to 50 characters.')
@minLength(6)
@maxLength(50)
param name string

@description('Required. Azure location.')
param location string

@description('Required. Tags of the resources.')
param tags object

@description('Required. Tier of the namespace. Basic has no topics.')
@allowed([
  'Standard'
  'Premium'
])
param sku string

@description('Required. Messaging units of a Premium namespace; not used by Standard.')
@allowed([
  1
  2
  4
  8
  16
])
param messagingUnits int

@description('Required. Name of the topic.')
@minLength(1)
param topicName string

@description('Required. For how long the topic drops a message that it already has, an ISO 8601 duration.')
@allowed([
  'P1D'
  'P2D'
  'P3D'
  'P7D'
])
param duplicateDetectionWindow string

@description('Required. Subscriptions of the topic, each with the SQL filter of what it gets.')
param subscriptions {
  @description('Required. Name of the subscription, 1 to 50 characters.')
  @minLength(1)
  @maxLength(50)
  name: string

  @description('Required. SQL filter over the application properties of the messages.')
  filter: string
}[]

@description('Required. Resource id of the Log Analytics workspace that gets logs and metrics.')
param workspaceId string

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: sku == 'Premium' ? {
    name: 'Premium'
    tier: 'Premium'
    capacity: messagingUnits
  } : {
    name: 'Standard'
    tier: 'Standard'
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' = {
  parent: namespace
  name: topicName
  properties: {
    defaultMessageTimeToLive: 'P14D'
    enableBatchedOperations: true
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: duplicateDetectionWindow
  }
}

resource topicSubscriptions 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2026-01-01' = [for subscription in subscriptions: {
  parent: topic
  name: subscription.name
  properties: {
    deadLetteringOnFilterEvaluationExceptions: true
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: 'P14D'
    enableBatchedOperations: true
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
  }
}]

// A new subscription has a rule of this name that lets everything through: under another name ours would only add to it.
resource rules 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2026-01-01' = [for (subscription, index) in subscriptions: {
  parent: topicSubscriptions[index]
  name: '$Default'
  properties: {
    filterType: 'SqlFilter'
    sqlFilter: {
      sqlExpression: subscription.filter
    }
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'landfall'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
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

@description('Name of the namespace.')
output name string = namespace.name

@description('Resource id of the namespace.')
output resourceId string = namespace.id

@description('Name of the topic.')
output topicName string = topic.name
