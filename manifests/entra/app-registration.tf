# An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
# Needs the permission Application.ReadWrite.OwnedBy (app) or the role Application Developer (user).
terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azuread" {
  tenant_id   = "00000000-0000-0000-0000-000000000000"
  environment = "public"
}

resource "azuread_application" "oauth2_proxy" {
  display_name            = "oauth2-proxy"
  sign_in_audience        = "AzureADMyOrg"
  prevent_duplicate_names = true
  group_membership_claims = ["SecurityGroup"]

  web {
    redirect_uris = [
      "https://app.example.com/oauth2/callback",
    ]
  }
}

resource "azuread_service_principal" "oauth2_proxy" {
  client_id                    = azuread_application.oauth2_proxy.client_id
  app_role_assignment_required = false

  # Shown in the portal's list of enterprise applications.
  feature_tags {
    enterprise = true
  }
}

resource "azuread_application_federated_identity_credential" "workload" {
  application_id = azuread_application.oauth2_proxy.id
  display_name   = "kubernetes"
  issuer         = "https://oidc.example.com"
  subject        = "system:serviceaccount:azure-demo:azure-demo"
  audiences      = ["api://AzureADTokenExchange"]
}

output "client_id" {
  value = azuread_application.oauth2_proxy.client_id
}
