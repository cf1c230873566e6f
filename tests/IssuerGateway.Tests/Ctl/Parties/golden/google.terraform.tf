# A workload identity pool of Google Cloud that admits one service account of the cluster by its projected token.
# A deleted pool or provider keeps its id for 30 days. Give each issuer a pool of its own: rights of a subject hold for
# every provider of its pool.
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = "shop-prod"
}

resource "google_iam_workload_identity_pool" "cluster" {
  workload_identity_pool_id = "clusters"
}

resource "google_iam_workload_identity_pool_provider" "cluster" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.cluster.workload_identity_pool_id
  workload_identity_pool_provider_id = "shop"

  # Without the condition every pod of the cluster could exchange its token.
  attribute_condition = "assertion.sub == 'system:serviceaccount:apps:shop'"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }

  oidc {
    issuer_uri = "https://oidc.example.com/shop"
  }
}

resource "google_service_account_iam_member" "workload" {
  service_account_id = "projects/shop-prod/serviceAccounts/shop@shop-prod.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/subject/system:serviceaccount:apps:shop"
}
