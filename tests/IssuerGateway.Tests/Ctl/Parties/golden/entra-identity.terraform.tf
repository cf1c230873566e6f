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
  tenant_id       = "11111111-2222-3333-4444-555555555555"
  subscription_id = "11111111-2222-3333-4444-555555555555"
  environment     = "public"
}

data "azurerm_resource_group" "workload" {
  name = "shop-rg"
}

resource "azurerm_user_assigned_identity" "workload" {
  name                = "shop"
  resource_group_name = data.azurerm_resource_group.workload.name
  location            = data.azurerm_resource_group.workload.location
}

# Further credentials of the identity need depends_on: Azure takes one write at a time.
resource "azurerm_federated_identity_credential" "workload" {
  name                = "apps-shop"
  resource_group_name = data.azurerm_resource_group.workload.name
  parent_id           = azurerm_user_assigned_identity.workload.id
  issuer              = "https://oidc.example.com/shop"
  subject             = "system:serviceaccount:apps:shop"
  audience            = ["api://AzureADTokenExchange"]
}

output "client_id" {
  value = azurerm_user_assigned_identity.workload.client_id
}
