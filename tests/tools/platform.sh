#!/usr/bin/env bash
# Runs `check` and `cluster inspect` of one issuerctl against a stand-in on this machine: TLS by a private CA, a kubeconfig
# with a client certificate, and both documents. For the platforms that the tests do not run on; needs openssl and node.
#   tests/tools/platform.sh PROGRAM
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
cd "$work"
export MSYS_NO_PATHCONV=1 # Git Bash would read /CN= as a path.

issue() { # name, subject, extensions
  openssl req -newkey rsa:2048 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  printf '%s\n' "$3" >"$1.ext"
  if [[ $1 == ca ]]; then
    openssl x509 -req -in ca.csr -signkey ca.key -days 2 -extfile ca.ext -out ca.crt 2>/dev/null
  else
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  fi
}

issue ca /CN=platform-ca 'basicConstraints=critical,CA:TRUE'
issue server /CN=oidc.example.com $'subjectAltName=DNS:oidc.example.com,IP:127.0.0.1\nextendedKeyUsage=serverAuth'
issue admin /O=system:masters/CN=admin 'extendedKeyUsage=clientAuth'

node "$tools/platform.mjs" >ports &
stand_in=$!
trap 'kill "$stand_in"; cd /; rm -rf "$work"' EXIT
for _ in $(seq 50); do [[ -s ports ]] || sleep 0.2; done
read -r documents api <ports

cat >kubeconfig <<EOF
apiVersion: v1
kind: Config
current-context: platform
clusters: [{name: platform, cluster: {server: "https://127.0.0.1:$api", certificate-authority: ca.crt}}]
users: [{name: admin, user: {client-certificate: admin.crt, client-key: admin.key}}]
contexts: [{name: platform, context: {cluster: platform, user: admin}}]
EOF

"$program" check https://oidc.example.com --profile all --ca ca.crt --connect-to "oidc.example.com:443:127.0.0.1:$documents"
KUBECONFIG=kubeconfig "$program" cluster inspect >inspected || (($? == 1))
cat inspected
grep -q https://oidc.example.com inspected
grep -q v1.35.0 inspected
