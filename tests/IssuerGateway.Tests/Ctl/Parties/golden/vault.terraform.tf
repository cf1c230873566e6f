# The jwt auth method of Vault for the cluster and a role that one service account logs in to with its projected token.
# A method that is there already has to be imported first, since its configuration is written whole.
terraform {
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.0"
    }
  }
}

provider "vault" {
  address   = "https://vault.example.com:8200"
}

resource "vault_jwt_auth_backend" "cluster" {
  path               = "jwt"
  type               = "jwt"
  oidc_discovery_url = "https://oidc.example.com/shop"
  bound_issuer       = "https://oidc.example.com/shop"
}

resource "vault_jwt_auth_backend_role" "workload" {
  backend   = vault_jwt_auth_backend.cluster.path
  role_name = "shop"
  role_type = "jwt"

  # Without bound_subject every pod of the cluster could log in.
  bound_audiences = ["https://vault.example.com"]
  bound_subject   = "system:serviceaccount:apps:shop"
  user_claim      = "sub"
  token_policies  = ["shop-read", "shop-db"]
}
