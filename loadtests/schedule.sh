#!/usr/bin/env bash
# What the upstream sees while the public sends requests: refreshes counted before and after so many requests over HTTP/2, beside
# what the schedule (30 s) allows for the time that they took. A refresh is two GETs to each API server.
#
#   loadtests/schedule.sh [REQUESTS]     10000000
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requests=${1:-10000000}
[[ $requests =~ ^[1-9][0-9]*$ ]] || { echo "usage: schedule.sh [REQUESTS]" >&2 && exit 2; }

# shellcheck source=loadtests/bench/prepare.sh
source "$root/loadtests/bench/prepare.sh"
start_gateway

refreshes() {
  curl -fsS "http://127.0.0.1:$operations_port/metrics" | awk '/^issuer_gateway_refresh_total/ { sum += $NF } END { print sum + 0 }'
}

before=$(refreshes)
began=$(date +%s)
output=$(load h2load -t1 -c32 -m8 -n"$requests" -H ":authority: $host" "https://localhost:${port[gateway]}$key_set_target")
seconds=$(($(date +%s) - began))
after=$(refreshes)
succeeded=$(awk '/^status codes:/ { print $3 }' <<<"$output")
echo "$succeeded of $requests got 200 in $seconds s; $((after - before)) refreshes, at most $((seconds / 30 + 1)) by the schedule of 30 s"
