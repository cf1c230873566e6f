# Starts and stops the servers of a measurement. Only processes that were started here are ended, by their id.
# shellcheck shell=bash disable=SC2154  # work, servers and cores come from prepare.sh and its reader

host=issuer.example.test
declare -A port=([nginx]=18441 [gateway]=18442 [caddy]=18443) pid=()
operations_port=18449
discovery_target=/.well-known/openid-configuration
key_set_target=/openid/v1/jwks

install_missing() {
  local missing=() entry
  for entry in nginx:nginx-light caddy:caddy wrk:wrk h2load:nghttp2-client openssl:openssl jq:jq curl:curl python3:python3; do
    command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
  done
  ((${#missing[@]} == 0)) && return
  command -v apt-get >/dev/null || { echo "not Debian: install these or their like yourself: ${missing[*]}" >&2 && exit 3; }
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# The documents as a real API server sent them, and one ECDSA P-256 key for all servers. wrk sends the name that it
# connects to (SNI), hence localhost.
make_documents() {
  local fixtures=$root/tests/fixtures/kubernetes-1.36
  mkdir -p "$work/upstream/.well-known" "$work/upstream/openid/v1" "$work/state"
  sed "1,/^\r\?$/d" "$fixtures/jwks-one-rsa.http" >"$work/upstream$key_set_target"
  jq -cj --arg issuer "https://$host" '.issuer = $issuer | .jwks_uri = $issuer + "/openid/v1/jwks"' \
    < <(sed "1,/^\r\?$/d" "$fixtures/discovery-default-jwks-uri.http") >"$work/upstream$discovery_target"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host,DNS:localhost" -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
}

gateway_configuration() { # upstream directory, state directory
  jq -n --arg host "$host" --arg upstream "$1" --arg state "$2" --arg work "$work" \
    --argjson port "${port[gateway]}" --argjson operations "$operations_port" --arg interval "${refresh_interval:-30s}" '{
      Issuers: [{Identifier: "https://\($host)", Upstream: {Kind: "Directory", Directory: $upstream}}],
      StateDirectory: $state,
      Refresh: {Interval: $interval},
      Edge: {Address: "127.0.0.1", HttpsPort: $port, HttpPort: 0},
      Operations: {Port: $operations},
      Tls: {Mode: "Files", Certificates: [{CertificateFile: "\($work)/tls.crt", KeyFile: "\($work)/tls.key"}]},
      Shutdown: {Delay: "0s", Grace: "1s"},
      Log: {Level: "Warning"}
    }'
}

start_gateway() {
  gateway_configuration "$work/upstream" "$work/state" >"$work/gateway.json"
  taskset -c "$server_core" "$gateway_binary" serve --config "$work/gateway.json" >"$work/gateway.log" 2>&1 &
  pid[gateway]=$!
  wait_for gateway
}

# proxy_cache in front of a tiny upstream, as a platform team would put it there, with the headers that the gateway sends.
start_nginx() {
  local cache_control
  cache_control=$(header gateway "$key_set_target" cache-control)
  mkdir -p "$work/nginx/cache"
  # Its worker gives up root, and must still reach the cache and the socket.
  chmod 755 "$work" "$work/nginx"
  chmod 777 "$work/nginx/cache"
  cat >"$work/nginx/nginx.conf" <<CONF
worker_processes ${nginx_workers:-1};
worker_rlimit_nofile 20000;
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/error.log warn;
events { worker_connections 10000; }
http {
  access_log off;
  server_tokens off;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  proxy_cache_path $work/nginx/cache keys_zone=documents:1m inactive=1d use_temp_path=off;
  ssl_certificate $work/tls.crt;
  ssl_certificate_key $work/tls.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:tls:10m;
  server {
    listen 127.0.0.1:${port[nginx]} ssl http2 backlog=4096;
    server_name $host localhost;
    location = $discovery_target { proxy_pass http://unix:$work/nginx/upstream.sock; include $work/nginx/cached.conf; }
    location = $key_set_target { proxy_pass http://unix:$work/nginx/upstream.sock; include $work/nginx/cached.conf; }
    location / { return 404; }
  }
  server {
    listen unix:$work/nginx/upstream.sock;
    root $work/upstream;
    etag off;
    add_header Cache-Control "$cache_control";
    location = $discovery_target { types { } default_type application/json; add_header Cache-Control "$cache_control"; add_header ETag '$(header gateway "$discovery_target" etag)'; }
    location = $key_set_target { types { } default_type application/jwk-set+json; add_header Cache-Control "$cache_control"; add_header ETag '$(header gateway "$key_set_target" etag)'; }
  }
}
CONF
  cat >"$work/nginx/cached.conf" <<'CONF'
proxy_cache documents;
proxy_cache_lock on;
proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
proxy_hide_header Last-Modified;
add_header Strict-Transport-Security "max-age=31536000";
add_header X-Content-Type-Options "nosniff";
CONF
  taskset -c "${nginx_cores:-$server_core}" nginx -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" &
  pid[nginx]=$!
  wait_for nginx
}

# Caddy of the distribution has no cache module; it serves the files itself, which costs it less than a cache would.
start_caddy() {
  cat >"$work/Caddyfile" <<CONF
{
  admin off
  auto_https off
  default_sni $host
}
https://$host:${port[caddy]}, https://127.0.0.1:${port[caddy]} {
  bind 127.0.0.1
  tls $work/tls.crt $work/tls.key
  header Cache-Control "$(header gateway "$key_set_target" cache-control)"
  header Strict-Transport-Security "max-age=31536000"
  header X-Content-Type-Options "nosniff"
  header -Last-Modified
  header $key_set_target {
    defer
    Content-Type application/jwk-set+json
    ETag $(header gateway "$key_set_target" etag | jq -R .)
  }
  header $discovery_target {
    defer
    Content-Type application/json
    ETag $(header gateway "$discovery_target" etag | jq -R .)
  }
  root * $work/upstream
  file_server
}
CONF
  GOMAXPROCS=1 XDG_DATA_HOME=$work/caddy XDG_CONFIG_HOME=$work/caddy \
    taskset -c "$server_core" caddy run --config "$work/Caddyfile" --adapter caddyfile >"$work/caddy.log" 2>&1 &
  pid[caddy]=$!
  wait_for caddy
}

request() { # server, target, further options of curl
  local server=$1 target=$2
  shift 2
  curl -sk --http1.1 --resolve "$host:${port[$server]}:127.0.0.1" "$@" "https://$host:${port[$server]}$target" -H "Host: $host"
}

header() { # server, target, name in lower case
  request "$1" "$2" -o /dev/null -D - | tr -d '\r' | sed -n "s/^$3: //Ip"
}

wait_for() {
  local _
  for _ in {1..200}; do
    kill -0 "${pid[$1]}" 2>/dev/null || break
    [[ $(request "$1" "$key_set_target" -o /dev/null -w '%{http_code}') == 200 ]] && return
    sleep 0.05
  done
  echo "$1 does not serve:" >&2
  tail -n 20 "$work/$1.log" "$work/nginx/error.log" >&2 2>/dev/null || true
  exit 3
}

# Figures of servers that respond differently compare nothing.
require_same_responses() {
  local server target
  for target in "$discovery_target" "$key_set_target"; do
    for server in "${servers[@]}"; do
      request "$server" "$target" -D - | tr -d '\r' | grep -aviE '^(date|server|connection|accept-ranges|alt-svc|vary): ?' |
        sed 's/^\([A-Za-z-]*\):/\L\1:/' | LC_ALL=C sort >"$work/$server.response"
      diff "$work/gateway.response" "$work/$server.response" >&2 || { echo "$server responds to $target differently" >&2 && exit 3; }
    done
  done
}

stop() {
  if [[ -n ${pid[$1]:-} ]]; then
    kill "${pid[$1]}" 2>/dev/null || true
    wait "${pid[$1]}" 2>/dev/null || true
    unset "pid[$1]"
  fi
}

stop_all() {
  local server
  for server in "${!pid[@]}"; do
    stop "$server"
  done
  rm -rf "$work"
}
