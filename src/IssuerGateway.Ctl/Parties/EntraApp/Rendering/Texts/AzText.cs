using System.Text;
using System.Text.Json;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering.Texts;

/// <summary>A bash script for the Azure CLI that may be run again and again: it adds what is missing and changes what differs.</summary>
internal static class AzText
{
    public static string Text(AppRegistration registration)
    {
        StringBuilder text = new();
        text.Append(Values(registration));
        text.Append(Body);
        if (registration.AppRoles.Count > 0)
        {
            text.Append(Roles);
        }

        if (registration.GroupClaims is not null)
        {
            text.Append(registration.GroupClaimsChosen ? GroupClaims : DefaultGroupClaims);
        }

        if (registration.AssignmentRequired)
        {
            text.Append(AssignmentRequired);
        }

        text.Append(Credential);
        if (registration.Assignments.Count > 0 || registration.AdminConsent)
        {
            text.Append("\nprincipal_id=$(retry az ad sp show --id \"${app_id}\" --query id --output tsv)\n");
        }

        if (registration.Assignments.Count > 0)
        {
            text.Append(Assignments);
        }

        if (registration.AdminConsent)
        {
            text.Append(Consent);
        }

        return text.Append(End).Append($"{HelmLine.Of(registration, HelmLine.UnknownClientId)}\nEND\n").ToString();
    }

    private static string Values(AppRegistration registration)
    {
        FederatedCredential credential = registration.Credential;
        CredentialBody body = CredentialBody.Of(credential);
        string application = JsonSerializer.Serialize(new CreationBody(registration.AppName), GraphJson.Compact.CreationBody);
        return $$"""
            #!/usr/bin/env bash
            # An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
            # Safe to run again: it adds what is missing and changes what differs; what others added stays.
            # Needs az, signed in with az login --allow-no-subscriptions as a user who may register apps (role Application Developer), or as an
            # app with the permission Application.ReadWrite.OwnedBy.
            {{registration.Cloud.Comment("#")}}set -euo pipefail

            cloud={{Shell(registration.Cloud.AzName)}}
            tenant={{Shell(registration.Tenant)}}
            redirect_urls=({{string.Join(" ", registration.RedirectUris.Select(Shell))}})
            credential_name={{Shell(credential.Name)}}
            issuer={{Shell(credential.Issuer)}}
            subject={{Shell(credential.Subject)}}
            audience={{Shell(credential.Audience)}}
            graph={{Shell($"{registration.Cloud.Graph}/v1.0")}}
            application_url={{Shell($"{registration.Cloud.Graph}/v1.0/{GraphAddress.Application(registration.AppName)}")}}
            application={{Shell(application)}}
            credential={{Shell(JsonSerializer.Serialize(body, GraphJson.Compact.CredentialBody))}}
            named_credential={{Shell(JsonSerializer.Serialize(body with { Name = credential.Name }, GraphJson.Compact.CredentialBody))}}
            {{Optional(registration)}}
            """;
    }

    private static string Optional(AppRegistration registration)
    {
        StringBuilder lines = new();
        if (registration.AppRoles.Count > 0)
        {
            string[] bodies = [.. registration.AppRoles.Select(role => JsonSerializer.Serialize(AppRoleBody.Of(role), GraphJson.Compact.AppRoleBody))];
            lines.Append($"role_values=({string.Join(" ", registration.AppRoles.Select(role => Shell(role.Value)))})\n");
            lines.Append($"role_bodies=({string.Join(" ", bodies.Select(Shell))})\n");
        }

        if (registration.GroupClaims is { } claims)
        {
            lines.Append($"group_claims={Shell(claims)}\n");
        }

        if (registration.Assignments.Count > 0)
        {
            lines.Append($"assigned=({string.Join(" ", registration.Assignments.Select(assignment => Shell($"{assignment.PrincipalId}")))})\n");
            lines.Append($"assigned_roles=({string.Join(" ", registration.Assignments.Select(assignment => Shell($"{assignment.RoleId}")))})\n");
        }

        return lines.ToString();
    }

    private const string Body = """

        # A new object is not on every directory server at once.
        retry() {
          local pause
          for pause in 2 4 8 16; do
            if "$@"; then return 0; fi
            sleep "${pause}"
          done
          "$@"
        }

        if [[ "$(az account show --query environmentName --output tsv)" != "${cloud}" ]]; then
          echo "az is set to another cloud: az cloud set --name ${cloud}, then az login --allow-no-subscriptions --tenant ${tenant}" >&2
          exit 1
        fi
        if [[ "$(az account show --query tenantId --output tsv)" != "${tenant}" ]]; then
          echo "az is signed in to another tenant: az login --allow-no-subscriptions --tenant ${tenant}" >&2
          exit 1
        fi

        # The unique name is the key by which the app is found again, here, by issuerctl and by Bicep.
        az rest --only-show-errors --method PATCH --url "${application_url}" \
          --headers Content-Type=application/json Prefer=create-if-missing --body "${application}" --output none
        app_id=$(retry az rest --method GET --url "${application_url}?\$select=id,appId" --query appId --output tsv)

        urls=$(retry az ad app show --id "${app_id}" --query web.redirectUris --output tsv)
        all=()
        while IFS= read -r url; do
          if [[ -n "${url}" ]]; then all+=("${url}"); fi
        done <<<"${urls}"
        incomplete=''
        for url in "${redirect_urls[@]}"; do
          if ! grep --quiet --fixed-strings --line-regexp -- "${url}" <<<"${urls}"; then
            all+=("${url}")
            incomplete=yes
          fi
        done
        if [[ -n "${incomplete}" ]]; then
          az ad app update --id "${app_id}" --web-redirect-uris "${all[@]}"
        fi

        if ! az ad sp show --id "${app_id}" --only-show-errors --output none 2>/dev/null; then
          retry az ad sp create --id "${app_id}" --output none
        fi
        # The tag shows the app in the portal's list of enterprise applications.
        tags=$(retry az ad sp show --id "${app_id}" --query tags --output json)
        if [[ "${tags}" != *'"WindowsAzureActiveDirectoryIntegratedApp"'* ]]; then
          comma=','
          if [[ "${tags//[[:space:]]/}" == '[]' ]]; then comma=''; fi
          az rest --method PATCH --url "${graph}/servicePrincipals(appId='${app_id}')" --headers Content-Type=application/json \
            --body "{\"tags\":${tags%]*}${comma}\"WindowsAzureActiveDirectoryIntegratedApp\"]}" --output none
        fi

        """;

    private const string AssignmentRequired = """

        if [[ "$(az ad sp show --id "${app_id}" --query appRoleAssignmentRequired --output tsv)" != true ]]; then
          az rest --method PATCH --url "${graph}/servicePrincipals(appId='${app_id}')" --headers Content-Type=application/json \
            --body '{"appRoleAssignmentRequired":true}' --output none
        fi

        """;

    private const string Assignments = """

        for i in "${!assigned[@]}"; do
          count=$(az rest --method GET --url "${graph}/servicePrincipals/${principal_id}/appRoleAssignedTo" \
            --query "length(value[?principalId=='${assigned[i]}' && appRoleId=='${assigned_roles[i]}'])" --output tsv)
          if [[ "${count}" == 0 ]]; then
            retry az rest --method POST --url "${graph}/servicePrincipals/${principal_id}/appRoleAssignedTo" --headers Content-Type=application/json \
              --body "{\"principalId\":\"${assigned[i]}\",\"resourceId\":\"${principal_id}\",\"appRoleId\":\"${assigned_roles[i]}\"}" --output none
          fi
        done

        """;

    private const string Consent = """

        graph_id=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)
        grants=$(az rest --method GET --url "${graph}/oauth2PermissionGrants?\$filter=clientId eq '${principal_id}' and consentType eq 'AllPrincipals'" \
          --query "length(value[?resourceId=='${graph_id}'])" --output tsv)
        if [[ "${grants}" == 0 ]]; then
          az rest --method POST --url "${graph}/oauth2PermissionGrants" --headers Content-Type=application/json \
            --body "{\"clientId\":\"${principal_id}\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"${graph_id}\",\"scope\":\"openid profile email offline_access User.Read\"}" --output none
        fi

        """;

    private const string Roles = """

        for i in "${!role_values[@]}"; do
          if [[ "$(az ad app show --id "${app_id}" --query "length(appRoles[?value=='${role_values[i]}'])" --output tsv)" == 0 ]]; then
            roles=$(az ad app show --id "${app_id}" --query appRoles --output json)
            comma=','
            if [[ "${roles//[[:space:]]/}" == '[]' ]]; then comma=''; fi
            az ad app update --id "${app_id}" --app-roles "${roles%]*}${comma}${role_bodies[i]}]"
          fi
        done

        """;

    private const string GroupClaims = """

        if [[ "$(az ad app show --id "${app_id}" --query groupMembershipClaims --output tsv)" != "${group_claims}" ]]; then
          az ad app update --id "${app_id}" --set groupMembershipClaims="${group_claims}"
        fi

        """;

    // A value that somebody has chosen stays.
    private const string DefaultGroupClaims = """

        # Without group claims OAuth2 Proxy responds 403 to every member.
        if [[ "$(az ad app show --id "${app_id}" --query groupMembershipClaims --output tsv)" =~ ^(None)?$ ]]; then
          az ad app update --id "${app_id}" --set groupMembershipClaims="${group_claims}"
        fi

        """;

    private const string Credential = """

        found=$(az ad app federated-credential list --id "${app_id}" \
          --query "[?name=='${credential_name}'].[issuer, subject, audiences[0]]" --output tsv)
        if [[ -z "${found}" ]]; then
          retry az ad app federated-credential create --id "${app_id}" --parameters "${named_credential}" --output none
        elif [[ "${found}" != "${issuer}"$'\t'"${subject}"$'\t'"${audience}" ]]; then
          az ad app federated-credential update --id "${app_id}" --federated-credential-id "${credential_name}" --parameters "${credential}"
        fi

        """;

    private const string End = """

        echo "client id: ${app_id}"
        sed "s/CLIENT_ID/${app_id}/" <<'END'

        """;
}
