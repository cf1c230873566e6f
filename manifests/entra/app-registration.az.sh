#!/usr/bin/env bash
# An app registration for OAuth2 Proxy that signs in with a Kubernetes token instead of a secret.
# Safe to run again: it adds what is missing and changes what differs; what others added stays.
# Needs az, signed in with az login --allow-no-subscriptions as a user who may register apps (role Application Developer), or as an
# app with the permission Application.ReadWrite.OwnedBy.
set -euo pipefail

cloud='AzureCloud'
tenant='00000000-0000-0000-0000-000000000000'
redirect_urls=('https://app.example.com/oauth2/callback')
credential_name='kubernetes'
issuer='https://oidc.example.com'
subject='system:serviceaccount:azure-demo:azure-demo'
audience='api://AzureADTokenExchange'
graph='https://graph.microsoft.com/v1.0'
application_url='https://graph.microsoft.com/v1.0/applications(uniqueName='\''oauth2-proxy'\'')'
application='{"displayName":"oauth2-proxy","signInAudience":"AzureADMyOrg"}'
credential='{"issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"]}'
named_credential='{"name":"kubernetes","issuer":"https://oidc.example.com","subject":"system:serviceaccount:azure-demo:azure-demo","audiences":["api://AzureADTokenExchange"]}'
group_claims='SecurityGroup'

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

# Without group claims OAuth2 Proxy responds 403 to every member.
if [[ "$(az ad app show --id "${app_id}" --query groupMembershipClaims --output tsv)" =~ ^(None)?$ ]]; then
  az ad app update --id "${app_id}" --set groupMembershipClaims="${group_claims}"
fi

found=$(az ad app federated-credential list --id "${app_id}" \
  --query "[?name=='${credential_name}'].[issuer, subject, audiences[0]]" --output tsv)
if [[ -z "${found}" ]]; then
  retry az ad app federated-credential create --id "${app_id}" --parameters "${named_credential}" --output none
elif [[ "${found}" != "${issuer}"$'\t'"${subject}"$'\t'"${audience}" ]]; then
  az ad app federated-credential update --id "${app_id}" --federated-credential-id "${credential_name}" --parameters "${credential}"
fi

echo "client id: ${app_id}"
sed "s/CLIENT_ID/${app_id}/" <<'END'
helm install azure-demo charts/oauth2-proxy-workload --namespace azure-demo --create-namespace --set tenantId=00000000-0000-0000-0000-000000000000 --set clientId=CLIENT_ID --set host=app.example.com --set serviceAccount.name=azure-demo --set-string cookie.secret="$(openssl rand -hex 16)" --set 'allowedGroups={GROUP_OBJECT_ID}'
GROUP_OBJECT_ID is the group that may enter; for the whole tenant write --set allowAnyTenantUser=true in its place
if the first sign-in stops at "Need admin approval", an administrator opens once: https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/adminconsent?client_id=CLIENT_ID
END
