using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraIdentity;

/// <summary>A bash script for the Azure CLI that may be run again and again.</summary>
internal static class AzText
{
    public static string Text(ManagedIdentity identity) => $$"""
        #!/usr/bin/env bash
        # A managed identity that a Kubernetes workload becomes with its projected token, without a secret.
        # Safe to run again: the identity and the credential are created or stay. A credential of this name with another issuer,
        # subject or audience is changed.
        # Needs az, signed in with az login, and the role Managed Identity Contributor on the resource group.
        set -euo pipefail

        cloud={{Shell(identity.Cloud.AzName)}}
        tenant={{Shell(identity.Tenant)}}
        subscription={{Shell(identity.Subscription)}}
        resource_group={{Shell(identity.ResourceGroup)}}
        identity={{Shell(identity.Name)}}
        credential_name={{Shell(identity.CredentialName)}}
        issuer={{Shell(identity.Workload.Issuer.Value)}}
        subject={{Shell(identity.Workload.Subject)}}
        audience={{Shell(identity.Workload.Audience)}}

        if [[ "$(az account show --query environmentName --output tsv)" != "${cloud}" ]]; then
          echo "az is set to another cloud: az cloud set --name ${cloud}, then az login --tenant ${tenant}" >&2
          exit 1
        fi
        if [[ "$(az account show --query tenantId --output tsv)" != "${tenant}" ]]; then
          echo "az is signed in to another tenant: az login --tenant ${tenant}" >&2
          exit 1
        fi

        # Creates it or leaves it as it is.
        az identity create --subscription "${subscription}" --resource-group "${resource_group}" --name "${identity}" --output none

        found=$(az identity federated-credential list --subscription "${subscription}" --resource-group "${resource_group}" \
          --identity-name "${identity}" --query "[].[name, issuer, subject, audiences[0]]" --output tsv)
        wanted="${credential_name}"$'\t'"${issuer}"$'\t'"${subject}"$'\t'"${audience}"
        if ! grep --quiet --fixed-strings --line-regexp -- "${wanted}" <<<"${found}"; then
          other=$(awk -F '\t' -v name="${credential_name}" -v issuer="${issuer}" -v subject="${subject}" \
            'tolower($1) != tolower(name) && $2 == issuer && $3 == subject { print $1 }' <<<"${found}")
          if [[ -n "${other}" ]]; then
            echo "credential ${other} has this issuer and subject already, and Azure takes them once: render with --credential-name ${other}" >&2
            exit 1
          fi
          names=$(cut -f 1 <<<"${found}")
          if [[ "$(grep --count . <<<"${found}")" -ge {{ManagedIdentity.MaxCredentials}} ]] && ! grep --quiet --ignore-case --fixed-strings --line-regexp -- "${credential_name}" <<<"${names}"; then
            echo "the identity has {{ManagedIdentity.MaxCredentials}} federated credentials, the most that Azure takes: remove one, or use another identity" >&2
            exit 1
          fi
          # Creates or replaces. Azure takes one write at a time for an identity: run no two of these scripts for it at once.
          az identity federated-credential create --subscription "${subscription}" --resource-group "${resource_group}" \
            --identity-name "${identity}" --name "${credential_name}" --issuer "${issuer}" --subject "${subject}" \
            --audiences "${audience}" --output none
        fi

        client_id=$(az identity show --subscription "${subscription}" --resource-group "${resource_group}" --name "${identity}" \
          --query clientId --output tsv)
        echo "client id: ${client_id}"
        echo "Next, render what the pod needs with --client-id ${client_id} and --format configmap (or patch). A new credential takes minutes."

        """;
}
