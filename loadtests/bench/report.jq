# From one line a run to the figures of side-by-side.sh: ratios are made within a round, then the median is taken.
def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round2: . * 100 | round / 100;
def ratios($server; $field): [group_by(.round)[] | (map(select(.server == $server))[0][$field]) / (map(select(.server == "nginx"))[0][$field])];

[inputs | split("\t") | {workload: .[0], round: .[1], server: .[2], rate: (.[3] | tonumber), p99: (.[4] | tonumber? // null), cpu: (.[5] | tonumber)}]
| . as $runs
| ([$runs[].server] | unique) as $servers
| (reduce ($runs | group_by(.workload)[]) as $of ({};
    .[$of[0].workload] = {
      ratio: ($of | ratios("gateway"; "rate") | median | round2),
      least: ($of | ratios("gateway"; "rate") | min | round2),
      most: ($of | ratios("gateway"; "rate") | max | round2),
      cpu_ratio: (1 / ($of | ratios("gateway"; "cpu") | median) | round2),
      gateway: ([$of[] | select(.server == "gateway").rate] | median | round),
      nginx: ([$of[] | select(.server == "nginx").rate] | median | round),
      cpu_gateway: ([$of[] | select(.server == "gateway").cpu] | median | round2),
      cpu_nginx: ([$of[] | select(.server == "nginx").cpu] | median | round2)
    })) as $details
| {
    http1_tls: $details.http1_tls.ratio,
    http2_tls: $details.http2_tls.ratio,
    new_connection_tls: $details.new_connection_tls.ratio,
    p99_ratio: ([$runs[] | select(.workload == "http1_tls")] | ratios("gateway"; "p99") | median | round2),
    rss_mb_under_load: $peak,
    rss_mb_idle: $rss_idle,
    first_document_ms: $first,
    handshake_cpu_us: $handshakes,
    idle_connections: $idle,
    rounds: ($rounds | tonumber),
    seconds: ($seconds | tonumber),
    details: $details
  }
| if $servers | index("caddy") then
    .caddy = (reduce ($runs | group_by(.workload)[]) as $of ({}; .[$of[0].workload] = ($of | ratios("caddy"; "rate") | median | round2)))
  else . end
