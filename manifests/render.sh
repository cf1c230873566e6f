#!/usr/bin/env bash
# Renders the plain manifests from the charts; with --check only says whether they are current.
# HELM names the program, by default helm; version 3 and 4 render the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

render() { # chart, release, namespace
  echo "# Made by manifests/render.sh from charts/$1 and manifests/$1/values.yaml; change those."
  "${HELM:-helm}" template "$2" "../charts/$1" --namespace "$3" --values "$1/values.yaml" \
    | grep -vE '^ *(helm\.sh/chart: |app\.kubernetes\.io/managed-by: Helm$)|^# Source: '
}

status=0
for each in "issuer-gateway issuer-gateway issuer-gateway" "oauth2-proxy-workload azure-demo azure-demo"; do
  read -r chart release namespace <<< "$each"
  target=$chart/$chart.yaml
  if [ "${1:-}" = --check ]; then
    if ! diff -u "$target" <(render "$chart" "$release" "$namespace"); then
      echo "manifests/$target is not current: run manifests/render.sh" >&2
      status=1
    fi
  else
    render "$chart" "$release" "$namespace" > "$target.new"
    mv "$target.new" "$target"
  fi
done
exit "$status"
