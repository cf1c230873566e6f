using System.Text.Json.Nodes;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>The managed identity as Bicep, as the ARM template that it compiles to in essence, and as Terraform.</summary>
internal static class TemplateText
{
    private const string IdentityVersion = "2023-01-31";
    private const string CredentialVersion = "2024-11-30";

    // Further credentials of one identity have to follow one another: Azure takes one write at a time.
    public static string Bicep(ManagedIdentity identity) => $$"""
        // A managed identity that a Kubernetes workload becomes with its projected token, without a secret.
        // Deploy: az deployment group create --subscription {{identity.Subscription}} --resource-group {{identity.ResourceGroup}} --template-file FILE
        // Further federated credentials of the identity need dependsOn, or a loop with @batchSize(1).
        param location string = resourceGroup().location

        resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@{{IdentityVersion}}' = {
          name: {{TextQuoting.Bicep(identity.Name)}}
          location: location
        }

        resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@{{CredentialVersion}}' = {
          parent: identity
          name: {{TextQuoting.Bicep(identity.CredentialName)}}
          properties: {
            issuer: {{TextQuoting.Bicep(identity.Workload.Issuer.Value)}}
            subject: {{TextQuoting.Bicep(identity.Workload.Subject)}}
            audiences: [
              {{TextQuoting.Bicep(identity.Workload.Audience)}}
            ]
          }
        }

        output clientId string = identity.properties.clientId

        """;

    public static string Arm(ManagedIdentity identity) => Json(new JsonObject
    {
        ["$schema"] = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        ["contentVersion"] = "1.0.0.0",
        ["parameters"] = new JsonObject { ["location"] = new JsonObject { ["type"] = "string", ["defaultValue"] = "[resourceGroup().location]" } },
        ["resources"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "Microsoft.ManagedIdentity/userAssignedIdentities",
                ["apiVersion"] = IdentityVersion,
                ["name"] = identity.Name,
                ["location"] = "[parameters('location')]",
            },
            new JsonObject
            {
                ["type"] = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
                ["apiVersion"] = CredentialVersion,
                ["name"] = $"{identity.Name}/{identity.CredentialName}",
                ["dependsOn"] = new JsonArray($"[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '{identity.Name}')]"),
                // A leading bracket would be an expression of ARM.
                ["properties"] = CredentialBody(identity, text => text.StartsWith('[') ? $"[{text}" : text),
            }),
        ["outputs"] = new JsonObject
        {
            ["clientId"] = new JsonObject
            {
                ["type"] = "string",
                ["value"] = $"[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '{identity.Name}'), '{IdentityVersion}').clientId]",
            },
        },
    });

    /// <summary>The <c>properties</c> of the credential, as Azure Resource Manager takes them.</summary>
    public static JsonObject CredentialBody(ManagedIdentity identity, Func<string, string> write) => new()
    {
        ["issuer"] = write(identity.Workload.Issuer.Value),
        ["subject"] = write(identity.Workload.Subject),
        ["audiences"] = new JsonArray(write(identity.Workload.Audience)),
    };

    public static string Terraform(ManagedIdentity identity) => $$"""
        # A managed identity that a Kubernetes workload becomes with its projected token, without a secret.
        # Needs the role Managed Identity Contributor on the resource group.
        terraform {
          required_providers {
            azurerm = {
              source  = "hashicorp/azurerm"
              version = "~> 4.0"
            }
          }
        }

        provider "azurerm" {
          features {}
          tenant_id       = {{Hcl(identity.Tenant)}}
          subscription_id = {{Hcl(identity.Subscription)}}
          environment     = {{Hcl(identity.Cloud.TerraformName)}}
        }

        data "azurerm_resource_group" "workload" {
          name = {{Hcl(identity.ResourceGroup)}}
        }

        resource "azurerm_user_assigned_identity" "workload" {
          name                = {{Hcl(identity.Name)}}
          resource_group_name = data.azurerm_resource_group.workload.name
          location            = data.azurerm_resource_group.workload.location
        }

        # Further credentials of the identity need depends_on: Azure takes one write at a time.
        resource "azurerm_federated_identity_credential" "workload" {
          name                = {{Hcl(identity.CredentialName)}}
          resource_group_name = data.azurerm_resource_group.workload.name
          parent_id           = azurerm_user_assigned_identity.workload.id
          issuer              = {{Hcl(identity.Workload.Issuer.Value)}}
          subject             = {{Hcl(identity.Workload.Subject)}}
          audience            = [{{Hcl(identity.Workload.Audience)}}]
        }

        output "client_id" {
          value = azurerm_user_assigned_identity.workload.client_id
        }

        """;
}
