#!/usr/bin/env bash
# Starts a stand-in cluster and the native gateway, runs one k6 scenario against it, and ends both.
#
#   loadtests/run.sh SCENARIO [options of k6 run...]      smoke steady spike soak herd rotation hostile
#
# ISSUER_GATEWAY_BINARY is the gateway (artifacts/publish/issuer-gateway). k6 has to be on the PATH. To load a gateway
# that runs elsewhere use k6 itself: see README.md. Exit codes: those of k6 (99: a threshold failed), 2 wrong command
# line, 3 could not run.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scenario=${1:-}
[[ -n $scenario && -f $root/loadtests/k6/$scenario.js ]] || {
  echo "usage: run.sh smoke|steady|spike|soak|herd|rotation|hostile [options of k6 run...]" >&2
  exit 2
}
shift
command -v k6 >/dev/null || {
  echo "k6 is not on the PATH: install it from its maker, Grafana Labs; nothing was run" >&2
  exit 3
}

gateway_binary=${ISSUER_GATEWAY_BINARY:-$root/artifacts/publish/issuer-gateway}
[[ -x $gateway_binary ]] || {
  echo "no gateway at $gateway_binary: dotnet publish src/IssuerGateway -c Release -r linux-x64 -o artifacts/publish" >&2
  exit 3
}
# Everywhere: k6 is no measuring instrument here, side-by-side.sh is.
# shellcheck disable=SC2034  # read by servers.sh
server_core=0-$(($(nproc) - 1)) refresh_interval=5s

# shellcheck source=loadtests/bench/servers.sh
source "$root/loadtests/bench/servers.sh"
work=$(mktemp -d)
trap stop_all EXIT

load() {
  INSECURE=1 BASE_URL=https://127.0.0.1:${port[gateway]} k6 run "$@" "$root/loadtests/k6/$scenario.js"
}

# The demo: two API servers, the gateway in front of them, a certificate of its own.
start_demo() {
  local demo=$root/src/IssuerGateway.Demo/bin/Release/net10.0/IssuerGateway.Demo.dll
  [[ -f $demo ]] || dotnet build "$root/src/IssuerGateway.Demo" -c Release -v quiet >&2
  dotnet "$demo" --port "${port[gateway]}" --gateway "$gateway_binary" >"$work/demo.log" 2>&1 &
  pid[demo]=$!
  until grep -q '^Ctrl-C' "$work/demo.log"; do
    kill -0 "${pid[demo]}" 2>/dev/null || { cat "$work/demo.log" >&2 && exit 3; }
    sleep 0.2
  done
}

# Two rotations, of which each adds a key. A key that is withdrawn would stay for an hour, since behind the one address of
# a directory one response says nothing about other servers.
make_versions() {
  local sets=$root/tests/fixtures/kubernetes-1.36/jwks-two-rsa-rotated.http count
  for count in 1 2 3; do
    sed '1,/^\r\?$/d' "$sets" |
      jq -cj --argjson count "$count" '.keys += [.keys[0] | .kid = "a-third-key" | .n = .n[:40] + "AAAA" + .n[44:]] | {keys: .keys[:$count]}' >"$work/version-$((count - 1))"
  done
  VERSIONS=$(sha256sum "$work"/version-{0,1,2} | cut -d' ' -f1 | paste -sd,)
  export VERSIONS
}

# Seconds of a duration of k6, such as 90s, 1m30s or 500ms.
seconds_of() {
  local rest=$1 sum=0
  while [[ $rest =~ ^([0-9]+(\.[0-9]+)?)(ms|s|m|h)(.*)$ ]]; do
    sum=$(awk -v sum="$sum" -v n="${BASH_REMATCH[1]}" -v unit="${BASH_REMATCH[3]}" 'BEGIN { f["ms"] = 0.001; f["s"] = 1; f["m"] = 60; f["h"] = 3600; print sum + n * f[unit] }')
    rest=${BASH_REMATCH[4]}
  done
  [[ -z $rest && $1 ]] || { echo "DURATION: \"$1\" is not a duration of k6, such as 90s or 1m30s" >&2 && exit 2; }
  echo "$sum"
}

publish_version() {
  cp "$work/version-$1" "$work/next"
  mv "$work/next" "$work/upstream$key_set_target"
  # Not at the next turn of the schedule: a short run would end before it.
  [[ -z ${pid[gateway]:-} ]] || kill -HUP "${pid[gateway]}"
}

case $scenario in
  herd)
    make_documents
    gateway_configuration "$work/upstream" "$work/state" >"$work/gateway.json"
    HOST_HEADER=$host load "$@" &
    pid[k6]=$!
    # The herd has gathered at a closed door.
    sleep 5
    start_gateway
    wait "${pid[k6]}"
    ;;
  rotation)
    duration=$(seconds_of "${DURATION:-1m}")
    third=$(awk -v all="$duration" 'BEGIN { print all / 3 }')
    make_documents
    make_versions
    publish_version 0
    start_gateway
    HOST_HEADER=$host load "$@" &
    pid[k6]=$!
    for version in 1 2; do
      sleep "$third"
      publish_version "$version"
    done
    wait "${pid[k6]}"
    ;;
  *)
    start_demo
    # The demo's issuer is https://localhost and its port.
    HOST_HEADER=localhost:${port[gateway]} load "$@"
    ;;
esac
