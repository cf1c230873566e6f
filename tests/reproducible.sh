#!/usr/bin/env bash
# Builds what is committed twice, in two directories of different names, and compares the results byte for byte.
#
#   tests/reproducible.sh            the managed assemblies (half a minute; the workflow ci runs this)
#   tests/reproducible.sh native     the native binary that is shipped (two publishes, several minutes; the release runs this)
#
# Exits with 1 and keeps both results when they differ.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

what=${1:-managed}
work=$(mktemp -d)

runtime_identifier() {
  case "$(uname -m)" in
    aarch64 | arm64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
}

build() { # directory
  mkdir -p "$1"
  git archive HEAD | tar -x -C "$1"
  (
    cd "$1"
    # As the image is built: from locked packages, with nothing of git.
    if [[ $what == native ]]; then
      CI=true dotnet publish src/IssuerGateway -c Release -r "$(runtime_identifier)" -p:RestoreLockedMode=true -o result -v quiet
    else
      CI=true dotnet build src/IssuerGateway -c Release -p:RestoreLockedMode=true -v quiet
      mkdir result
      cp src/IssuerGateway/bin/Release/net10.0/issuer-gateway.dll src/IssuerGateway/bin/Release/net10.0/issuer-gateway.pdb result/
    fi
  )
}

build "$work/one"
build "$work/elsewhere/with/a/longer/path"

(cd "$work/one/result" && sha256sum -- *) >"$work/one.sha256"
(cd "$work/elsewhere/with/a/longer/path/result" && sha256sum -- *) >"$work/two.sha256"
cat "$work/one.sha256"
if ! diff "$work/one.sha256" "$work/two.sha256"; then
  echo "not reproducible: compare both below $work" >&2
  exit 1
fi

rm -rf "$work"
echo "reproducible ($what)"
