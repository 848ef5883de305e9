metadata description = 'Whom to tell, and of what: by what the app measures of itself, and by what Azure measures.'

@description('Required. Name of the action group.')
param actionGroupName string

@description('Required. Beginning of the alerts\' names.')
param prefix string

@description('Required. Azure location.')
param location string

@description('Required. Tags of the resources.')
param tags object

@description('Required. Mail addresses that are told.')
param emails string[]

@description('Required. Resource ids of further action groups that are told.')
param actionGroups string[]

@description('Required. Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Required. Resource id of the Service Bus namespace.')
param serviceBusId string

@description('Required. Name of the topic.')
param topicName string

var byRegistry = [
  {
    name: 'Registry'
    operator: 'Include'
    values: [
      '*'
    ]
  }
]

var byRegion = concat(byRegistry, [
  {
    name: 'Region'
    operator: 'Include'
    values: [
      '*'
    ]
  }
])

var logAlerts = [
  {
    name: 'lagging'
    displayName: 'A replica lags'
    description: 'A region misses an image for longer than LAG_AFTER_MINUTES. GET /api/health names replicas and webhooks that are not well.'
    severity: 2
    every: 'PT5M'
    window: 'PT10M'
    query: '''
AppMetrics
| where Name == "landfall.replications.lagging"
| summarize Replications = max(Sum) by Registry = tostring(Properties["registry"])
'''
    measure: 'Replications'
    threshold: 0
    dimensions: byRegistry
  }
  {
    name: 'completions-stopped'
    displayName: 'Pushes arrive, and none is completed'
    description: 'Pushes of the last two hours are waited for, some for half an hour and more, and not one was announced as completed.'
    severity: 1
    every: 'PT15M'
    window: 'PT2H'
    query: '''
AppMetrics
| where Name in ("landfall.notifications", "landfall.announcements", "landfall.replications.in_flight")
| extend Registry = tostring(Properties["registry"])
| summarize
    Pushes = sumif(Sum, Name == "landfall.notifications" and tostring(Properties["outcome"]) == "recorded" and TimeGenerated < ago(30m)),
    Completed = sumif(Sum, Name == "landfall.announcements" and tostring(Properties["type"]) == "replication.completed"),
    Waiting = minif(Sum, Name == "landfall.replications.in_flight" and TimeGenerated > ago(30m))
    by Registry
| where Completed == 0 and Waiting > 0
| project Registry, Pushes
'''
    measure: 'Pushes'
    threshold: 0
    dimensions: byRegistry
  }
  {
    name: 'sweep-late'
    displayName: 'The sweep is late'
    description: 'What the sweep should have looked at waits for more than 5 minutes, or no sweep tells anything at all.'
    severity: 1
    every: 'PT5M'
    window: 'PT10M'
    query: '''
AppMetrics
| where Name == "landfall.sweep.oldest_due_age"
| summarize Age = max(Sum), Measurements = count()
| extend Seconds = iff(Measurements == 0, 86400.0, Age)
'''
    measure: 'Seconds'
    threshold: 300
    dimensions: []
  }
  {
    name: 'webhook-failures'
    displayName: 'Webhooks of a region fail'
    description: 'Notifications of a region could not be stored, or were refused. A registry does not send them again; they are found in its record within minutes.'
    severity: 2
    every: 'PT5M'
    window: 'PT15M'
    query: '''
AppMetrics
| where Name == "landfall.notifications"
| where tostring(Properties["outcome"]) in ("unavailable", "refused", "failed")
| summarize Failures = sum(Sum) by Registry = tostring(Properties["registry"]), Region = tostring(Properties["region"])
'''
    measure: 'Failures'
    threshold: 0
    dimensions: byRegion
  }
  {
    name: 'server-errors'
    displayName: 'The app answers with errors'
    description: 'More than one in twenty answers within a quarter of an hour was a 5xx.'
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
    query: '''
AppRequests
| summarize Requests = sum(ItemCount), Errors = sumif(ItemCount, toint(ResultCode) >= 500)
| extend Percent = iff(Requests == 0, 0.0, 100.0 * Errors / Requests)
'''
    measure: 'Percent'
    threshold: 5
    dimensions: []
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'landfall'
    enabled: true
    emailReceivers: [for (email, index) in emails: {
      name: 'mail-${index}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

// The tables come with the first line that is written to them; without it a query has nothing to be checked against.
resource logRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for alert in logAlerts: {
  name: '${prefix}-${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.displayName
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: alert.every
    windowSize: alert.window
    criteria: {
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          query: alert.query
          metricMeasureColumn: alert.measure
          timeAggregation: 'Maximum'
          dimensions: alert.dimensions
          operator: 'GreaterThan'
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: concat([
        actionGroup.id
      ], actionGroups)
    }
    autoMitigate: true
    skipQueryValidation: true
  }
}]

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'Messages lie among the dead letters of a subscription: nobody took them in time, or nobody could.'
    severity: 2
    enabled: true
    scopes: [
      serviceBusId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: [
                topicName
              ]
            }
          ]
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    autoMitigate: true
    actions: [for id in concat([ actionGroup.id ], actionGroups): {
      actionGroupId: id
    }]
  }
}
