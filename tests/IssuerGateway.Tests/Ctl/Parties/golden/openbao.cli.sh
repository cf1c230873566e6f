#!/usr/bin/env bash
# The jwt auth method of OpenBao for the cluster and a role that one service account logs in to with its projected token.
# Safe to run again. A write of the configuration resets every field that it leaves out, so a method that is configured
# for another issuer is left alone; the role is updated, and fields that are not named here stay.
# Needs bao, BAO_ADDR, and a token with sudo on sys/auth and update on auth/jwt.
set -euo pipefail

mount='jwt'
issuer='https://oidc.example.com/shop'

methods=$(bao auth list -format=json)
if ! grep --quiet --fixed-strings -- "\"${mount}/\"" <<<"${methods}"; then
  bao auth enable -path="${mount}" jwt
fi

configured=$(bao read -field=oidc_discovery_url "auth/${mount}/config" 2>/dev/null || true)
if [[ -n "${configured}" && "${configured}" != "${issuer}" ]]; then
  echo "auth/${mount} is configured for ${configured} already: one method serves one issuer; render with another --path" >&2
  exit 1
fi
if [[ -z "${configured}" ]]; then
  bao write "auth/${mount}/config" oidc_discovery_url="${issuer}" bound_issuer="${issuer}"
fi

# Without bound_subject every pod of the cluster could log in.
bao write "auth/${mount}/role/shop" role_type=jwt user_claim=sub \
  bound_audiences='https://vault.example.com' bound_subject='system:serviceaccount:apps:shop' \
  token_policies='shop-read,shop-db'
