#!/usr/bin/env bash
# What more issuers, more keys and a second core cost or give: the native gateway beside itself with one issuer and one
# key, alternating runs over TLS on loopback, medians of ratios. Same ways of measuring as side-by-side.sh.
#
#   loadtests/growth.sh [--quick]
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=7 seconds=5
case ${1:-} in
  '') ;;
  --quick) rounds=3 seconds=2 ;;
  *) echo "usage: growth.sh [--quick]" >&2 && exit 2 ;;
esac

# shellcheck source=loadtests/bench/prepare.sh
source "$root/loadtests/bench/prepare.sh"
first=$host

# Further issuers, each with a directory of its own, beside the one that is queried.
issuers() { # count
  local i
  for ((i = 1; i < $1; i++)); do
    mkdir -p "$work/issuer-$i/.well-known" "$work/issuer-$i/openid/v1"
    cp "$work/upstream$key_set_target" "$work/issuer-$i$key_set_target"
    sed "s|https://$first|https://cluster-$i.$first|g" "$work/upstream$discovery_target" >"$work/issuer-$i$discovery_target"
  done
  jq --arg host "$first" --arg work "$work" --argjson count "$1" \
    '.Issuers += [range(1; $count) | {Identifier: "https://cluster-\(.).\($host)", Upstream: {Kind: "Directory", Directory: "\($work)/issuer-\(.)"}}]'
}

# A set of so many keys in place of the recorded one: the recorded key again, each with a kid and a modulus of its own.
keys() { # count
  mkdir -p "$work/many/.well-known" "$work/many/openid/v1"
  cp "$work/upstream$discovery_target" "$work/many$discovery_target"
  jq -cj --argjson count "$1" '{keys: [.keys[0] as $key | range(0; $count) | . as $i | $key
    | .kid = "key-\($i)" | .n = (.n[0:40] + ("\(1000 + $i)") + .n[44:])]}' \
    <"$work/upstream$key_set_target" >"$work/many$key_set_target"
  jq --arg directory "$work/many" '.Issuers[0].Upstream.Directory = $directory'
}

start_variant() { # name, cores, filter of the configuration
  local port_of=$((18450 + ${#pid[@]})) cores=$2
  shift 2
  port[$name]=$port_of
  gateway_configuration "$work/upstream" "" | "$@" |
    jq --argjson port "$port_of" --argjson operations "$((port_of + 100))" 'del(.StateDirectory) | .Edge.HttpsPort = $port | .Operations.Port = $operations' >"$work/$name.json"
  taskset -c "$cores" "$gateway_binary" serve --config "$work/$name.json" >"$work/$name.log" 2>&1 &
  pid[$name]=$!
  wait_for "$name"
}

for variant in "one 0 cat" "issuers-100 0 issuers 100" "issuers-1000 0 issuers 1000" "keys-100 0 keys 100" "two-cores 0,1 cat"; do
  read -ra words <<<"$variant"
  name=${words[0]}
  start_variant "${words[@]}"
done

for workload in http1_tls http2_tls new_connection_tls; do
  for ((round = 0; round <= rounds; round++)); do
    for name in one issuers-100 issuers-1000 keys-100 two-cores; do
      line=$(measure "$workload" "$name")
      ((round == 0)) || printf '%s\t%s\t%s\t%s\n' "$workload" "$round" "$name" "$line"
    done
  done
done >"$work/results.tsv"

echo "ratios to one issuer with one key on one core: requests a second, CPU time a request"
jq -rRn -f "$bench/growth.jq" <"$work/results.tsv" | column -t -s $'\t'
for name in "${!pid[@]}"; do
  echo "$name: $(resident_mb "${pid[$name]}") MB resident"
done
