using 'main.bicep'

// azd sets these: the first is the name of its environment, the second is set once the app is deployed.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'landfall')
param createWebhooks = bool(readEnvironmentVariable('LANDFALL_WEBHOOKS', 'false'))

// Put your registries here; az acr show --name NAME --query id tells the id, az acr replication list the regions.
param registries = [
  {
    resourceId: '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/registries/providers/Microsoft.ContainerRegistry/registries/contoso'
    regions: [
      'westeurope'
      'westus'
      'eastus'
      'canadacentral'
    ]
    exclude: [
      'canadacentral'
    ]
    repositories: [
      {
        match: 'public/products/*'
        lagAfterMinutes: 5
      }
    ]
  }
]

param settings = {
  LAG_AFTER_MINUTES: '15'
}

param alertEmails = []
