# Runs one load and reads its figures; shapes the reports.
# shellcheck shell=bash disable=SC2154  # port, pid, host, targets and cores come from prepare.sh and servers.sh

# One run. Prints requests a second, p99 in ms ("-" where the tool has none), and CPU microseconds of the server a request.
measure() { # workload, server
  local url=https://localhost:${port[$2]}$key_set_target before spent rate p99=- count output
  before=$(cpu_ticks "${pid[$2]}")
  case $1 in
    http1_tls) output=$(load wrk -t1 -c64 -d"${seconds}s" --latency -H "Host: $host" "$url") ;;
    new_connection_tls) output=$(load wrk -t1 -c64 -d"${seconds}s" --latency -H "Host: $host" -H 'Connection: close' "$url") ;;
    http2_tls) output=$(load h2load -t1 -c32 -m8 -D"$seconds" -H ":authority: $host" "$url") ;;
  esac
  spent=$(($(cpu_ticks "${pid[$2]}") - before))
  if [[ $1 == http2_tls ]]; then
    read -r rate count < <(awk '/^finished in/ { rate = $4 } /^requests:/ { done = $8; bad = $10 + $12 + $14 } /^status codes:/ { ok = $3 }
      END { if (bad > 0 || ok < done) exit 1; print rate, done }' <<<"$output") || fail_run "$@" "$output"
  else
    ! grep -q 'Non-2xx' <<<"$output" || fail_run "$@" "$output"
    rate=$(awk '/^Requests\/sec:/ { print $2 }' <<<"$output")
    count=$(awk '/ requests in / { print $1 }' <<<"$output")
    p99=$(awk '$1 == "99%" { v = $2 + 0; if ($2 ~ /us$/) v /= 1000; else if ($2 !~ /ms$/) v *= 1000; printf "%.3f", v }' <<<"$output")
  fi
  printf '%s\t%s\t%s' "$rate" "$p99" "$(awk -v t="$spent" -v n="$count" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", t / hz * 1e6 / n }')"
}

load() {
  taskset -c "$load_core" "$@" 2>&1
}

fail_run() {
  echo "$1 of $2 had responses that were not 200:" >&2
  echo "$3" >&2
  return 1
}

# User and system time of a process and its children, in clock ticks.
cpu_ticks() {
  local id
  for id in $1 $(cat "/proc/$1/task/$1/children"); do
    sed 's/^.*) //' "/proc/$id/stat"
  done | awk '{ sum += $12 + $13 } END { print sum }'
}

resident_mb() {
  awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"
}

# The high-water mark of the process, whose start lies below it.
peak_mb() {
  awk '/^VmHWM:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"
}

max() {
  awk -v a="$1" -v b="$2" 'BEGIN { print (a + 0 > b + 0 ? a : b) }'
}

# CPU of the server for a full and for a resumed handshake with one request, in microseconds.
measure_handshakes() {
  local server kind before spent count=3000 figures='{}'
  ! $quick || count=500
  for server in gateway nginx; do
    for kind in full resumed; do
      before=$(cpu_ticks "${pid[$server]}")
      taskset -c "$load_core" python3 "$bench/probe.py" handshakes "$host" "${port[$server]}" "$key_set_target" "$kind" "$count" >&2
      spent=$(($(cpu_ticks "${pid[$server]}") - before))
      figures=$(jq -c --arg key "${server}_${kind}" --argjson us "$((spent * 1000000 / $(getconf CLK_TCK) / count))" '.[$key] = $us' <<<"$figures")
    done
  done
  echo "$figures"
}

# Exec to the first document over TLS out of the stored last-known-good, while the upstream is not there.
measure_first_document() {
  local i times=() runs=15
  ! $quick || runs=5
  gateway_configuration "$work/gone" "$work/state" >"$work/cold.json"
  for ((i = 0; i < runs; i++)); do
    times+=("$(taskset -c "$server_core,$load_core" python3 "$bench/probe.py" first-document "$host" "${port[gateway]}" "$key_set_target" \
      taskset -c "$server_core" "$gateway_binary" serve --config "$work/cold.json")")
  done
  printf '%s\n' "${times[@]}" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# Throughput and memory of the gateway while 5,000 further connections are open and idle.
measure_idle_connections() {
  local before during holder
  before=$(measure http1_tls gateway)
  taskset -c "$load_core" python3 "$bench/probe.py" hold "$host" "${port[gateway]}" 5000 >"$work/held" &
  holder=$!
  until grep -q held "$work/held" || ! kill -0 "$holder" 2>/dev/null; do sleep 0.2; done
  during=$(measure http1_tls gateway)
  jq -nc --arg held "$(cat "$work/held")" --arg before "$before" --arg during "$during" --argjson rss "$(resident_mb "${pid[gateway]}")" \
    '{held: $held, rss_mb: $rss, rate_ratio: (($during | split("\t")[0] | tonumber) / ($before | split("\t")[0] | tonumber))}'
  kill "$holder"
  wait "$holder" || true
}

report() {
  jq -Rn --argjson rss_idle "$rss_idle" --argjson peak "$peak" --argjson first "$first_document" \
    --argjson handshakes "$handshakes" --argjson idle "$idle_connections" \
    --arg rounds "$rounds" --arg seconds "$seconds" -f "$bench/report.jq" <"$1"
}

print_table() {
  echo
  echo "ratios to nginx, median [least-most] of alternating runs; above 1 the gateway does more"
  jq -r '"workload\trequests/s\tby CPU\tgateway/s\tnginx/s\tgateway us\tnginx us",
    (.details | to_entries[] | .key as $key | .value | "\($key)\t\(.ratio) [\(.least)-\(.most)]\t\(.cpu_ratio)\t\(.gateway)\t\(.nginx)\t\(.cpu_gateway)\t\(.cpu_nginx)")' "$1" | column -t -s $'\t'
  jq -r '"p99 of http1_tls, gateway / nginx: \(.p99_ratio)",
    "resident: \(.rss_mb_idle) MB at rest, at most \(.rss_mb_under_load) MB under load",
    "exec to first document: \(.first_document_ms) ms",
    (.handshake_cpu_us | "CPU us for a handshake and one request, one at a time: gateway full \(.gateway_full), resumed \(.gateway_resumed); nginx full \(.nginx_full), resumed \(.nginx_resumed)"),
    (.idle_connections | if .held then "with 5,000 idle connections: \(.rate_ratio * 100 | round) % of the rate, \(.rss_mb) MB resident" else empty end),
    (if .caddy then "caddy, ratios to nginx: \(.caddy)" else empty end)' "$1"
}
