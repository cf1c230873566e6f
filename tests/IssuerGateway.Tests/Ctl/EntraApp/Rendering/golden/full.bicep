// An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
// Deploy: az deployment group create --resource-group GROUP --template-file FILE
// Needs bicepconfig.json beside it with the extension microsoftGraphV1, and Application.ReadWrite.All or, for an
// app that deploys, Application.ReadWrite.OwnedBy.
// warning: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and --cloud usgov signs in at https://login.microsoftonline.us: its start will fail
// hint: use its provider oidc with a client secret in this cloud, or another relying party that exchanges the token itself
extension microsoftGraphV1

@description('Display name and unique name of the app registration.')
param appName string = 'Demo app_2.0'

@description('Redirect URLs of OAuth2 Proxy.')
param redirectUrls string[] = [
  'https://app.example.com/oauth2/callback'
  'https://www.example.com/oauth2/callback'
  'https://app.example.com/sign-in/callback'
  'https://app.example.com/signed-out'
]

@description('Name of the federated credential; cannot be changed later.')
param credentialName string = 'team-a-web-frontend'

@description('Issuer of the cluster, exactly as its tokens carry it.')
param issuer string = 'https://oidc.example.com:8443/clusters/one/'

@description('The service account of the workload.')
param subject string = 'system:serviceaccount:team-a:web.frontend'

@description('Audience of the projected token.')
param audience string = 'api://AzureADTokenExchangeUSGov'

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: appName
  displayName: appName
  signInAudience: 'AzureADMyOrg'
  web: {
    redirectUris: redirectUrls
  }
  groupMembershipClaims: 'ApplicationGroup'
  appRoles: [
    {
      id: '58696f44-9f8b-82fb-b4f4-9e48917ab44a'
      value: 'admin'
      displayName: 'admin'
      description: 'admin'
      isEnabled: true
      allowedMemberTypes: [
        'User'
      ]
    }
    {
      id: '810d7899-e840-8e1f-8951-a0f00f7a4eec'
      value: 'Reader.All'
      displayName: 'Reader.All'
      description: 'Reader.All'
      isEnabled: true
      allowedMemberTypes: [
        'User'
      ]
    }
  ]

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
  appRoleAssignmentRequired: true
  tags: [
    'WindowsAzureActiveDirectoryIntegratedApp'
  ]
}

resource assignment0 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  resourceId: servicePrincipal.id
  principalId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
  appRoleId: '810d7899-e840-8e1f-8951-a0f00f7a4eec'
}

resource assignment1 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  resourceId: servicePrincipal.id
  principalId: 'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee'
  appRoleId: '58696f44-9f8b-82fb-b4f4-9e48917ab44a'
}

resource microsoftGraph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {
  clientId: servicePrincipal.id
  consentType: 'AllPrincipals'
  resourceId: microsoftGraph.id
  scope: 'openid profile email offline_access User.Read'
}

output clientId string = app.appId
