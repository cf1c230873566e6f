#!/usr/bin/env bash
# The native gateway beside nginx (and Caddy where it is installed): the same documents, key and headers over TLS on
# loopback, each server alone on one core and the load generator on another, alternating runs, medians of ratios.
#
#   loadtests/side-by-side.sh [--quick] [--rounds N] [--seconds S] [--json FILE]
#
# ISSUER_GATEWAY_BINARY is the binary to measure (artifacts/publish/issuer-gateway). Debian packages that are missing
# are installed. Exit codes: 0 measured, 2 wrong command line, 3 could not run. Goals are not evaluated here: a noisy
# machine must fail no build.
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=7 seconds=8 json='' quick=false
while (($# > 0)); do
  case $1 in
    --quick) quick=true rounds=3 seconds=3 ;;
    --rounds) rounds=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --json) json=$2 && shift ;;
    *) echo "usage: side-by-side.sh [--quick] [--rounds N] [--seconds S] [--json FILE]" >&2 && exit 2 ;;
  esac
  shift
done

# shellcheck source=loadtests/bench/prepare.sh
source "$root/loadtests/bench/prepare.sh"
start_gateway
start_nginx
servers=(gateway nginx)
if command -v caddy >/dev/null; then
  start_caddy
  servers+=(caddy)
fi
require_same_responses

rss_idle=$(resident_mb "${pid[gateway]}")
results=$work/results.tsv
peak=0

# One line a run: workload, round, server, requests a second, p99 in ms, CPU microseconds of the server a request.
for workload in http1_tls http2_tls new_connection_tls; do
  for ((round = 0; round <= rounds; round++)); do
    for ((turn = 0; turn < ${#servers[@]}; turn++)); do
      # The order changes each round, so that a drift of the machine favours nobody.
      server=${servers[$(((turn + round) % ${#servers[@]}))]}
      line=$(measure "$workload" "$server")
      # The first round warms up.
      ((round == 0)) || printf '%s\t%s\t%s\t%s\n' "$workload" "$round" "$server" "$line" | tee -a "$results" >&2
    done
  done
  peak=$(max "$peak" "$(peak_mb "${pid[gateway]}")")
done

handshakes=$(measure_handshakes)
stop gateway
first_document=$(measure_first_document)
idle_connections='{}'
if ! $quick; then
  # Here, not in the substitution: what a subshell starts the trap would not know.
  start_gateway
  idle_connections=$(measure_idle_connections)
fi
report "$results" >"$work/report.json"
if [[ -n $json ]]; then
  cp "$work/report.json" "$json"
fi
print_table "$work/report.json"
