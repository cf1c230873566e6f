using System.Text;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

/// <summary>A Terraform file for the provider azuread; it is declarative, so redirect URLs that it does not name are removed.</summary>
internal static class TerraformText
{
    public static string Text(AppRegistration registration)
    {
        FederatedCredential credential = registration.Credential;
        return $$"""
            # An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
            # Needs the permission Application.ReadWrite.OwnedBy (app) or the role Application Developer (user).
            {{registration.Cloud.Comment("#")}}terraform {
              required_providers {
                azuread = {
                  source  = "hashicorp/azuread"
                  version = "~> 3.0"
                }
              }
            }

            provider "azuread" {
              tenant_id   = {{Hcl(registration.Tenant)}}
              environment = {{Hcl(registration.Cloud.TerraformName)}}
            }

            resource "azuread_application" "oauth2_proxy" {
              display_name            = {{Hcl(registration.AppName)}}
              sign_in_audience        = "AzureADMyOrg"
              prevent_duplicate_names = true
            {{GroupClaims(registration)}}
              web {
                redirect_uris = [
            {{string.Join("\n", registration.RedirectUris.Select(url => $"      {Hcl(url)},"))}}
                ]
              }
            {{Roles(registration)}}}

            resource "azuread_service_principal" "oauth2_proxy" {
              client_id                    = azuread_application.oauth2_proxy.client_id
              app_role_assignment_required = {{(registration.AssignmentRequired ? "true" : "false")}}

              # Shown in the portal's list of enterprise applications.
              feature_tags {
                enterprise = true
              }
            }
            {{Access(registration)}}
            resource "azuread_application_federated_identity_credential" "workload" {
              application_id = azuread_application.oauth2_proxy.id
              display_name   = {{Hcl(credential.Name)}}
              issuer         = {{Hcl(credential.Issuer)}}
              subject        = {{Hcl(credential.Subject)}}
              audiences      = [{{Hcl(credential.Audience)}}]
            }

            output "client_id" {
              value = azuread_application.oauth2_proxy.client_id
            }

            """;
    }

    private static string GroupClaims(AppRegistration registration) =>
        registration.GroupClaims is { } claims ? $"  group_membership_claims = [{Hcl(claims)}]\n" : "";

    private static string Access(AppRegistration registration)
    {
        StringBuilder blocks = new();
        foreach ((RoleAssignment assignment, int i) in registration.Assignments.Select((assignment, i) => (assignment, i)))
        {
            blocks.Append($$"""

                resource "azuread_app_role_assignment" "assignment_{{i}}" {
                  app_role_id         = {{Hcl($"{assignment.RoleId}")}}
                  principal_object_id = {{Hcl($"{assignment.PrincipalId}")}}
                  resource_object_id  = azuread_service_principal.oauth2_proxy.object_id
                }

                """);
        }

        if (registration.AdminConsent)
        {
            blocks.Append($$"""

                data "azuread_service_principal" "microsoft_graph" {
                  client_id = {{Hcl(SignInSettings.MicrosoftGraph)}}
                }

                resource "azuread_service_principal_delegated_permission_grant" "consent" {
                  service_principal_object_id          = azuread_service_principal.oauth2_proxy.object_id
                  resource_service_principal_object_id = data.azuread_service_principal.microsoft_graph.object_id
                  claim_values                         = [{{string.Join(", ", SignInSettings.Scopes.Split(' ').Select(Hcl))}}]
                }

                """);
        }

        return blocks.ToString();
    }

    private static string Roles(AppRegistration registration)
    {
        StringBuilder blocks = new();
        foreach (AppRole role in registration.AppRoles)
        {
            blocks.Append($$"""

                  app_role {
                    id                   = {{Hcl(role.Id.ToString())}}
                    value                = {{Hcl(role.Value)}}
                    display_name         = {{Hcl(role.Value)}}
                    description          = {{Hcl(role.Value)}}
                    enabled              = true
                    allowed_member_types = ["User"]
                  }

                """);
        }

        return blocks.ToString();
    }
}
