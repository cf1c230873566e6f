// An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
// Deploy: az deployment group create --resource-group GROUP --template-file FILE
// Needs bicepconfig.json beside it with the extension microsoftGraphV1, and Application.ReadWrite.All or, for an
// app that deploys, Application.ReadWrite.OwnedBy.
extension microsoftGraphV1

@description('Display name and unique name of the app registration.')
param appName string = 'oauth2-proxy'

@description('Redirect URLs of OAuth2 Proxy.')
param redirectUrls string[] = [
  'https://app.example.com/oauth2/callback'
]

@description('Name of the federated credential; cannot be changed later.')
param credentialName string = 'kubernetes'

@description('Issuer of the cluster, exactly as its tokens carry it.')
param issuer string = 'https://oidc.example.com'

@description('The service account of the workload.')
param subject string = 'system:serviceaccount:azure-demo:azure-demo'

@description('Audience of the projected token.')
param audience string = 'api://AzureADTokenExchange'

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: appName
  displayName: appName
  signInAudience: 'AzureADMyOrg'
  web: {
    redirectUris: redirectUrls
  }
  groupMembershipClaims: 'SecurityGroup'

  resource credential 'federatedIdentityCredentials@v1.0' = {
    name: '${app.uniqueName}/${credentialName}'
    issuer: issuer
    subject: subject
    audiences: [
      audience
    ]
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
  tags: [
    'WindowsAzureActiveDirectoryIntegratedApp'
  ]
}

output clientId string = app.appId
