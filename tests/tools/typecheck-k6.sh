#!/usr/bin/env bash
# Type-checks the k6 scripts against @types/k6, with what loadtests/k6/package-lock.json pins, installed below
# artifacts/tools. Needs npm. Exits 0 when all is well typed, 1 with the compiler's messages when not.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scripts=$root/loadtests/k6
tools=${TOOLS_DIRECTORY:-$root/artifacts/tools}/k6
command -v npm >/dev/null || { echo "typecheck-k6.sh: missing npm: install Node.js 20 or newer" >&2; exit 3; }

# npm installs nothing behind a symbolic link, and with --silent says nothing about it.
mkdir -p "$tools"
tools=$(cd "$tools" && pwd -P)
stamp=$(sha256sum <"$scripts/package-lock.json")
if [[ $(cat "$tools/.installed" 2>/dev/null) != "$stamp" ]]; then
  cp "$scripts/package.json" "$scripts/package-lock.json" "$tools/"
  npm ci --prefix "$tools" --loglevel=error --no-fund --no-audit >/dev/null ||
    { echo "typecheck-k6.sh: npm could not install the packages below $tools" >&2; exit 3; }
  echo "$stamp" >"$tools/.installed"
fi

# The scripts are checked where they are; only the types come from below artifacts.
"$tools/node_modules/.bin/tsc" --project "$scripts/tsconfig.json" --typeRoots "$tools/node_modules/@types" "$@"
