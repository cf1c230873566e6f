#!/usr/bin/env bash
# An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
# Safe to run again: it adds what is missing and changes what differs; what others added stays.
# Needs az, signed in with az login --allow-no-subscriptions as a user who may register apps (role Application Developer), or as an
# app with the permission Application.ReadWrite.OwnedBy.
# warning: OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and --cloud usgov signs in at https://login.microsoftonline.us: its start will fail
# hint: use its provider oidc with a client secret in this cloud, or another relying party that exchanges the token itself
set -euo pipefail

cloud='AzureUSGovernment'
tenant='8e2f0000-1111-2222-3333-44445555aaaa'
redirect_urls=('https://app.example.com/oauth2/callback' 'https://www.example.com/oauth2/callback' 'https://app.example.com/sign-in/callback' 'https://app.example.com/signed-out')
credential_name='team-a-web-frontend'
issuer='https://oidc.example.com:8443/clusters/one/'
subject='system:serviceaccount:team-a:web.frontend'
audience='api://AzureADTokenExchangeUSGov'
graph='https://graph.microsoft.us/v1.0'
application_url='https://graph.microsoft.us/v1.0/applications(uniqueName='\''Demo%20app_2.0'\'')'
application='{"displayName":"Demo app_2.0","signInAudience":"AzureADMyOrg"}'
credential='{"issuer":"https://oidc.example.com:8443/clusters/one/","subject":"system:serviceaccount:team-a:web.frontend","audiences":["api://AzureADTokenExchangeUSGov"]}'
named_credential='{"name":"team-a-web-frontend","issuer":"https://oidc.example.com:8443/clusters/one/","subject":"system:serviceaccount:team-a:web.frontend","audiences":["api://AzureADTokenExchangeUSGov"]}'
role_values=('admin' 'Reader.All')
role_bodies=('{"id":"58696f44-9f8b-82fb-b4f4-9e48917ab44a","value":"admin","displayName":"admin","description":"admin","isEnabled":true,"allowedMemberTypes":["User"]}' '{"id":"810d7899-e840-8e1f-8951-a0f00f7a4eec","value":"Reader.All","displayName":"Reader.All","description":"Reader.All","isEnabled":true,"allowedMemberTypes":["User"]}')
group_claims='ApplicationGroup'
assigned=('aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' 'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee')
assigned_roles=('810d7899-e840-8e1f-8951-a0f00f7a4eec' '58696f44-9f8b-82fb-b4f4-9e48917ab44a')

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

for i in "${!role_values[@]}"; do
  if [[ "$(az ad app show --id "${app_id}" --query "length(appRoles[?value=='${role_values[i]}'])" --output tsv)" == 0 ]]; then
    roles=$(az ad app show --id "${app_id}" --query appRoles --output json)
    comma=','
    if [[ "${roles//[[:space:]]/}" == '[]' ]]; then comma=''; fi
    az ad app update --id "${app_id}" --app-roles "${roles%]*}${comma}${role_bodies[i]}]"
  fi
done

if [[ "$(az ad app show --id "${app_id}" --query groupMembershipClaims --output tsv)" != "${group_claims}" ]]; then
  az ad app update --id "${app_id}" --set groupMembershipClaims="${group_claims}"
fi

if [[ "$(az ad sp show --id "${app_id}" --query appRoleAssignmentRequired --output tsv)" != true ]]; then
  az rest --method PATCH --url "${graph}/servicePrincipals(appId='${app_id}')" --headers Content-Type=application/json \
    --body '{"appRoleAssignmentRequired":true}' --output none
fi

found=$(az ad app federated-credential list --id "${app_id}" \
  --query "[?name=='${credential_name}'].[issuer, subject, audiences[0]]" --output tsv)
if [[ -z "${found}" ]]; then
  retry az ad app federated-credential create --id "${app_id}" --parameters "${named_credential}" --output none
elif [[ "${found}" != "${issuer}"$'\t'"${subject}"$'\t'"${audience}" ]]; then
  az ad app federated-credential update --id "${app_id}" --federated-credential-id "${credential_name}" --parameters "${credential}"
fi

principal_id=$(retry az ad sp show --id "${app_id}" --query id --output tsv)

for i in "${!assigned[@]}"; do
  count=$(az rest --method GET --url "${graph}/servicePrincipals/${principal_id}/appRoleAssignedTo" \
    --query "length(value[?principalId=='${assigned[i]}' && appRoleId=='${assigned_roles[i]}'])" --output tsv)
  if [[ "${count}" == 0 ]]; then
    retry az rest --method POST --url "${graph}/servicePrincipals/${principal_id}/appRoleAssignedTo" --headers Content-Type=application/json \
      --body "{\"principalId\":\"${assigned[i]}\",\"resourceId\":\"${principal_id}\",\"appRoleId\":\"${assigned_roles[i]}\"}" --output none
  fi
done

graph_id=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)
grants=$(az rest --method GET --url "${graph}/oauth2PermissionGrants?\$filter=clientId eq '${principal_id}' and consentType eq 'AllPrincipals'" \
  --query "length(value[?resourceId=='${graph_id}'])" --output tsv)
if [[ "${grants}" == 0 ]]; then
  az rest --method POST --url "${graph}/oauth2PermissionGrants" --headers Content-Type=application/json \
    --body "{\"clientId\":\"${principal_id}\",\"consentType\":\"AllPrincipals\",\"resourceId\":\"${graph_id}\",\"scope\":\"openid profile email offline_access User.Read\"}" --output none
fi

echo "client id: ${app_id}"
sed "s/CLIENT_ID/${app_id}/" <<'END'
helm install web.frontend charts/oauth2-proxy-workload --namespace team-a --create-namespace --set tenantId=8e2f0000-1111-2222-3333-44445555aaaa --set clientId=CLIENT_ID --set host=app.example.com --set serviceAccount.name=web.frontend --set token.audience=api://AzureADTokenExchangeUSGov --set-string cookie.secret="$(openssl rand -hex 16)" --set groupsClaim=roles --set 'allowedGroups={admin,Reader.All}'
helm install web.frontend-2 charts/oauth2-proxy-workload --namespace team-a --create-namespace --set tenantId=8e2f0000-1111-2222-3333-44445555aaaa --set clientId=CLIENT_ID --set host=www.example.com --set serviceAccount.name=web.frontend --set serviceAccount.create=false --set token.audience=api://AzureADTokenExchangeUSGov --set-string cookie.secret="$(openssl rand -hex 16)" --set groupsClaim=roles --set 'allowedGroups={admin,Reader.All}'
END
