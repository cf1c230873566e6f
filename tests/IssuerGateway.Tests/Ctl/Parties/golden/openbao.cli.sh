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

# Only an empty configuration is written: one that cannot be read may be that of another issuer.
configured=
if config=$(bao read -format=json "auth/${mount}/config" 2>/dev/null); then
  configured=$(bao read -field=oidc_discovery_url "auth/${mount}/config")
  if grep --quiet --extended-regexp '"jwks_url": "[^"]|"(jwt_validation_pubkeys|jwks_pairs)": \[$' <<<"${config}"; then
    configured="other keys"
  fi
elif reason=$(bao read -format=json "auth/${mount}/config" 2>&1 >/dev/null || true) && ! grep --quiet --fixed-strings "No value found" <<<"${reason}"; then
  echo "${reason}" >&2
  exit 1
fi
if [[ -n "${configured}" && "${configured}" != "${issuer}" ]]; then
  echo "auth/${mount} is configured for ${configured} already: one method serves one issuer; render with another --path" >&2
  exit 1
fi
if [[ -z "${configured}" ]]; then
  bao write "auth/${mount}/config" oidc_discovery_url="${issuer}" bound_issuer="${issuer}"
fi

# Without bound_subject every pod of the cluster could log in. As JSON: in KEY=VALUE a comma and an @ have a meaning.
role='{"role_type":"jwt","user_claim":"sub","bound_audiences":["https://vault.example.com"],"bound_subject":"system:serviceaccount:apps:shop","token_policies":["shop-read","shop-db"]}'
bao write "auth/${mount}/role/shop" - <<<"${role}"
