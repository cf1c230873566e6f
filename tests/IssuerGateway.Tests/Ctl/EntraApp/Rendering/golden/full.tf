# An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
# Needs the permission Application.ReadWrite.OwnedBy (app) or the role Application Developer (user).
# warning: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and --cloud usgov signs in at https://login.microsoftonline.us: its start will fail
# hint: use its provider oidc with a client secret in this cloud, or another relying party that exchanges the token itself
terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azuread" {
  tenant_id   = "8e2f0000-1111-2222-3333-44445555aaaa"
  environment = "usgovernment"
}

resource "azuread_application" "oauth2_proxy" {
  display_name            = "Demo app_2.0"
  sign_in_audience        = "AzureADMyOrg"
  prevent_duplicate_names = true
  group_membership_claims = ["ApplicationGroup"]

  web {
    redirect_uris = [
      "https://app.example.com/oauth2/callback",
      "https://www.example.com/oauth2/callback",
      "https://app.example.com/sign-in/callback",
      "https://app.example.com/signed-out",
    ]
  }

  app_role {
    id                   = "58696f44-9f8b-82fb-b4f4-9e48917ab44a"
    value                = "admin"
    display_name         = "admin"
    description          = "admin"
    enabled              = true
    allowed_member_types = ["User"]
  }

  app_role {
    id                   = "810d7899-e840-8e1f-8951-a0f00f7a4eec"
    value                = "Reader.All"
    display_name         = "Reader.All"
    description          = "Reader.All"
    enabled              = true
    allowed_member_types = ["User"]
  }
}

resource "azuread_service_principal" "oauth2_proxy" {
  client_id                    = azuread_application.oauth2_proxy.client_id
  app_role_assignment_required = true

  # Shown in the portal's list of enterprise applications.
  feature_tags {
    enterprise = true
  }
}

resource "azuread_app_role_assignment" "assignment_0" {
  app_role_id         = "810d7899-e840-8e1f-8951-a0f00f7a4eec"
  principal_object_id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
  resource_object_id  = azuread_service_principal.oauth2_proxy.object_id
}

resource "azuread_app_role_assignment" "assignment_1" {
  app_role_id         = "58696f44-9f8b-82fb-b4f4-9e48917ab44a"
  principal_object_id = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"
  resource_object_id  = azuread_service_principal.oauth2_proxy.object_id
}

data "azuread_service_principal" "microsoft_graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_service_principal_delegated_permission_grant" "consent" {
  service_principal_object_id          = azuread_service_principal.oauth2_proxy.object_id
  resource_service_principal_object_id = data.azuread_service_principal.microsoft_graph.object_id
  claim_values                         = ["openid", "profile", "email", "offline_access", "User.Read"]
}

resource "azuread_application_federated_identity_credential" "workload" {
  application_id = azuread_application.oauth2_proxy.id
  display_name   = "team-a-web-frontend"
  issuer         = "https://oidc.example.com:8443/clusters/one/"
  subject        = "system:serviceaccount:team-a:web.frontend"
  audiences      = ["api://AzureADTokenExchangeUSGov"]
}

output "client_id" {
  value = azuread_application.oauth2_proxy.client_id
}
