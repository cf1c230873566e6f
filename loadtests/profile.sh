#!/usr/bin/env bash
# Where the CPU time of one request goes, in the gateway and in nginx: microseconds in the kernel, the program itself and
# each library, and the functions of the gateway that take most. Same ways of measuring as side-by-side.sh; needs perf
# (Debian: linux-perf) and the right to use it.
#
#   loadtests/profile.sh [SECONDS]     10 for each server and workload
set -euo pipefail
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-10}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: profile.sh [SECONDS]" >&2 && exit 2; }
command -v perf >/dev/null || { echo "no perf: apt-get install linux-perf" >&2 && exit 3; }

# shellcheck source=loadtests/bench/prepare.sh
source "$root/loadtests/bench/prepare.sh"
start_gateway
start_nginx

printf 'workload\tserver\tus a request\tkernel\tprogram\tlibcrypto\tlibssl\tlibc\n' >"$work/shares"
for workload in http1_tls http2_tls new_connection_tls; do
  for server in gateway nginx; do
    # nginx works in children of the process that was started.
    read -ra children <"/proc/${pid[$server]}/task/${pid[$server]}/children" || true
    ids=$(IFS=, && echo "${pid[$server]}${children[*]:+,${children[*]}}")
    perf record -q -F 1999 -p "$ids" -o "$work/$workload-$server" -- sleep "$seconds" &
    recording=$!
    spent=$(measure "$workload" "$server" | cut -f3)
    wait "$recording"
    perf report -i "$work/$workload-$server" --stdio --sort dso 2>/dev/null |
      awk -v OFS='\t' -v workload="$workload" -v server="$server" -v us="$spent" '
        /^ *[0-9.]+%/ {
          share = $1 * us / 100
          if ($2 ~ /kernel/) kernel += share
          else if ($2 ~ /libcrypto/) crypto += share
          else if ($2 ~ /libssl/) ssl += share
          else if ($2 ~ /libc\./) libc += share
          else program += share
        }
        END { printf "%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", workload, server, us, kernel, program, crypto, ssl, libc }' >>"$work/shares"
  done
done

column -t -s $'\t' "$work/shares"
for workload in http1_tls http2_tls new_connection_tls; do
  printf '\n%s, gateway: functions by share of the whole\n' "$workload"
  perf report -i "$work/$workload-gateway" --stdio --sort symbol 2>/dev/null | awk '/^ *[0-9.]+%/ && n++ < 20 { print substr($1 " " $2 " " $3, 1, 140) }'
done
