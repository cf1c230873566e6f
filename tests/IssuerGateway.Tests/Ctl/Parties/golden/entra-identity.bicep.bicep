// A managed identity that a Kubernetes workload becomes with its projected token, without a secret.
// Deploy: az deployment group create --subscription 11111111-2222-3333-4444-555555555555 --resource-group shop-rg --template-file FILE
// Further federated credentials of the identity need dependsOn, or a loop with @batchSize(1).
param location string = resourceGroup().location

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'shop'
  location: location
}

resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = {
  parent: identity
  name: 'apps-shop'
  properties: {
    issuer: 'https://oidc.example.com/shop'
    subject: 'system:serviceaccount:apps:shop'
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

output clientId string = identity.properties.clientId
