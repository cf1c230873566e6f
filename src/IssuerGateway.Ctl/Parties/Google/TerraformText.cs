using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>Pool, provider and impersonation as Terraform.</summary>
internal static class TerraformText
{
    public static string Text(GoogleTrust trust) => $$"""
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
          project = {{Hcl(trust.Project)}}
        }

        resource "google_iam_workload_identity_pool" "cluster" {
          workload_identity_pool_id = {{Hcl(trust.Pool)}}
        }

        resource "google_iam_workload_identity_pool_provider" "cluster" {
          workload_identity_pool_id          = google_iam_workload_identity_pool.cluster.workload_identity_pool_id
          workload_identity_pool_provider_id = {{Hcl(trust.Provider)}}

          # Without the condition every pod of the cluster could exchange its token.
          attribute_condition = {{Hcl(trust.Condition)}}
          attribute_mapping = {
            "google.subject" = "assertion.sub"
          }

          oidc {
            issuer_uri = {{Hcl(trust.Workload.Issuer.Value)}}
        {{Optional(trust)}}  }
        }
        {{Impersonation(trust)}}
        """;

    private static string Optional(GoogleTrust trust) =>
        (trust.HasOwnAudience ? $"    allowed_audiences = [{Hcl(trust.Workload.Audience)}]\n" : "")
        + (trust.UploadedKeys is { } file ? $"    jwks_json = file({Hcl(file)})\n" : "");

    private static string Impersonation(GoogleTrust trust) => trust.GoogleAccount is null
        ? $"\n# Give rights to {trust.Principal}\n"
        : $$"""

            resource "google_service_account_iam_member" "workload" {
              service_account_id = {{Hcl($"projects/{trust.Project}/serviceAccounts/{trust.GoogleAccount}")}}
              role               = "roles/iam.workloadIdentityUser"
              member             = {{Hcl(trust.Principal)}}
            }

            """.ReplaceLineEndings("\n");
}
