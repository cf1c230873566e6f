#!/usr/bin/env bash
# A workload identity pool of Google Cloud that admits one service account of the cluster by its projected token.
# Safe to run again: what is missing is created, the provider is updated. A deleted pool or provider keeps its id for
# 30 days: undelete it, or choose another id. Give each issuer a pool of its own: rights of a subject hold for every
# provider of its pool.
# Needs gcloud, signed in with roles/iam.workloadIdentityPoolAdmin and the right to set the policy of the service account.
set -euo pipefail

project='shop-prod'
project_number='123456789012'
pool='clusters'
provider='shop'
# Without the condition every pod of the cluster could exchange its token.
settings=(
  --issuer-uri='https://oidc.example.com/shop'
  --attribute-mapping=google.subject=assertion.sub
  --attribute-condition='assertion.sub == '\''system:serviceaccount:apps:shop'\'''
)

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
  if [[ "${issuer}" != 'https://oidc.example.com/shop' ]]; then
    echo "provider ${provider} is for ${issuer} already: render with another --pool and --provider" >&2
    exit 1
  fi
  if [[ -n "$("${pools[@]}" providers describe "${provider}" "${place[@]}" --format='value(oidc.jwksJson)')" ]]; then
    echo "provider ${provider} holds uploaded keys and fetches none: render with --uploaded, or with another --pool and --provider" >&2
    exit 1
  fi
  "${pools[@]}" providers update-oidc "${provider}" "${place[@]}" "${settings[@]}" --allowed-audiences=
fi

gcloud iam service-accounts add-iam-policy-binding 'shop@shop-prod.iam.gserviceaccount.com' --project="${project}" \
  --role=roles/iam.workloadIdentityUser --member='principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/subject/system:serviceaccount:apps:shop' --condition=None --format=none
