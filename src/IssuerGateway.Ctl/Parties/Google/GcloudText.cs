using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>A bash script for gcloud that may be run again and again.</summary>
internal static class GcloudText
{
    public static string Text(GoogleTrust trust) => $$"""
        #!/usr/bin/env bash
        # A workload identity pool of Google Cloud that admits one service account of the cluster by its projected token.
        # Safe to run again: what is missing is created, the provider is updated. A deleted pool or provider keeps its id for
        # 30 days: undelete it, or choose another id. Give each issuer a pool of its own: rights of a subject hold for every
        # provider of its pool.
        # Needs gcloud, signed in with roles/iam.workloadIdentityPoolAdmin{{(trust.GoogleAccount is null ? "" : " and the right to set the policy of the service account")}}.
        set -euo pipefail

        project={{Shell(trust.Project)}}
        project_number={{Shell(trust.ProjectNumber)}}
        pool={{Shell(trust.Pool)}}
        provider={{Shell(trust.Provider)}}
        # Without the condition every pod of the cluster could exchange its token.
        settings=(
          --issuer-uri={{Shell(trust.Workload.Issuer.Value)}}
          --attribute-mapping=google.subject=assertion.sub
          --attribute-condition={{Shell(trust.Condition)}}
        {{Optional(trust)}})

        if [[ "$(gcloud projects describe "${project}" --format='value(projectNumber)')" != "${project_number}" ]]; then
          echo "project ${project} has another number than ${project_number}" >&2
          exit 1
        fi

        pools=(gcloud iam workload-identity-pools)
        state=$("${pools[@]}" describe "${pool}" --project="${project}" --location=global --format='value(state)' 2>/dev/null || true)
        if [[ "${state}" == DELETED ]]; then
          "${pools[@]}" undelete "${pool}" --project="${project}" --location=global
        elif [[ -z "${state}" ]]; then
          "${pools[@]}" create "${pool}" --project="${project}" --location=global
        fi

        place=(--project="${project}" --location=global --workload-identity-pool="${pool}")
        state=$("${pools[@]}" providers describe "${provider}" "${place[@]}" --format='value(state)' 2>/dev/null || true)
        if [[ "${state}" == DELETED ]]; then
          "${pools[@]}" providers undelete "${provider}" "${place[@]}"
          state=ACTIVE
        fi
        if [[ -z "${state}" ]]; then
          "${pools[@]}" providers create-oidc "${provider}" "${place[@]}" "${settings[@]}"
        else
          issuer=$("${pools[@]}" providers describe "${provider}" "${place[@]}" --format='value(oidc.issuerUri)')
          if [[ "${issuer}" != {{Shell(trust.Workload.Issuer.Value)}} ]]; then
            echo "provider ${provider} is for ${issuer} already: render with another --pool and --provider" >&2
            exit 1
          fi
        {{Leftovers(trust)}}  "${pools[@]}" providers update-oidc "${provider}" "${place[@]}" "${settings[@]}"{{(trust.HasOwnAudience ? "" : " --allowed-audiences=")}}
        fi
        {{Impersonation(trust)}}
        """;

    private static string Optional(GoogleTrust trust) =>
        (trust.HasOwnAudience ? $"  --allowed-audiences={Shell(ListOfOne(trust.Workload.Audience))}\n" : "")
        + (trust.UploadedKeys is { } file ? $"  --jwk-json-path={Shell(file)}\n" : "");

    // An update leaves what it does not name, and gcloud can empty the list of audiences but not the uploaded keys.
    private static string Leftovers(GoogleTrust trust) => trust.UploadedKeys is not null ? "" : """
          if [[ -n "$("${pools[@]}" providers describe "${provider}" "${place[@]}" --format='value(oidc.jwksJson)')" ]]; then
            echo "provider ${provider} holds uploaded keys and fetches none: render with --uploaded, or with another --pool and --provider" >&2
            exit 1
          fi

        """.ReplaceLineEndings("\n");

    // gcloud topic escaping: a comma separates values unless ^SEPARATOR^ comes first. No audience has a blank.
    private static string ListOfOne(string value) => value.Contains(',', StringComparison.Ordinal) || value[0] == '^' ? $"^ ^{value}" : value;

    private static string Impersonation(GoogleTrust trust) => trust.GoogleAccount is null
        ? $"\necho {Shell($"give rights to {trust.Principal}")}\n"
        : $$"""

            gcloud iam service-accounts add-iam-policy-binding {{Shell(trust.GoogleAccount)}} --project="${project}" \
              --role=roles/iam.workloadIdentityUser --member={{Shell(trust.Principal)}} --condition=None --format=none

            """.ReplaceLineEndings("\n");
}
