using System.Text;
using IssuerGateway.Issuers;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

/// <summary>A Bicep file for the Microsoft Graph extension; it is declarative, so redirect URLs that it does not name are removed.</summary>
internal static class BicepText
{
    public static string Text(AppRegistration registration)
    {
        FederatedCredential credential = registration.Credential;
        return $$"""
            // An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
            // Deploy: az deployment group create --resource-group GROUP --template-file FILE
            // Needs bicepconfig.json beside it with the extension microsoftGraphV1, and Application.ReadWrite.All or, for an
            // app that deploys, Application.ReadWrite.OwnedBy.
            {{registration.Cloud.Comment("//")}}extension microsoftGraphV1

            @description('Display name and unique name of the app registration.')
            param appName string = {{Bicep(registration.AppName)}}

            @description('Redirect URLs of OAuth2 Proxy.')
            param redirectUrls string[] = [
            {{string.Join("\n", registration.RedirectUris.Select(url => $"  {Bicep(url)}"))}}
            ]

            @description('Name of the federated credential; cannot be changed later.')
            param credentialName string = {{Bicep(credential.Name)}}

            @description('Issuer of the cluster, exactly as its tokens carry it.')
            param issuer string = {{Bicep(credential.Issuer)}}

            @description('The service account of the workload.')
            param subject string = {{Bicep(credential.Subject)}}

            @description('Audience of the projected token.')
            param audience string = {{Bicep(credential.Audience)}}

            resource app 'Microsoft.Graph/applications@v1.0' = {
              uniqueName: appName
              displayName: appName
              signInAudience: 'AzureADMyOrg'
              web: {
                redirectUris: redirectUrls
              }
            {{Optional(registration)}}
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
            {{(registration.AssignmentRequired ? "  appRoleAssignmentRequired: true\n" : "")}}  tags: [
                {{Bicep(SignInSettings.VisibleTag)}}
              ]
            }
            {{Access(registration)}}
            output clientId string = app.appId

            """;
    }

    private static string Access(AppRegistration registration)
    {
        StringBuilder text = new();
        foreach ((RoleAssignment assignment, int i) in registration.Assignments.Select((assignment, i) => (assignment, i)))
        {
            text.Append($$"""

                resource assignment{{i}} 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
                  resourceId: servicePrincipal.id
                  principalId: {{Bicep($"{assignment.PrincipalId}")}}
                  appRoleId: {{Bicep($"{assignment.RoleId}")}}
                }

                """);
        }

        if (registration.AdminConsent)
        {
            text.Append($$"""

                resource microsoftGraph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
                  appId: {{Bicep(SignInSettings.MicrosoftGraph)}}
                }

                resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {
                  clientId: servicePrincipal.id
                  consentType: 'AllPrincipals'
                  resourceId: microsoftGraph.id
                  scope: {{Bicep(SignInSettings.Scopes)}}
                }

                """);
        }

        return text.ToString();
    }

    private static string Optional(AppRegistration registration)
    {
        StringBuilder lines = new();
        if (registration.GroupClaims is { } claims)
        {
            lines.Append($"  groupMembershipClaims: {Bicep(claims)}\n");
        }

        if (registration.AppRoles.Count > 0)
        {
            lines.Append("  appRoles: [\n");
            foreach (AppRole role in registration.AppRoles)
            {
                lines.Append($$"""
                        {
                          id: {{Bicep(role.Id.ToString())}}
                          value: {{Bicep(role.Value)}}
                          displayName: {{Bicep(role.Value)}}
                          description: {{Bicep(role.Value)}}
                          isEnabled: true
                          allowedMemberTypes: [
                            'User'
                          ]
                        }

                    """);
            }

            lines.Append("  ]\n");
        }

        return lines.ToString();
    }
}
