#!/usr/bin/env bash
# What a hub costs: one gateway for 1,000 issuers, each with an API server of its own over TLS, refreshed every 30 s. The
# gateway is alone on one core and is measured by its CPU time, since the stand-ins (ten processes with up to 100 API
# servers each) use the other.
#
#   loadtests/hub.sh [--quick] [--issuers N] [--seconds S]     --seconds: time for each figure (120); --quick: 30, and no growth
#
# ISSUER_GATEWAY_BINARY is the gateway (artifacts/publish/issuer-gateway). Exit codes: 0 measured, 1 the hub did something
# wrong, 2 wrong command line, 3 could not run. How fast it is fails nothing: a noisy machine must fail no build.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
issuers=1000 seconds=120 growth=(1 10 100)
while (($# > 0)); do
  case $1 in
    --quick) seconds=30 growth=() ;;
    --issuers) issuers=${2:-} && shift ;;
    --seconds) seconds=${2:-} && shift ;;
    *) issuers='' ;;
  esac
  [[ $issuers =~ ^[1-9][0-9]{0,3}$ && $seconds =~ ^[1-9][0-9]{0,3}$ ]] || { echo "usage: hub.sh [--quick] [--issuers N] [--seconds S]" >&2 && exit 2; }
  shift
done
ulimit -n "$(ulimit -Hn)"

# shellcheck source=loadtests/bench/prepare.sh
source "$root/loadtests/bench/prepare.sh"
hub=$work/hub interval=30 each=100 wrong=0
mkdir -p "$hub"

# Ten CAs, one for each process of stand-ins; each issuer has a copy of its CA in a file of its own.
make_clusters() {
  local first number
  cp "$work/upstream$discovery_target" "$hub/discovery.json"
  cp "$work/upstream$key_set_target" "$hub/jwks.json"
  echo "$host" >"$hub/host"
  echo "a-token-of-a-service-account" >"$hub/token"
  for ((first = 0; first < issuers; first += each)); do
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kubernetes -keyout "$hub/ca-$first.key" -out "$hub/ca-$first.crt" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout "$hub/server-$first.key" 2>/dev/null |
      openssl x509 -req -days 2 -CA "$hub/ca-$first.crt" -CAkey "$hub/ca-$first.key" -out "$hub/server-$first.crt" 2>/dev/null \
        -extfile <(printf 'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:*.hub-%d.example.test' "$first")
    for ((number = first; number < first + each && number < issuers; number++)); do
      cp "$hub/ca-$first.crt" "$hub/ca-of-$number.crt"
    done
  done
}

start_clusters() {
  local first count
  for ((first = 0; first < issuers; first += each)); do
    count=$((issuers - first < each ? issuers - first : each))
    taskset -c "$load_core" python3 "$bench/hub.py" serve "$hub" "$first" "$count" >"$hub/log-$first" 2>&1 &
    pid[clusters-$first]=$!
  done
  for ((first = 0; first < issuers; first += each)); do
    until grep -q listening "$hub/log-$first"; do
      kill -0 "${pid[clusters-$first]}" 2>/dev/null || { cat "$hub/log-$first" >&2 && exit 3; }
      sleep 0.1
    done
  done
}

signal_clusters() { # signal
  local name
  for name in "${!pid[@]}"; do
    [[ $name != clusters-* ]] || kill -"$1" "${pid[$name]}"
  done
}

# An API server is reached at an address of loopback by a name of its own, as DNS would give it.
start_hub() { # number of issuers
  rm -rf "$work/state"
  mkdir "$work/state"
  gateway_configuration "$work/upstream" "$work/state" | jq --arg host "$host" --arg hub "$hub" --argjson count "$1" --argjson each "$each" '
    .Issuers = [range($count) | . as $i | {Identifier: "https://\($host)/clusters/\($i)", Upstream: {
      Kind: "Explicit", Servers: ["https://127.\(64 + ($i / 65536 | floor)).\($i / 256 | floor).\($i % 256):6443"],
      CaFile: "\($hub)/ca-of-\($i).crt", TokenFile: "\($hub)/token", ServerName: "api-\($i).hub-\($i / $each | floor * $each).example.test"}}]' >"$work/hub.json"
  began=$(now)
  taskset -c "$server_core" "$gateway_binary" serve --config "$work/hub.json" >"$work/gateway.log" 2>&1 &
  pid[gateway]=$!
  # Ready at the latest after 30 s, whatever is published; counted below.
  until [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$operations_port/readyz") == 200 ]]; do
    kill -0 "${pid[gateway]}" 2>/dev/null || { tail -n 20 "$work/gateway.log" >&2 && exit 3; }
    sleep 0.05
  done
  published_after=$(since "$began")
  expect "$1" "$(count_metric issuer_gateway_keys ' 1$')" "issuers published at the start"
}

now() {
  date +%s.%3N
}

since() {
  awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.2f", to - from }'
}

metrics() {
  curl -fsS "http://127.0.0.1:$operations_port/metrics"
}

count_metric() { # name, end of the line
  metrics | grep -c "^$1{.*$2" || true
}

expect() { # expected, actual, of what
  [[ $1 == "$2" ]] || { echo "WRONG: $2 $3, expected $1" && wrong=1; }
}

# CPU of the gateway while so many seconds pass, in per cent of a core.
load_of() { # seconds
  local before from
  before=$(cpu_ticks "${pid[gateway]}")
  from=$(now)
  sleep "$1"
  awk -v ticks="$(($(cpu_ticks "${pid[gateway]}") - before))" -v hz="$(getconf CLK_TCK)" -v took="$(since "$from")" 'BEGIN { printf "%.2f", 100 * ticks / hz / took }'
}

report_load() { # per cent, issuers
  awk -v load="$1" -v count="$2" -v interval="$interval" 'BEGIN { printf "%.1f %% of a core, %.2f ms for each issuer and refresh", load, load / 100 * interval / count * 1000 }'
}

spread_since() { # time
  python3 "$bench/hub.py" spread "$1" "$(now)" "$hub"/fetches-*
}

make_clusters
start_clusters

for count in "${growth[@]}" "$issuers"; do
  start_hub "$count"
  # The first turns after the start are not what it does all day.
  sleep $((interval + 5))
  from=$(now)
  load=$(load_of "$seconds")
  echo "$count issuers: published after $published_after s; $(report_load "$load" "$count"); resident $(resident_mb "${pid[gateway]}") MB, at most $(peak_mb "${pid[gateway]}") MB; /metrics $(metrics | wc -c) bytes"
  echo "  $(spread_since "$from")"
  [[ $count == "$issuers" ]] || stop gateway
done

# Within one interval and its jitter all have fetched.
signal_clusters USR1
rotating=$(load_of $((interval + 5)))
expect "$issuers" "$(count_metric issuer_gateway_keys ' 2$')" "issuers with the new key after a rotation in all"
echo "rotation in all: $rotating % of a core for $((interval + 5)) s; resident at most $(peak_mb "${pid[gateway]}") MB"

failing=$(((issuers + 9) / 10))
for failure in "hanging" "dead"; do
  signal_clusters USR2
  sleep $((interval + 13))
  from=$(now)
  load=$(load_of "$seconds")
  echo "one server in ten $failure: $load % of a core; the others: $(spread_since "$from"); resident $(resident_mb "${pid[gateway]}") MB"
  expect "$failing" "$(count_metric issuer_gateway_stale ' 1$')" "issuers stale while $failing servers are $failure"
  expect "$issuers" "$(count_metric issuer_gateway_keys ' 2$')" "issuers published while $failing servers are $failure"
done
exit "$wrong"
