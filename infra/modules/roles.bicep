metadata description = 'What the app may do with its own resources, and no more.'

@description('Required. Object id of the identity that the app runs as.')
param principalId string

@description('Required. Name of the storage account.')
@minLength(3)
@maxLength(24)
param storageAccountName string

@description('Required. Name of the Service Bus namespace.')
@minLength(6)
@maxLength(50)
param serviceBusName string

@description('Required. Name of the topic.')
@minLength(1)
param topicName string

@description('Required. Name of the Application Insights component.')
param insightsName string

@description('Required. Name of the subscription that the app itself reads, or nothing.')
param forwardSubscription string

@description('Required. Who may receive messages of the topic: object ids and what they are.')
param receivers {
  @description('Required. Object id in the directory.')
  principalId: string

  @description('Required. What it is the id of.')
  principalType: 'Group' | 'ServicePrincipal' | 'User'
}[]

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var serviceBusDataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var serviceBusDataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: serviceBusName
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' existing = {
  parent: namespace
  name: topicName
}

resource ownSubscription 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2026-01-01' existing = if (!empty(forwardSubscription)) {
  parent: topic
  name: empty(forwardSubscription) ? 'none' : forwardSubscription
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource tables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, storageTableDataContributor)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
  }
}

// The host keeps its keys and the timers' locks in blobs, and reads the deployment package from there.
resource blobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, storageBlobDataOwner)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, serviceBusDataSender)
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', serviceBusDataSender)
  }
}

resource metrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

resource forwarder 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(forwardSubscription)) {
  name: guid(ownSubscription.id, principalId, serviceBusDataReceiver)
  scope: ownSubscription
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', serviceBusDataReceiver)
  }
}

resource receiverRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for receiver in receivers: {
  name: guid(topic.id, receiver.principalId, serviceBusDataReceiver)
  scope: topic
  properties: {
    principalId: receiver.principalId
    principalType: receiver.principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', serviceBusDataReceiver)
  }
}]
