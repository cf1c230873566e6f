#!/usr/bin/env bash
# Installs what the tests need (on Debian; elsewhere it says what to install), builds everything, publishes the native
# binary, runs all tests and the demo against it, and closes with "N passed, N failed, N skipped".
#
#   tests/run.sh [--long]     --long: the slow floods too, each attack in each mode (else some of them)
#
# With CI=true a skipped test fails the run.
set -euo pipefail
explicit=off
case ${1:-} in
  '') ;;
  --long) explicit=on ;;
  *) echo "usage: run.sh [--long]" >&2 && exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(bindfs caddy chromium clang debootstrap haproxy zlib1g-dev faketime strace openssl curl iproute2 jq unzip nginx-light pebble shellcheck systemd testssl.sh util-linux varnish yamllint)
command -v npm >/dev/null || packages+=(nodejs npm)
# The sign-in tests play the real OAuth2 Proxy where it is installed; some of them with sessions in Redis.
if command -v oauth2-proxy >/dev/null; then packages+=(redis-server); fi
passed=0 failed=0 skipped=0

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "not Debian: install these or their like yourself: ${packages[*]}" >&2
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]} == 0)) && return
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

runtime_identifier() {
  case "$(uname -m)" in
    aarch64 | arm64) echo linux-arm64 ;;
    *) echo linux-x64 ;;
  esac
}

# Plays one test program; its log and results are named after the second argument. yields: its niceness.
play() { # program, name, options...
  nice -n "${yields:-0}" "tests/$1/bin/Release/net10.0/$1" -noColor -explicit "$explicit" -result-xml "artifacts/tests/$2.xml" "${@:3}" >"artifacts/tests/$2.log" 2>&1 || true
}

# Adds the summary line of what was played to the counts; a log without one counts as a failure.
count() { # name
  local log="artifacts/tests/$1.log" summary
  echo "== $1"
  summary=$(grep -E '^ +IssuerGateway[.A-Za-z]+  Total: ' "$log" | tail -n 1 || true)
  if [[ ! $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
    tail -n 50 "$log"
    failed=$((failed + 1))
    return
  fi
  local total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} wrong=${BASH_REMATCH[3]} left_out=${BASH_REMATCH[4]} for_long=${BASH_REMATCH[5]}
  passed=$((passed + total - wrong - left_out - for_long))
  failed=$((failed + wrong + errors))
  skipped=$((skipped + left_out))
  if ((wrong + errors + left_out > 0)); then
    grep -vE '^ +(Discovering|Discovered|Starting|Finished)' "$log"
  else
    echo "$summary"
  fi
}

run_demo() {
  echo "== demo against the native binary"
  if dotnet src/IssuerGateway.Demo/bin/Release/net10.0/IssuerGateway.Demo.dll --once --gateway "$ISSUER_GATEWAY_BINARY"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
}

install_packages
tests/tools/install.sh
mkdir -p artifacts/tests

# Takes minutes, mostly of the network: beside the build. Where it fails, its tests say so and pass.
tests/tools/systemd-root.sh > artifacts/tests/systemd-root.log 2>&1 &
dotnet build IssuerGateway.sln -c Release
dotnet publish src/IssuerGateway -c Release -r "$(runtime_identifier)" -o artifacts/publish
export ISSUER_GATEWAY_BINARY=$PWD/artifacts/publish/issuer-gateway

# Tests that wait for certificates to grow old and volumes to come back (trait Waits) take hardly any CPU: beside the unit
# tests, which yield to them. More run at once than there are cores, since most wait for something, a disk included; those
# that flood or measure run alone after them (Hostile/RunsAlone).
echo "== unit tests, and beside them the end-to-end tests that wait"
play IssuerGateway.EndToEnd waiting -maxThreads 3x -trait Waits=true &
waiting=$!
yields=5 play IssuerGateway.Tests unit -maxThreads 2x
wait "$waiting"
echo "== the other end-to-end tests"
play IssuerGateway.EndToEnd end-to-end -maxThreads 3x -trait- Waits=true
count unit
count waiting
count end-to-end
command -v oauth2-proxy >/dev/null || echo "not run: oauth2-proxy is not on PATH (tests/IssuerGateway.EndToEnd/SignIn; the rendered arguments are checked against its flag list)"
run_demo

echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0)) && ! { ((skipped > 0)) && [[ ${CI:-} == true ]]; }
